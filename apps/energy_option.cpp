#include "apps/energy_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "common/console.h"
#include "common/error.h"
#include "energy/node_table.h"

namespace escalate {

std::optional<EnergyTable> read_energy_option(const std::string& path) {
  if (path.empty()) return std::nullopt;
  return EnergyTable::read(path);
}

std::optional<EnergyTable> read_classes_option(const std::string& path,
                                               const std::string& other_way) {
  std::optional<EnergyTable> table = read_energy_option(path);
  if (!table) return table;
  if (!is_node_table(*table)) {
    throw UserError({path, 0, ""},
                    "is of the components of one machine, and several run here; expected a table "
                    "of classes, as escalate energy --classes -o FILE.yaml writes it" +
                        other_way);
  }
  check_node_table(*table);
  return table;
}

std::optional<EnergyTable> EnergyTables::of(const std::string& accelerator,
                                            const std::string& machine) const {
  for (const std::string& name : {accelerator, machine}) {
    const auto found = owned.find(name);
    if (found != owned.end()) return found->second;
  }
  return common;
}

EnergyTables read_tables_option(const std::vector<std::string>& values,
                                const std::vector<std::string>& accelerators) {
  constexpr const char* kOption = "--energy";
  EnergyTables tables;
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || std::filesystem::exists(value)) {
      if (tables.common) throw UserError({"", 0, kOption}, "two tables for all: " + value);
      tables.common = read_classes_option(value, ", or NAME=FILE for one of them");
      continue;
    }
    const std::string name = value.substr(0, equals);
    if (std::find(accelerators.begin(), accelerators.end(), name) == accelerators.end()) {
      throw UserError({"", 0, kOption},
                      fmt::format("expected FILE or NAME=FILE, and '{}' is none of {}{}", name,
                                  fmt::join(accelerators, ", "), did_you_mean(name, accelerators)));
    }
    EnergyTable table = EnergyTable::read(value.substr(equals + 1));
    if (is_node_table(table)) check_node_table(table);
    if (!tables.owned.emplace(name, std::move(table)).second) {
      throw UserError({"", 0, kOption}, fmt::format("two tables for {}: {}", name, value));
    }
  }
  return tables;
}

void add_classes_to(CommandLine& line, std::string& path) {
  line.option({"energy", "FILE",
               "table of energies and areas in place of the one of energy.node_nm, for all "
               "machines (a beginning: escalate energy --classes -o FILE)"},
              path);
}

void tell_table_use(const EnergyModel& model, const std::optional<EnergyTable>& table,
                    const EnergyConfig& config) {
  if (!table) return;
  const bool is_of_components = model.table_use().has_value();
  std::string text = is_of_components
                         ? model.table_use()->text()
                         : fmt::format("{}: in place of the table of {} nm (energy.node_nm)\n",
                                       table->name, config.node_nm);
  if (!is_of_components && table->node_nm > 0 && table->node_nm != config.node_nm) {
    text += fmt::format("{}: is of {:g} nm, and results will say {} nm: set energy.node_nm\n",
                        table->name, table->node_nm, config.node_nm);
  }
  const bool is_all = is_of_components && model.table_use()->is_complete();
  if (is_of_components && !is_all && table->node_nm > 0 && table->node_nm != config.node_nm) {
    text += fmt::format("{}: is of {:g} nm, and what it leaves out of {} nm (energy.node_nm)\n",
                        table->name, table->node_nm, config.node_nm);
  }
  tell_text(text);
}

}  // namespace escalate
