// All parameters of a run: those of the machine, and under "energy" those of its energy table.
#pragma once

#include "energy/energy_config.h"
#include "machine/config.h"

namespace escalate {

struct RunConfig {
  MachineConfig machine;
  EnergyConfig energy;

  /// Throws UserError with the key and the violated constraint.
  void validate() const {
    machine.validate();
    energy.validate();
  }

  /// The machine's parameters stand at the root: "ca.lanes", "energy.node_nm".
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    MachineConfig::fields(self.machine, visit);
    visit(FieldDoc{"energy", "", "Energy and area tables", ""}, self.energy);
  }
};

}  // namespace escalate
