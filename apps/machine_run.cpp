#include "apps/machine_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/compile.h"
#include "report/result_energy.h"
#include "report/simulation_result.h"

namespace escalate {

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

Result run_machine(const IntegerNetwork& network, const InputBatch& input,
                   const std::vector<std::string>& layers, const RunConfig& config,
                   const CommonOptions& options, std::int64_t drop_pick) {
  const Program program = compile(network, config.machine, options.batch);
  SimulationOptions simulation;
  simulation.seed = options.seed;
  simulation.drop_pick = drop_pick;
  simulation.jobs = std::max(2, options.jobs);
  for (std::size_t i = 0; i < program.layers.size() && !layers.empty(); ++i) {
    const auto found = std::find(layers.begin(), layers.end(), program.layers[i].name);
    if (found != layers.end()) simulation.layers.push_back(static_cast<int>(i));
  }
  const SimulationOutcome outcome = simulate(program, input.images, simulation);
  if (const std::string wrong = wrong_values(outcome); !wrong.empty()) {
    throw WrongValues(network.name + ": " + wrong);
  }
  Result result = simulation_result(program, outcome, options.images);
  charge_energy(result, config.machine, config.energy);
  return result;
}

void add_drop_pick_to(CommandLine& line, std::int64_t& drop_pick) {
  line.option({"drop-pick", "N",
               "loses the N-th checked addition of each process, to see the check fail", "", 0},
              drop_pick);
}

}  // namespace escalate
