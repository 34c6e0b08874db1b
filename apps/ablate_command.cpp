#include "apps/ablate_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "apps/machine_run.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "common/console.h"
#include "common/error.h"
#include "common/math.h"
#include "common/progress.h"
#include "escalate/inside/run_source.h"
#include "report/ablation.h"
#include "workloads/layer_selection.h"
#include "workloads/without_zeros.h"

namespace escalate {
namespace {

struct Options {
  CommonOptions common;
  NetworkOptions network;
  std::int64_t drop_pick = -1;
};

/// Which zeros of the network are there to skip.
enum class Zeros { kAll, kOfActivations, kNone };

struct Variant {
  const char* name;
  const char* meaning;
  Zeros zeros;
  std::function<void(MachineConfig&)> change;
};

const std::vector<Variant>& variants() {
  const auto same = [](MachineConfig&) {};
  static const std::vector<Variant> kVariants = {
      {"as it is", "nothing", Zeros::kAll, same},
      {"no coefficient zeros", "coefficients that are 0 are 1: none can be skipped",
       Zeros::kOfActivations, same},
      {"no zeros", "so are activations: CA and MAC units have nothing to skip", Zeros::kNone, same},
      {"no concentration", "ca.pattern=L<0,0>: every slot row takes a step", Zeros::kAll,
       [](MachineConfig& machine) { machine.ca.pattern = "L<0,0>"; }},
      {"smallest queues",
       "ca.slot_queue_rows holds one chunk and the window, ca.element_queue=1: dilution, "
       "concentration and MAC unit run in step",
       Zeros::kAll,
       [](MachineConfig& machine) {
         // A chunk completes up to ceil(chunk / lanes) + 1 rows at once; validate() refuses less.
         const int rows_of_chunk = ceil_div(machine.ca.chunk, machine.ca.lanes) + 1;
         machine.ca.slot_queue_rows = machine.look_ahead() + rows_of_chunk;
         machine.ca.element_queue = 1;
       }},
      {"ideal.ca", "ideal.ca=true: an element a cycle", Zeros::kAll,
       [](MachineConfig& machine) { machine.ideal.ca = true; }},
      {"ideal.mac", "ideal.mac=true: an element a cycle", Zeros::kAll,
       [](MachineConfig& machine) { machine.ideal.mac = true; }},
      {"ideal.input", "ideal.input=true: no time in the network", Zeros::kAll,
       [](MachineConfig& machine) { machine.ideal.input = true; }},
      {"ideal.dram", "ideal.dram=true: no time in DRAM", Zeros::kAll,
       [](MachineConfig& machine) { machine.ideal.dram = true; }},
  };
  return kVariants;
}

/// Names of the layers that `--layers` selects; empty: all.
std::vector<std::string> selected_layers(const IntegerNetwork& network,
                                         const std::vector<std::string>& patterns) {
  if (patterns.empty()) return {};
  std::vector<std::string> names;
  for (const IntegerNode& node : network.nodes) {
    if (node.op == IntegerOp::kConv) names.push_back(node.name);
  }
  const std::vector<bool> keep = select_names(names, patterns, "--layers");
  std::vector<std::string> selected;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (keep[i]) selected.push_back(names[i]);
  }
  return selected;
}

Ablation ablate(const LoadedNetwork& loaded, const RunConfig& config, const Options& options) {
  const InputBatch input = load_images(loaded, options.common, options.network);
  const std::vector<Activations> tensors = run_network(loaded.network, input.images.at(0));
  const std::vector<std::string> layers = selected_layers(loaded.network, options.common.layers);
  Progress progress("runs", static_cast<std::int64_t>(variants().size()), options.common.quiet);
  std::vector<AblationRun> runs;
  for (const Variant& variant : variants()) {
    RunConfig changed = config;
    variant.change(changed.machine);
    changed.validate();
    const IntegerNetwork network =
        variant.zeros == Zeros::kAll
            ? loaded.network
            : without_zeros(loaded.network, tensors, variant.zeros == Zeros::kNone);
    runs.push_back(
        {variant.name, variant.meaning,
         run_machine(network, input, layers, changed, options.common, options.drop_pick)});
    if (runs.size() == 1) runs.front().result.source = run_source(loaded, input.images);
    progress.update(static_cast<std::int64_t>(runs.size()));
  }
  return Ablation(std::move(runs), loaded.network, config.machine);
}

void present(const Ablation& ablation, const Options& options, Outputs& outputs) {
  outputs.write("output", {{FileForm::kJson, [&] { return json_document(ablation.to_json()); }},
                           {FileForm::kMarkdown, [&] { return ablation.document(); }}});
  outputs.commit();
  if (options.common.json) {
    put_text(json_document(ablation.to_json()));
  } else if (!options.common.quiet) {
    const Screen screen = screen_of(stdout);
    put("{}\n{}\n", ablation.cycle_table().text(screen), ablation.meaning_table().text(screen));
    put("bytes of intermediate elements and inputs, one image (queues hold {} B):\n{}",
        format_count(ablation.queued_bytes()), ablation.order_table().text(screen));
  }
}

}  // namespace

int run_ablate(const std::vector<std::string>& args) {
  Options options;
  CommandLine line("ablate", "NETWORK",
                   "Runs a network (YAML workload or calibrated ONNX file) on one image with each "
                   "mechanism of the machine taken\naway or each resource made free, and prints "
                   "cycles by layer; and what combining channels before convolving\nsaves in data "
                   "between the two.");
  line.common(options.common, {CommonOption::kArch, CommonOption::kInput, CommonOption::kLayers,
                               CommonOption::kSeed, CommonOption::kJobs, CommonOption::kOutput,
                               CommonOption::kJson, CommonOption::kQuiet});
  options.network.images.add_to(line);
  options.network.add_network_to(line);
  add_drop_pick_to(line, options.drop_pick);
  if (!line.parse(args, 0, 1)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.common.output, {FileForm::kJson, FileForm::kMarkdown});
  const LoadedNetwork loaded = load_network(line, options.common, options.network);
  if (loaded.program) {
    throw UserError("expected a network: a program is compiled for one machine");
  }
  if (!loaded.is_drawn && !draws_images(loaded, options.common)) {
    line.refuse({"seed"}, "neither the network nor its image is drawn");
  }
  const RunConfig config = load_run_config(options.common, std::nullopt);
  try {
    present(ablate(loaded, config, options), options, outputs);
  } catch (const WrongValues& error) {
    tell("escalate: {}\n", error.what());
    return static_cast<int>(ExitStatus::kCheckFailed);
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
