// What a machine takes of a user's table of components, and what it leaves.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "energy/component.h"
#include "energy/cost_model.h"
#include "energy/energy_table.h"

namespace escalate {

struct TableUse {
  std::string file;
  std::size_t num_components = 0;  ///< components of the machine
  /// Components whose numbers are the table's, in its order.
  std::vector<std::string> taken;
  /// Entries that are none of the machine's, and actions that nothing is charged with
  /// ("ring_maps.update").
  std::vector<std::string> left_out;

  bool is_complete() const { return taken.size() == num_components; }
  /// All of that in lines of text.
  std::string text() const;
};

/// Entries are found by the last part of their name (EnergyTable::find_component()). One of no
/// component is left out only where it stands in a hierarchy of another machine
/// ("system.pe.weights"), as Accelergy writes all parts, and is no misspelt one of ours.
///
/// UserError, with file and line, for another entry of no component, for two of one component, for
/// an action that is missing or misspelt, and for a table that names no component at all.
TableUse use_of_table(const EnergyTable& table, const MachineComponents& machine,
                      const CostModel& costs);

}  // namespace escalate
