#include "model/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "common/child_process.h"
#include "common/error.h"
#include "common/json.h"
#include "common/shared_counter.h"
#include "interconnect/simulation_context.h"
#include "model/conservation.h"
#include "model/tensor_store.h"
#include "model/work_shares.h"

namespace escalate {
namespace {

/// The layer that makes the network's output, which need not be the last; the last if the output
/// is the network's input.
int output_layer(const Program& program) {
  const int output = program.tensor_node(int(program.network.nodes.size()) - 1);
  for (int layer = 0; layer < int(program.layers.size()); ++layer) {
    if (program.layers[std::size_t(layer)].written_node() == output) return layer;
  }
  return int(program.layers.size()) - 1;
}

/// Tensors of one image by integer arithmetic, each when it is asked for.
class Evaluation {
 public:
  Evaluation(const IntegerNetwork& network, Activations input)
      : network_(network), tensors_(network.nodes.size()) {
    tensors_[0] = std::move(input);
  }

  const Activations& tensor(int node) {
    std::optional<Activations>& known = tensors_[std::size_t(node)];
    const IntegerNode& description = network_.nodes[std::size_t(node)];
    if (!known && description.substitute) known = *description.substitute;
    if (!known) {
      std::vector<const Activations*> inputs;
      for (const int input : description.inputs) inputs.push_back(&tensor(input));
      known = run_node(description, inputs);
    }
    return *known;
  }

 private:
  const IntegerNetwork& network_;
  std::vector<std::optional<Activations>> tensors_;
};

/// What is kept and compared of a run.
struct Checks {
  TensorStore tensors;
  OutputCheck outputs;

  Checks(const Program& program, const SimulationOptions& options)
      : tensors(program), outputs(program, tensors, options.verify, options.seed) {}
};

class Simulation {
 public:
  Simulation(const Program& program, const SimulationOptions& options)
      : program_(program),
        options_(options),
        checks_(options.verify == Verify::kNone ? nullptr
                                                : std::make_unique<Checks>(program, options)),
        accelerator_("accelerator", program, options,
                     {checks_ ? &checks_->outputs : nullptr, options.drop_pick}) {
    if (options.all_values) accelerator_.want_all_values();
    if (!checks_) return;
    accelerator_.add_observer(checks_->tensors);
    accelerator_.add_observer(checks_->outputs);
  }

  /// `images` are those of the part's batch.
  void run(const WorkPart& part, std::span<const Activations> images) {
    begin_batch(part.first_image, images);
    // Tensors of layers that ran before may lie in its place.
    if (is_read_by(kInputNode, kNoLayer, part.layers) || is_output(kInputNode)) put_input(images);
    Cycle cycles = 0;
    std::size_t next = 0;
    for (int layer = 0; layer < int(program_.layers.size()) && next < part.layers.size(); ++layer) {
      if (layer == part.layers[next]) {
        cycles += run_layer(layer, part.first_image);
        ++next;
        if (options_.on_layer) options_.on_layer(++done_);
      } else if (is_read_by(program_.layers[std::size_t(layer)].written_node(), layer,
                            part.layers)) {
        put_output(layer);
      }
    }
    count_cycles(part.first_image, cycles);
    for (const int layer : part.layers) check_outputs_of(layer);
    if (std::binary_search(part.layers.begin(), part.layers.end(), output_layer(program_))) {
      read_outputs();
    }
  }

  /// Of all that has been run since it was asked for last.
  SimulationOutcome take_outcome() {
    if (checks_) outcome_.verification = checks_->outputs.take_counts();
    const std::int64_t mismatches = accelerator_.pick_mismatches();
    outcome_.pick_mismatches = mismatches - std::exchange(pick_mismatches_, mismatches);
    return std::exchange(outcome_, {});
  }

  void end_trace() { accelerator_.end_trace(); }

 private:
  static constexpr int kInputNode = 0, kNoLayer = -1;

  // What has been evaluated of a batch serves all its parts.
  void begin_batch(std::int64_t first_image, std::span<const Activations> images) {
    if (first_image == first_image_) return;
    first_image_ = first_image;
    evaluations_.clear();
    for (const Activations& image : images) evaluations_.emplace_back(program_.network, image);
    if (checks_) checks_->tensors.begin_batch({images.begin(), images.end()});
  }

  void put_input(std::span<const Activations> images) {
    for (int image = 0; image < int(images.size()); ++image) {
      accelerator_.put_tensor(image, kInputNode, images[std::size_t(image)]);
    }
  }

