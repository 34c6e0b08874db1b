// One run of the machine among several of a command.
#pragma once

#include <stdexcept>
#include <string>

#include "apps/network_source.h"
#include "model/simulation.h"
#include "report/result.h"

namespace escalate {

/// Outputs of a run differ from what they are compared with: a command that prints this has
/// nothing else to say, and ends with status 1.
class WrongValues : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the checks of a run found, as "3 of 40 checked outputs differ; first: ..."; empty: nothing.
std::string wrong_values(const SimulationOutcome& outcome);

/// Compiles and simulates a network on `input`, the layers of these names (empty: all), with energy
/// charged. It runs in processes of its own, so that a command can do it again. `drop_pick` is lost
/// in each of them (SimulationOptions). WrongValues if an output is wrong.
Result run_machine(const IntegerNetwork& network, const InputBatch& input,
                   const std::vector<std::string>& layers, const RunConfig& config,
                   const CommonOptions& options, std::int64_t drop_pick);

/// Adds --drop-pick.
void add_drop_pick_to(CommandLine& line, std::int64_t& drop_pick);

}  // namespace escalate
