#include "apps/machine_run.h"

#include <algorithm>

#include "common/error.h"
#include "compiler/compile.h"
#include "model/simulation.h"
#include "report/result_energy.h"
#include "report/simulation_result.h"

namespace escalate {

Result run_machine(const IntegerNetwork& network, const InputBatch& input,
                   const std::vector<std::string>& layers, const RunConfig& config,
                   const CommonOptions& options) {
  const Program program = compile(network, config.machine, options.batch);
  SimulationOptions simulation;
  simulation.seed = options.seed;
  simulation.jobs = std::max(2, options.jobs);
  for (std::size_t i = 0; i < program.layers.size() && !layers.empty(); ++i) {
    const auto found = std::find(layers.begin(), layers.end(), program.layers[i].name);
    if (found != layers.end()) simulation.layers.push_back(static_cast<int>(i));
  }
  const SimulationOutcome outcome = simulate(program, input.images, simulation);
  if (outcome.verification.mismatches > 0 || outcome.pick_mismatches > 0) {
    throw InternalError("outputs of " + network.name + " differ from a dense convolution's");
  }
  Result result = simulation_result(program, outcome, options.images);
  charge_energy(result, config.machine, config.energy);
  return result;
}

}  // namespace escalate