  Cycle run_layer(int number, std::int64_t first_image) {
    const LayerCode& layer = program_.layers[std::size_t(number)];
    const InputCounts inputs = count_inputs(layer);
    put_drawn(layer);
    if (checks_) {
      checks_->outputs.begin_layer(layer, first_image);
      checks_->tensors.begin_layer(layer);
    }
    outcome_.values_left_out |= accelerator_.leaves_out_values();
    LayerRun run = accelerator_.run_layer(number);
    run.input_values = inputs.values;
    run.input_nonzeros = inputs.nonzeros;
    check_written(layer);
    check_conservation(program_.machine, layer.name, run);
    if (options_.on_run) options_.on_run(run);
    outcome_.add(run);
    return run.cycles;
  }

  // In a drawn network, what the layer's readers were drawn to read is input.
  void put_drawn(const LayerCode& layer) {
    const int node = layer.written_node();
    const auto& drawn = program_.network.nodes[std::size_t(node)].substitute;
    if (drawn) accelerator_.put_drawn({program_.written_shape(node), drawn->values});
  }

  // Every output of the layer is written once for each image.
  void check_written(const LayerCode& layer) const {
    const IntegerNode& node = program_.network.nodes[std::size_t(layer.written_node())];
    for (int image = 0; image < program_.batch; ++image) {
      const std::int64_t written = accelerator_.num_written(image) + num_filled(node);
      ensure(written == node.out.size(), [&] {
        return fmt::format("layer '{}': {} of {} outputs were written", layer.name, written,
                           node.out.size());
      });
    }
  }

  bool is_output(int node) const {
    const std::vector<int> outputs = program_.network.output_nodes();
    return std::any_of(outputs.begin(), outputs.end(),
                       [&](int output) { return program_.tensor_node(output) == node; });
  }

  // Whether layers after `made` read what that layer has written to `node`.
  bool is_read_by(int node, int made, const std::vector<int>& readers) const {
    const auto reads = [&](int reader) {
      const auto& inputs = program_.network.nodes[std::size_t(reader)].inputs;
      return std::any_of(inputs.begin(), inputs.end(),
                         [&](int input) { return program_.tensor_node(input) == node; });
    };
    return std::any_of(readers.begin(), readers.end(), [&](int layer) {
      const LayerCode& code = program_.layers[std::size_t(layer)];
      return layer > made && (reads(code.node) || (code.fused_add >= 0 && reads(code.fused_add)));
    });
  }

  struct InputCounts {
    std::int64_t values = 0, nonzeros = 0;
  };

  // Counts the tensor that the layer's convolution (or first operand) reads, as it stands in memory
  // before the layer runs.
  InputCounts count_inputs(const LayerCode& layer) const {
    const IntegerNode& node = program_.network.nodes[std::size_t(layer.node)];
    const int input = program_.tensor_node(node.inputs.at(0));
    InputCounts counts;
    for (int image = 0; image < program_.batch; ++image) {
      counts.values += program_.place_of(input)->shape.size();
      counts.nonzeros += accelerator_.count_nonzeros(image, input);
    }
    return counts;
  }

  void put_output(int layer) {
    const int node = program_.layers[std::size_t(layer)].written_node();
    for (int image = 0; image < program_.batch; ++image) {
      const Activations& tensor = evaluations_[std::size_t(image)].tensor(node);
      accelerator_.put_tensor(image, node, tensor);
      if (checks_) checks_->tensors.set(image, node, tensor);
    }
    accelerator_.put_fills(program_.layers[std::size_t(layer)]);
  }

  // The first image holds the batch's cycles until all parts are together.
  void count_cycles(std::int64_t first_image, Cycle cycles) {
    auto& by_image = outcome_.cycles_by_image;
    by_image.resize(std::max(by_image.size(), std::size_t(first_image + program_.batch)), 0);
    by_image[std::size_t(first_image)] += cycles;
  }

  // What the layer made stands in DRAM at the end, if it is an output of the network.
  void check_outputs_of(int layer) const {
    const int node = program_.layers[std::size_t(layer)].written_node();
    const std::vector<int> outputs = program_.network.output_nodes();
    const bool is_output = std::any_of(outputs.begin(), outputs.end(), [&](int output) {
      return program_.tensor_node(output) == node;
    });
    if (!is_output || !checks_) return;
    for (int image = 0; image < program_.batch; ++image) {
      ensure(accelerator_.get_tensor(image, node).values ==
                 checks_->tensors.tensor(image, node).values,
             "an output in DRAM is what was written");
    }
  }

