// Dilution of a PE row as a module (docs/microarchitecture.md, section 6).
#pragma once

#include "model/cycle/clocked_unit.h"
#include "model/cycle/ports.h"
#include "model/cycle/registered_channel.h"
#include "pe/dilution_clocked.h"

namespace escalate::cycle {

class Dilution : public ClockedUnit {
 public:
  sc_core::sc_port<EntryPortIf> entry;
  sc_core::sc_port<FifoWriterIf<SlotRow>> slot_queue;
  sc_core::sc_out<bool> element_began;

  Dilution(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : ClockedUnit(name),
        entry("entry"),
        slot_queue("slot_queue"),
        element_began("element_began"),
        core_(machine) {}

  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const;

 private:
  void tick() override;

  DilutionClocked core_;
  DilutionClocked::Result result_;
};

}  // namespace escalate::cycle
