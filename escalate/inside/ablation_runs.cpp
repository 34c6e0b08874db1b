#include "escalate/inside/ablation_runs.h"

#include "common/error.h"
#include "common/math.h"
#include "escalate/inside/run_source.h"
#include "workloads/layer_selection.h"
#include "workloads/without_zeros.h"

namespace escalate {
namespace {

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

/// Names of the layers that run; empty: all.
std::vector<std::string> layers_that_run(const IntegerNetwork& network, const AblationWork& work) {
  if (work.layers.empty()) return {};
  std::vector<std::string> names;
  for (const IntegerNode& node : network.nodes) {
    if (node.op == IntegerOp::kConv) names.push_back(node.name);
  }
  const std::vector<bool> keep = select_names(names, work.layers, work.layers_option);
  std::vector<std::string> selected;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (keep[i]) selected.push_back(names[i]);
  }
  return selected;
}

}  // namespace

std::int64_t num_ablation_runs() { return static_cast<std::int64_t>(variants().size()); }

Ablation run_ablation(const LoadedNetwork& loaded, const InputBatch& input, const RunConfig& config,
                      const AblationWork& work) {
  const std::vector<Activations> tensors = run_network(loaded.network, input.images.at(0));
  const std::vector<std::string> layers = layers_that_run(loaded.network, work);
  std::vector<AblationRun> runs;
  for (const Variant& variant : variants()) {
    RunConfig changed = config;
    variant.change(changed.machine);
    changed.validate();
    const IntegerNetwork network =
        variant.zeros == Zeros::kAll
            ? loaded.network
            : without_zeros(loaded.network, tensors, variant.zeros == Zeros::kNone);
    runs.push_back({variant.name, variant.meaning, work.run(network, layers, changed)});
    if (runs.size() == 1) runs.front().result.source = run_source(loaded, input.images);
    if (work.progress) work.progress(std::int64_t(runs.size()), num_ablation_runs());
  }
  return Ablation(std::move(runs), loaded.network, config.machine);
}

}  // namespace escalate