  void read_outputs() {
    const int last = int(program_.network.nodes.size()) - 1;
    const int node = program_.tensor_node(last);
    for (int image = 0; image < program_.batch; ++image) {
      Activations output = accelerator_.get_tensor(image, node);
      output.shape = program_.network.nodes[std::size_t(last)].out;
      outcome_.outputs.push_back(std::move(output));
    }
  }

  const Program& program_;
  const SimulationOptions& options_;
  std::unique_ptr<Checks> checks_;  // nullptr: nobody looks
  Accelerator accelerator_;
  std::int64_t first_image_ = -1;  // of the batch in hand
  std::vector<Evaluation> evaluations_;
  std::int64_t done_ = 0;
  std::int64_t pick_mismatches_ = 0;  // of outcomes that have been taken
  SimulationOutcome outcome_;
};

void check_images(const Program& program, const std::vector<Activations>& images) {
  const Shape& shape = program.network.nodes.at(0).out;
  for (const Activations& image : images) {
    if (image.shape == shape) continue;
    throw UserError(fmt::format("an image of shape {}x{}x{} does not fit network '{}' of {}x{}x{}",
                                image.shape.c, image.shape.h, image.shape.w, program.name, shape.c,
                                shape.h, shape.w));
  }
  ensure(images.size() % std::size_t(program.batch) == 0, "images come in whole batches");
}

/// Runs shares in one process.
class ShareRunner {
 public:
  /// Takes everything by reference.
  ShareRunner(const Program& program, const std::vector<Activations>& images,
              const SimulationOptions& options)
      : program_(program),
        images_(images),
        options_(options),
        simulation_(std::make_unique<Simulation>(program, options)) {}

  SimulationOutcome run(const WorkShare& share) {
    try {
      for (const WorkPart& part : share.parts) {
        simulation_->run(part, std::span(images_).subspan(std::size_t(part.first_image),
                                                          std::size_t(program_.batch)));
      }
    } catch (const UserError& error) {  // data that are none
      if (options_.program_file.empty() || !error.place().file.empty()) throw;
      throw UserError({options_.program_file, 0, error.place().key}, error.message());
    } catch (const InternalError& error) {
      if (options_.program_file.empty()) throw;
      throw UserError({options_.program_file, 0, ""},
                      fmt::format("its run broke off: {}; a program that is compiled again may run",
                                  error.what()));
    }
    return simulation_->take_outcome();
  }

  void end_trace() { simulation_->end_trace(); }

 private:
  const Program& program_;
  const std::vector<Activations>& images_;
  const SimulationOptions& options_;
  SimulationContext context_;
  std::unique_ptr<Simulation> simulation_;
};

SimulationOutcome run_here(const Program& program, const std::vector<Activations>& images,
                           const SimulationOptions& options, const WorkShare& share) {
  ShareRunner runner(program, images, options);
  SimulationOutcome outcome = runner.run(share);
  runner.end_trace();
  return outcome;
}

/// Images of a batch run together, so each has its part of the batch's cycles.
void share_cycles(std::vector<Cycle>& by_image, int batch) {
  for (std::size_t first = 0; first < by_image.size(); first += std::size_t(batch)) {
    const Cycle cycles = by_image[first];
    for (int i = 0; i < batch; ++i) {
      by_image[first + std::size_t(i)] = cycles * (i + 1) / batch - cycles * i / batch;
    }
  }
}

// The text goes between two processes of one program, so it has no schema and no version.
Json to_json(const SimulationOutcome& outcome) {
  Json json;
  for (const LayerRun& run : outcome.layers) {
    json["layers"].push_back({{"layer", run.layer}, {"run", fields_to_json(run)}});
  }
  const VerifyCounts& counts = outcome.verification;
  json["verification"] = {counts.checked_outputs, counts.mismatches, counts.first_mismatch};
  json["picks"] = outcome.pick_mismatches;
  json["values_left_out"] = outcome.values_left_out;
  json["cycles"] = outcome.cycles_by_image;
  json["outputs"] = Json::array();
  for (const Activations& output : outcome.outputs) json["outputs"].push_back(output.values);
  return json;
}

SimulationOutcome from_json(const Json& json, const Shape& output_shape) {
  SimulationOutcome outcome;
  for (const Json& layer : json["layers"]) {
    LayerRun run;
    run.layer = layer["layer"];
    fields_from_json(layer["run"], run);
    outcome.layers.push_back(run);
  }
  const Json& counts = json["verification"];
  outcome.verification = {counts[0], counts[1], counts[2]};
  outcome.pick_mismatches = json["picks"];
  outcome.values_left_out = json["values_left_out"];
  outcome.cycles_by_image = json["cycles"].get<std::vector<Cycle>>();
  for (const Json& values : json["outputs"]) {
    outcome.outputs.push_back({output_shape, values.get<std::vector<std::int8_t>>()});
  }
  return outcome;
}

/// By number of share.
using Outcomes = std::map<std::size_t, SimulationOutcome>;

// The largest shares first, so that the last ones to end are small.
std::vector<std::size_t> largest_first(const std::vector<WorkShare>& shares) {
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
    return shares[one].work > shares[other].work;
  });
  return order;
}

