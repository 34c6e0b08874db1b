// Dilution of a PE row as a module (docs/microarchitecture.md, section 6).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/dilution.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class Dilution : public ClockedUnit, public CaActivityIf {
 public:
  sc_core::sc_port<EntryPortIf> entry;
  sc_core::sc_port<FifoWriterIf<SlotRow>> slot_queue;

  Dilution(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : ClockedUnit(name), entry("entry"), slot_queue("slot_queue"), core_(machine) {}

  const CaActivity& activity() const override { return activity_; }
  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const;

 private:
  void tick() override;

  DilutionClocked core_;
  DilutionClocked::Result result_;
  CaActivity activity_;
};

}  // namespace escalate::cycle
