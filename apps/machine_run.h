// One run of the machine among several of a command.
#pragma once

#include <string>

#include "apps/network_source.h"
#include "escalate/inside/run.h"
#include "report/result.h"

namespace escalate {

/// Compiles and simulates a network on `input`, the layers of these names (empty: all), with energy
/// charged. `drop_pick` is lost in each of its processes (SimulationOptions). WrongValues, which
/// names the network, if an output is wrong: a command that prints it has nothing else to say, and
/// ends with status 1.
Result run_machine(const IntegerNetwork& network, const InputBatch& input,
                   const std::vector<std::string>& layers, const RunConfig& config,
                   const CommonOptions& options, std::int64_t drop_pick,
                   const std::optional<EnergyTable>& table = std::nullopt);

/// Adds --drop-pick.
void add_drop_pick_to(CommandLine& line, std::int64_t& drop_pick);

}  // namespace escalate
