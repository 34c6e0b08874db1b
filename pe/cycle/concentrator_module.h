// Concentration of a PE row as a module (docs/microarchitecture.md, section 6).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/element_queue.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class Concentrator : public ClockedUnit, public CaActivityIf {
 public:
  sc_core::sc_port<FifoReaderIf<SlotRow>> slot_queue;
  sc_core::sc_port<FifoWriterIf<Element>> element_queue;  ///< only whether it has room
  sc_core::sc_port<AdderTreeIf> adder_tree;

  Concentrator(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : ClockedUnit(name),
        slot_queue("slot_queue"),
        element_queue("element_queue"),
        adder_tree("adder_tree"),
        core_(machine) {}

  const CaActivity& activity() const override { return activity_; }
  void list_signals(SignalList& list) const;

 private:
  void tick() override;

  ConcentratorClocked core_;
  ConcentratorClocked::Result result_;
  CaActivity activity_;
  int row_ = 0, column_ = 0;  // position of the element of the last step, in the input
};

}  // namespace escalate::cycle
