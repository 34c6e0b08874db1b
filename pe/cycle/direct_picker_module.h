// What a PE row uses in place of its CA unit in direct mode, as a module
// (docs/microarchitecture.md, section 10).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/direct_picker.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class DirectPicker : public ClockedUnit, public CaActivityIf {
 public:
  sc_core::sc_port<EntryPortIf> entry;
  sc_core::sc_port<FifoWriterIf<Element>> element_queue;

  DirectPicker(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : ClockedUnit(name), entry("entry"), element_queue("element_queue"), core_(machine) {}

  const MachineCounters& counters() const { return core_.counters(); }
  const CaActivity& activity() const override { return activity_; }
  void list_signals(SignalList& list) const;

 private:
  void tick() override;

  DirectPickerClocked core_;
  DirectPickerClocked::Result result_;
  CaActivity activity_;
};

}  // namespace escalate::cycle
