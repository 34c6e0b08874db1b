// The option --energy: a table of energies of the user's.
#pragma once

#include <optional>
#include <string>

#include "apps/common_options.h"
#include "energy/energy_config.h"
#include "energy/energy_model.h"
#include "energy/energy_table.h"

namespace escalate {

/// None if `path` is empty.
std::optional<EnergyTable> read_energy_option(const std::string& path);

/// The same for a command that runs several machines: UserError unless the table is of classes.
std::optional<EnergyTable> read_classes_option(const std::string& path);

/// Adds the option --energy of such a command.
void add_classes_to(CommandLine& line, std::string& path);

/// Says on standard error what the machine takes of the user's table, and what it leaves.
void tell_table_use(const EnergyModel& model, const std::optional<EnergyTable>& table,
                    const EnergyConfig& config);

}  // namespace escalate
