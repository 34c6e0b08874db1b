#include "apps/energy_option.h"

#include <fmt/format.h>

#include "common/console.h"

namespace escalate {

std::optional<EnergyTable> read_energy_option(const std::string& path) {
  if (path.empty()) return std::nullopt;
  return EnergyTable::read(path);
}

void tell_table_use(const EnergyModel& model, const std::optional<EnergyTable>& table,
                    const EnergyConfig& config) {
  if (!table) return;
  const bool is_of_components = model.table_use().has_value();
  std::string text = is_of_components
                         ? model.table_use()->text()
                         : fmt::format("{}: in place of the table of {} nm (energy.node_nm)\n",
                                       table->name, config.node_nm);
  const bool is_all = is_of_components && model.table_use()->is_complete();
  if (is_of_components && !is_all && table->node_nm > 0 && table->node_nm != config.node_nm) {
    text += fmt::format("{}: is of {:g} nm, and what it leaves out of {} nm (energy.node_nm)\n",
                        table->name, table->node_nm, config.node_nm);
  }
  tell_text(text);
}

}  // namespace escalate
