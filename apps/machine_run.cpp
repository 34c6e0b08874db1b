#include "apps/machine_run.h"

namespace escalate {

Result run_machine(const IntegerNetwork& network, const InputBatch& input,
                   const std::vector<std::string>& layers, const RunConfig& config,
                   const CommonOptions& options, std::int64_t drop_pick,
                   const std::optional<EnergyTable>& table) {
  SimulationOptions simulation;
  simulation.seed = options.seed;
  simulation.drop_pick = drop_pick;
  simulation.jobs = options.jobs;
  try {
    return run_network_on(network, input.images, config, options.batch, simulation, layers, table);
  } catch (const WrongValues& error) {
    throw WrongValues(network.name + ": " + error.what());
  }
}

void add_drop_pick_to(CommandLine& line, std::int64_t& drop_pick) {
  line.option({"drop-pick", "N",
               "loses the N-th checked addition of each process, to see the check fail", "", 0},
              drop_pick);
}

}  // namespace escalate
