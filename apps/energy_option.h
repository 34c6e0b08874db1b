// The option --energy: a table of energies of the user's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/common_options.h"
#include "energy/energy_config.h"
#include "energy/energy_model.h"
#include "energy/energy_table.h"

namespace escalate {

/// None if `path` is empty.
std::optional<EnergyTable> read_energy_option(const std::string& path);

/// The same for a command that runs several machines: UserError unless the table is of classes;
/// `other_way` is what to write for another one.
std::optional<EnergyTable> read_classes_option(const std::string& path,
                                               const std::string& other_way = "");

/// Adds the option --energy of such a command.
void add_classes_to(CommandLine& line, std::string& path);

/// Tables of the user's for the accelerators of a comparison.
struct EnergyTables {
  std::optional<EnergyTable> common;         ///< of classes, for all that have none of their own
  std::map<std::string, EnergyTable> owned;  ///< by accelerator: of its components, or of classes

  /// The one that `accelerator` is charged by, or else that of `machine`, of which it is a variant.
  std::optional<EnergyTable> of(const std::string& accelerator, const std::string& machine) const;
};

/// Reads "FILE" and "NAME=FILE" of --energy, where NAME is one of `accelerators`. UserError for
/// another one, for two tables of one accelerator, and for a FILE that is not of classes.
EnergyTables read_tables_option(const std::vector<std::string>& values,
                                const std::vector<std::string>& accelerators);

/// Says on standard error what the machine takes of the user's table, and what it leaves.
void tell_table_use(const EnergyModel& model, const std::optional<EnergyTable>& table,
                    const EnergyConfig& config);

}  // namespace escalate
