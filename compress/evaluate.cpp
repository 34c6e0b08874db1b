#include "compress/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "common/error.h"
#include "common/parallel.h"
#include "compress/graph_passes.h"
#include "compress/integer_builder.h"
#include "compress/relative_error.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

constexpr std::int64_t kTop = 5;

template <class Value>
std::int64_t nonzeros_in(const std::vector<Value>& values) {
  return std::int64_t(values.size()) - std::count(values.begin(), values.end(), Value{0});
}

/// How many outputs come before that of `label`: larger ones, and equal ones with a smaller index.
template <class Value>
std::int64_t rank_of(const std::vector<Value>& outputs, int label) {
  const Value own = outputs[std::size_t(label)];
  std::int64_t rank = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    rank += outputs[i] > own || (outputs[i] == own && int(i) < label);
  }
  return rank;
}

template <class Value>
void count(Score& score, const std::vector<Value>& outputs, int label) {
  const std::int64_t rank = rank_of(outputs, label);
  score.top1 += rank < 1;
  score.top5 += rank < kTop;
}

/// A tensor that is compared: the nodes that make it in each network, -1 where none does.
struct Compared {
  int real = -1, integer = -1, original = -1;
};

/// The errors of one tensor, image by image, so that their sums do not depend on the order.
struct ImageErrors {
  std::vector<SquaredError> integer, real, combined;

  explicit ImageErrors(std::int64_t images)
      : integer(std::size_t(images)), real(std::size_t(images)), combined(std::size_t(images)) {}
};

std::optional<double> relative(const std::vector<SquaredError>& errors) {
  SquaredError sum;
  for (const SquaredError& error : errors) sum.add(error);
  return sum.relative();
}

class Evaluator {
 public:
  Evaluator(const Graph& graph, const InputSource& images, const EvaluateOptions& options)
      : graph_(graph.quantization.empty() ? graph : prepared(graph)),
        images_(images),
        options_(options),
        real_(graph_) {
    if (!graph.quantization.empty()) integer_ = build_integer_network(graph);
    if (options.original != nullptr) {
      original_graph_ = prepared(*options.original);
      original_.emplace(original_graph_);
      check_original();
    }
    made_.network = graph.name;
    made_.images = options.images;
    made_.classes.resize(std::size_t(options.images));
    if (integer_) {
      made_.integer.emplace();
      made_.integer_classes.resize(std::size_t(options.images));
    }
    list_layers();
    list_compared();
    nonzeros_.assign(made_.layers.size(), 0);
    integer_nonzeros_.assign(made_.layers.size(), 0);
  }

  Evaluation run() {
    parallel_for(options_.images, options_.jobs, [&](std::int64_t i) { run_image(i); });
    for (std::size_t n = 0; n < made_.layers.size(); ++n) {
      LayerInput& layer = made_.layers[n];
      const auto all = double(layer.shape.size()) * double(made_.images);
      layer.density = double(nonzeros_[n]) / all;
      if (integer_) layer.integer_density = double(integer_nonzeros_[n]) / all;
      layer.error = error_of(n);
    }
    for (std::size_t n = 0; n < made_.outputs.size(); ++n) {
      made_.outputs[n].error = error_of(made_.layers.size() + n);
    }
    return std::move(made_);
  }

 private:
  void check_original() const {
    const auto shapes = [](const Graph& graph) {
      std::vector<Shape> all = {graph.nodes[0].out};
      for (const int output : graph.output_nodes()) {
        all.push_back(graph.nodes[std::size_t(output)].out);
      }
      return all;
    };
    if (shapes(graph_) == shapes(original_graph_)) return;
    throw UserError("the original '" + original_graph_.name +
                    "' has not the input and outputs of the network '" + graph_.name + "'");
  }

  // Layers first, then outputs.
  void list_compared() {
    const auto node_of = [](const Graph& graph, const std::vector<int>& last,
                            const std::string& name) {
      const int node = graph.find(name);
      return node < 0 ? -1 : last[std::size_t(node)];
    };
    const std::vector<int> last = last_fused(graph_);
    std::vector<int> original_last;
    if (original_) original_last = last_fused(original_graph_);
    for (const LayerInput& layer : made_.layers) {
      compared_.push_back({node_of(graph_, last, layer.name), integer_node(layer.name),
                           node_of(original_graph_, original_last, layer.name)});
    }
    const std::vector<int> outputs = graph_.output_nodes();
    std::vector<int> integer_outputs(outputs.size(), -1), originals(outputs.size(), -1);
    if (integer_) integer_outputs = integer_->output_nodes();
    if (original_) originals = original_graph_.output_nodes();
    for (std::size_t n = 0; n < outputs.size(); ++n) {
      const Node& node = graph_.nodes[std::size_t(outputs[n])];
      made_.outputs.push_back({node.name, node.out, {}});
      // A softmax, and with it what else would be shared by two outputs, has no integers.
      const bool has_integers =
          integer_outputs.size() == outputs.size() && node.op != OpKind::kSoftmax;
      compared_.push_back({outputs[n], has_integers ? integer_outputs[n] : -1, originals[n]});
    }
    errors_.assign(compared_.size(), ImageErrors(options_.images));
  }

