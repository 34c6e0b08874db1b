// The one way from a program and images to a result: simulate, make a result of what was counted,
// charge energy.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "energy/energy_config.h"
#include "energy/energy_table.h"
#include "energy/run_config.h"
#include "escalate/inside/loaded_network.h"
#include "model/simulation.h"
#include "report/result.h"

namespace escalate {

/// Outputs of a run differ from what they are compared with.
class WrongValues : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the checks of a run found, as "3 of 40 checked outputs differ; first: ..."; empty: nothing.
std::string wrong_values(const SimulationOutcome& outcome);

struct ProgramRun {
  SimulationOutcome outcome;
  Result result;  ///< with energy and area, without source and classes
};

/// Simulates `program` on `images`. UserError before the simulation begins if the tables have no
/// energy for the machine; otherwise errors of simulate(). Wrong outputs are in the outcome.
/// `user_table`: energies in place of the built-in ones.
ProgramRun run_program(const Program& program, const std::vector<Activations>& images,
                       const SimulationOptions& options, const EnergyConfig& energy,
                       const std::optional<EnergyTable>& user_table = std::nullopt);

/// Compiles `network` and runs its `layers` (names; empty: all), `batch` images at a time.
/// `user_table` as of run_program(). WrongValues if an output is wrong.
Result run_network_on(const IntegerNetwork& network, const std::vector<Activations>& images,
                      const RunConfig& config, int batch, SimulationOptions options,
                      const std::vector<std::string>& layers = {},
                      const std::optional<EnergyTable>& user_table = std::nullopt);

/// Fills in the class of each image and, where all have labels, the share classified right.
void tell_classes(Result& result, const SimulationOutcome& outcome, const InputBatch& input);

/// Indices of the program's layers that patterns (* and ?) name; all without patterns. UserError
/// that names `option` for a pattern that names none.
std::vector<int> selected_layers(const Program& program, const std::vector<std::string>& patterns,
                                 const std::string& option);

}  // namespace escalate
