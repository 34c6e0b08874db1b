// The ESCALATE machine in the terms of energy: its components by the sizes of a MachineConfig, and
// which of the MachineCounters is an action of which (docs/energy.md, "The machine").
#pragma once

#include "energy/energy_model.h"
#include "machine/config.h"

namespace escalate {

/// The components and rules of `machine`. The lengths of its wires follow from the areas that
/// `costs` gives its other components. A UserError if a memory's size is out of range of the
/// computed ones, or no bank of the global buffer keeps up with the clock.
MachineComponents accelerator_components(const MachineConfig& machine, const CostModel& costs);

/// The same, ready to turn MachineCounters (by named_counts()) and cycles into energy.
EnergyModel accelerator_energy(const MachineConfig& machine, const CostModel& costs);

}  // namespace escalate
