// The form of a technology node's table: which classes of parts it has, and what each of them says.
#pragma once

#include "energy/energy_table.h"

namespace escalate {

/// Whether `table` has classes of parts ("register_bit", "sram", ...) in place of components of one
/// machine.
bool is_node_table(const EnergyTable& table);

/// UserError, with the line, for a class, variant, attribute or action that no machine asks a
/// node's table for, and the nearest that it does, or for an attribute or action that is missing.
void check_node_table(const EnergyTable& table);

}  // namespace escalate