  TensorError error_of(std::size_t n) const {
    const Compared& of = compared_[n];
    TensorError error;
    if (of.integer >= 0) error.integer = relative(errors_[n].integer);
    if (of.original >= 0) error.real = relative(errors_[n].real);
    if (of.integer >= 0 && of.original >= 0) error.combined = relative(errors_[n].combined);
    return error;
  }

  void compare(std::int64_t i, const std::vector<Tensor>& outputs,
               const std::vector<Activations>& steps, const std::vector<Tensor>& originals) {
    const auto image = std::size_t(i);
    for (std::size_t n = 0; n < compared_.size(); ++n) {
      const Compared& of = compared_[n];
      const std::span<const float> real = outputs[std::size_t(of.real)].values;
      std::span<const float> original;
      if (of.original >= 0) {
        original = originals[std::size_t(of.original)].values;
        errors_[n].real[image].add(original, real);
      }
      if (of.integer < 0) continue;
      const std::span<const std::int8_t> values = steps[std::size_t(of.integer)].values;
      const double scale = integer_->nodes[std::size_t(of.integer)].scale;
      errors_[n].integer[image].add(real, values, scale);
      if (of.original >= 0) errors_[n].combined[image].add(original, values, scale);
    }
  }

  void list_layers() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (!node.is_weighted()) continue;
      LayerInput layer;
      layer.name = node.name;
      layer.form = node.decomposition ? LayerForm::kDecomposed : node.form;
      layer.terms = node.decomposition ? node.decomposition->terms : 0;
      layer.shape = graph_.input_shape_of(int(i));
      layer.macs = graph_.dense_macs(int(i));
      made_.layers.push_back(std::move(layer));
      inputs_.push_back(node.inputs[0]);
      integer_inputs_.push_back(integer_ ? integer_input(node.name) : -1);
    }
  }

  /// -1 without integers.
  int integer_node(const std::string& name) const {
    if (!integer_) return -1;
    for (std::size_t i = 0; i < integer_->nodes.size(); ++i) {
      if (integer_->nodes[i].name == name) return int(i);
    }
    throw InternalError("the integer network has every weighted layer of the graph");
  }

  // What the layer reads; of the phases of a dilated convolution, what their selections read.
  int integer_input(const std::string& name) const {
    for (const IntegerNode& node : integer_->nodes) {
      if (node.name == name + ".phase0_0.input") return node.inputs.at(0);
    }
    return integer_->nodes[std::size_t(integer_node(name))].inputs.at(0);
  }

  void run_image(std::int64_t i) {
    InputImage image = images_.image(options_.first + i);
    std::vector<Activations> steps;
    if (integer_) steps = run_network(*integer_, quantize_input(image, integer_->input_scale));
    if (image.is_int8_steps) {
      if (!integer_) {
        throw UserError(SourcePlace{image.name, 0, ""},
                        "holds int8 steps, and the network is not calibrated: their size is not "
                        "known");
      }
      for (float& value : image.values.values) value *= float(integer_->input_scale);
    }
    const std::vector<Tensor> outputs = real_.run(image.values);
    if (image.label && std::size_t(*image.label) >= outputs.back().values.size()) {
      throw UserError(SourcePlace{image.name, 0, ""},
                      fmt::format("has the label {}, but the network has only {} outputs",
                                  *image.label, outputs.back().values.size()));
    }
    std::vector<Tensor> originals;
    if (original_) originals = original_->run(image.values);
    compare(i, outputs, steps, originals);
    const std::lock_guard lock(mutex_);
    add(i, image.label, outputs, steps);
    if (options_.on_outputs) options_.on_outputs(i, outputs_of(outputs));
    if (options_.progress) options_.progress(++done_);
  }

  std::vector<const Tensor*> outputs_of(const std::vector<Tensor>& all) const {
    std::vector<const Tensor*> outputs;
    for (const int node : graph_.output_nodes()) outputs.push_back(&all[std::size_t(node)]);
    return outputs;
  }

  void add(std::int64_t i, std::optional<int> label, const std::vector<Tensor>& outputs,
           const std::vector<Activations>& steps) {
    for (std::size_t n = 0; n < nonzeros_.size(); ++n) {
      nonzeros_[n] += nonzeros_in(outputs[std::size_t(inputs_[n])].values);
      if (integer_)
        integer_nonzeros_[n] += nonzeros_in(steps[std::size_t(integer_inputs_[n])].values);
    }
    made_.labelled += label.has_value();
    made_.classes[std::size_t(i)] = class_of(outputs.back().values);
    if (label) count(made_.real, outputs.back().values, *label);
    if (!integer_) return;
    made_.integer_classes[std::size_t(i)] = class_of(steps.back().values);
    if (label) count(*made_.integer, steps.back().values, *label);
  }

  Graph graph_;
  const InputSource& images_;
  const EvaluateOptions& options_;
  FloatExecutor real_;
  std::optional<IntegerNetwork> integer_;
  Graph original_graph_;
  std::optional<FloatExecutor> original_;     ///< of original_graph_
  std::vector<Compared> compared_;            ///< layers, then outputs
  std::vector<ImageErrors> errors_;           ///< the same
  std::vector<int> inputs_, integer_inputs_;  ///< by layer: the node that makes what it reads
  std::vector<std::int64_t> nonzeros_, integer_nonzeros_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
  Evaluation made_;
};

