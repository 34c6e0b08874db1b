#include "escalate/inside/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compiler/compile.h"
#include "energy/accelerator_energy.h"
#include "report/result_energy.h"
#include "report/simulation_result.h"
#include "workloads/inputs.h"
#include "workloads/layer_selection.h"

namespace escalate {
namespace {

/// The class of each image; empty where the last layer was not run or does not tell classes apart.
std::vector<int> classes_of(const SimulationOutcome& outcome) {
  std::vector<int> classes;
  for (const Activations& output : outcome.outputs) {
    if (output.shape.h == 1 && output.shape.w == 1) classes.push_back(class_of(output.values));
  }
  return classes;
}

/// Share of images whose class is the label's; none where labels or classes are missing.
std::optional<double> top1_of(const std::vector<int>& classes, const InputBatch& input) {
  if (classes.empty() || classes.size() != input.labels.size()) return std::nullopt;
  int right = 0;
  for (std::size_t i = 0; i < input.labels.size(); ++i) {
    if (!input.labels[i]) return std::nullopt;
    right += classes[i] == *input.labels[i] ? 1 : 0;
  }
  return double(right) / double(input.labels.size());
}

}  // namespace

std::string wrong_values(const SimulationOutcome& outcome) {
  const VerifyCounts& counts = outcome.verification;
  if (counts.mismatches > 0) {
    return fmt::format("{} of {} checked outputs differ; first: {}", counts.mismatches,
                       counts.checked_outputs, counts.first_mismatch);
  }
  if (outcome.pick_mismatches == 0) return "";
  return fmt::format("{} elements differ from the dot product of their picks",
                     outcome.pick_mismatches);
}

ProgramRun run_program(const Program& program, const std::vector<Activations>& images,
                       const SimulationOptions& options, const EnergyConfig& energy,
                       const std::optional<EnergyTable>& user_table) {
  const EnergyModel model = accelerator_energy(program.machine, CostModel(energy, user_table));
  ProgramRun run;
  run.outcome = simulate(program, images, options);
  run.result = simulation_result(program, run.outcome, std::int64_t(images.size()));
  charge_energy(run.result, model);
  run.result.config["energy"] = fields_to_json(energy);
  return run;
}

Result run_network_on(const IntegerNetwork& network, const std::vector<Activations>& images,
                      const RunConfig& config, int batch, SimulationOptions options,
                      const std::vector<std::string>& layers,
                      const std::optional<EnergyTable>& user_table) {
  const Program program = compile(network, config.machine, batch);
  for (std::size_t i = 0; i < program.layers.size() && !layers.empty(); ++i) {
    const auto found = std::find(layers.begin(), layers.end(), program.layers[i].name);
    if (found != layers.end()) options.layers.push_back(static_cast<int>(i));
  }
  ProgramRun run = run_program(program, images, options, config.energy, user_table);
  if (const std::string wrong = wrong_values(run.outcome); !wrong.empty()) throw WrongValues(wrong);
  return std::move(run.result);
}

void tell_classes(Result& result, const SimulationOutcome& outcome, const InputBatch& input) {
  result.classes = classes_of(outcome);
  result.top1 = top1_of(result.classes, input);
}

std::vector<int> selected_layers(const Program& program, const std::vector<std::string>& patterns,
                                 const std::string& option) {
  std::vector<std::string> names;
  for (const LayerCode& layer : program.layers) names.push_back(layer.name);
  const std::vector<bool> selected = select_names(names, patterns, option);
  std::vector<int> layers;
  for (std::size_t i = 0; i < selected.size(); ++i) {
    if (selected[i]) layers.push_back(int(i));
  }
  return layers;
}

}  // namespace escalate
