// The CA unit of the what-if `ideal.ca` as a module (docs/microarchitecture.md, section 6).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/ideal_ca.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class IdealCa : public ClockedUnit, public CaActivityIf {
 public:
  sc_core::sc_port<EntryPortIf> entry;
  sc_core::sc_port<FifoWriterIf<Element>> element_queue;

  IdealCa(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : ClockedUnit(name), entry("entry"), element_queue("element_queue"), core_(machine) {}

  MachineCounters counters() const { return core_.counters(); }
  const CaActivity& activity() const override { return activity_; }
  void list_signals(SignalList& list) const;

 private:
  void tick() override;

  IdealCaClocked core_;
  IdealCaClocked::Result result_;
  CaActivity activity_;
};

}  // namespace escalate::cycle