template <class Density>
double weighted(const std::vector<LayerInput>& layers, Density&& density) {
  double sum = 0, macs = 0;
  for (const LayerInput& layer : layers) {
    sum += density(layer) * double(layer.macs);
    macs += double(layer.macs);
  }
  return macs > 0 ? sum / macs : 0.0;
}

Json score_json(const Score& score, std::int64_t labelled) {
  Json json;
  json["top1"] = score.top1;
  json["top5"] = score.top5;
  json["top1_ratio"] = double(score.top1) / double(labelled);
  json["top5_ratio"] = double(score.top5) / double(labelled);
  return json;
}

void add_errors(Json& json, const TensorError& error) {
  if (error.integer) json["integer_error"] = *error.integer;
  if (error.real) json["original_error"] = *error.real;
  if (error.combined) json["integer_original_error"] = *error.combined;
}

Json output_json(const OutputError& output) {
  Json json;
  json["name"] = output.name;
  json["shape"] = {output.shape.c, output.shape.h, output.shape.w};
  add_errors(json, output.error);
  return json;
}

Json layer_json(const LayerInput& layer) {
  Json json;
  json["name"] = layer.name;
  if (layer.form != LayerForm::kUnset) {
    json["form"] = layer.form == LayerForm::kDecomposed ? "decomposed" : "direct";
  }
  if (layer.terms > 0) json["terms"] = layer.terms;
  json["input"] = {layer.shape.c, layer.shape.h, layer.shape.w};
  json["macs_dense"] = layer.macs;
  json["input_density"] = layer.density;
  if (layer.integer_density) json["integer_input_density"] = *layer.integer_density;
  add_errors(json, layer.error);
  return json;
}

}  // namespace

std::int64_t Evaluation::same_class() const {
  std::int64_t same = 0;
  for (std::size_t i = 0; i < integer_classes.size(); ++i) same += classes[i] == integer_classes[i];
  return same;
}

double Evaluation::density() const {
  return weighted(layers, [](const LayerInput& layer) { return layer.density; });
}

double Evaluation::integer_density() const {
  return weighted(layers,
                  [](const LayerInput& layer) { return layer.integer_density.value_or(0); });
}

Evaluation evaluate(const Graph& graph, const InputSource& images, const EvaluateOptions& options) {
  if (options.images < 1) throw UserError("an evaluation needs at least one image");
  if (options.first < 0 || options.images > images.size() - options.first) {
    throw UserError(fmt::format("images {} to {} were asked for, and the input has {}",
                                options.first, options.first + options.images - 1, images.size()));
  }
  return Evaluator(graph, images, options).run();
}

Json evaluation_json(const Evaluation& evaluation) {
  Json json;
  json["schema"] = "escalate.evaluation/1";
  json["network"] = evaluation.network;
  json["images"] = evaluation.images;
  json["labelled"] = evaluation.labelled;
  if (evaluation.labelled > 0) {
    json["float"] = score_json(evaluation.real, evaluation.labelled);
    if (evaluation.integer) json["integer"] = score_json(*evaluation.integer, evaluation.labelled);
  }
  json["input_density"] = evaluation.density();
  if (evaluation.integer) {
    json["integer_input_density"] = evaluation.integer_density();
    json["same_class"] = evaluation.same_class();
  }
  json["outputs"] = Json::array();
  for (const OutputError& output : evaluation.outputs) {
    json["outputs"].push_back(output_json(output));
  }
  json["layers"] = Json::array();
  for (const LayerInput& layer : evaluation.layers) json["layers"].push_back(layer_json(layer));
  json["classes"] = evaluation.classes;
  if (evaluation.integer) json["integer_classes"] = evaluation.integer_classes;
  return json;
}

}  // namespace escalate
