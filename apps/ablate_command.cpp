#include "apps/ablate_command.h"

#include <fmt/format.h>

#include "apps/energy_option.h"
#include "apps/machine_run.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "common/console.h"
#include "common/error.h"
#include "common/progress.h"
#include "escalate/inside/ablation_runs.h"
#include "escalate/inside/run.h"

namespace escalate {
namespace {

struct AblateArguments {
  CommonOptions common;
  NetworkOptions network;
  std::string energy;
  std::int64_t drop_pick = -1;
};

Ablation ablate(const LoadedNetwork& loaded, const RunConfig& config,
                const AblateArguments& options) {
  const std::optional<EnergyTable> table = read_classes_option(options.energy);
  const InputBatch input = load_images(loaded, options.common, options.network);
  Progress progress("runs", num_ablation_runs(), options.common.quiet);
  AblationWork work;
  work.layers = options.common.layers;
  work.layers_option = "--layers";
  work.run = [&](const IntegerNetwork& network, const std::vector<std::string>& layers,
                 const RunConfig& changed) {
    return run_machine(network, input, layers, changed, options.common, options.drop_pick, table);
  };
  work.progress = [&](std::int64_t done, std::int64_t) { progress.update(done); };
  return run_ablation(loaded, input, config, work);
}

void present(const Ablation& ablation, const AblateArguments& options, Outputs& outputs) {
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
  AblateArguments options;
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
  add_classes_to(line, options.energy);
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