SimulationOutcome run_in_processes(const Program& program, const std::vector<Activations>& images,
                                   const SimulationOptions& options,
                                   const std::vector<WorkShare>& shares) {
  SimulationOptions of_child = options;
  of_child.on_layer = nullptr;
  const std::vector<std::size_t> order = largest_first(shares);
  SharedCounter taken;
  const auto run_shares = [&] {
    ShareRunner runner(program, images, of_child);
    Json outcomes = Json::array();
    for (auto next = std::size_t(taken.take()); next < order.size();
         next = std::size_t(taken.take())) {
      outcomes.push_back({order[next], to_json(runner.run(shares[order[next]]))});
    }
    return outcomes.dump();
  };
  std::vector<std::unique_ptr<ChildProcess>> children;
  const std::size_t processes = std::min(shares.size(), std::size_t(options.jobs));
  while (children.size() < processes) {
    children.push_back(std::make_unique<ChildProcess>(run_shares));
  }
  Outcomes outcomes;
  std::int64_t done = 0;
  for (const auto& child : children) {
    for (const Json& share : Json::parse(child->wait())) {
      const auto number = share[0].get<std::size_t>();
      outcomes[number] = from_json(share[1], program.network.nodes.back().out);
      for (const WorkPart& part : shares[number].parts) done += std::int64_t(part.layers.size());
    }
    if (options.on_layer) options.on_layer(done);
  }
  SimulationOutcome outcome;
  for (const auto& [number, of_share] : outcomes) outcome.add(of_share);
  return outcome;
}

}  // namespace

void SimulationOutcome::add(const LayerRun& run) {
  const auto place =
      std::lower_bound(layers.begin(), layers.end(), run.layer,
                       [](const LayerRun& known, int layer) { return known.layer < layer; });
  if (place != layers.end() && place->layer == run.layer) {
    place->add(run);
  } else {
    layers.insert(place, run);
  }
}

void SimulationOutcome::add(const SimulationOutcome& other) {
  for (const LayerRun& run : other.layers) add(run);
  if (verification.mismatches == 0) {
    verification.first_mismatch = other.verification.first_mismatch;
  }
  verification.checked_outputs += other.verification.checked_outputs;
  verification.mismatches += other.verification.mismatches;
  pick_mismatches += other.pick_mismatches;
  values_left_out |= other.values_left_out;
  cycles_by_image.resize(std::max(cycles_by_image.size(), other.cycles_by_image.size()), 0);
  for (std::size_t i = 0; i < other.cycles_by_image.size(); ++i) {
    cycles_by_image[i] += other.cycles_by_image[i];
  }
  outputs.insert(outputs.end(), other.outputs.begin(), other.outputs.end());
}

SimulationOutcome simulate(const Program& program, const std::vector<Activations>& images,
                           const SimulationOptions& options) {
  // A callback may simulate, too: its run ends within this one.
  static std::recursive_mutex turn;
  const std::lock_guard lock(turn);
  check_images(program, images);
  std::vector<int> layers = options.layers;
  if (layers.empty()) {
    layers.resize(program.layers.size());
    std::iota(layers.begin(), layers.end(), 0);
  }
  const auto shares = work_shares(program, std::int64_t(images.size()), layers, options.jobs);
  if (shares.empty()) return {};
  SimulationOutcome outcome = options.jobs == 1
                                  ? run_here(program, images, options, shares[0])
                                  : run_in_processes(program, images, options, shares);
  outcome.view = options.view;
  share_cycles(outcome.cycles_by_image, program.batch);
  return outcome;
}

}  // namespace escalate
