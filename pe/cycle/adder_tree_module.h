// The signed adder tree of a PE row and its accumulator as a module (docs/microarchitecture.md,
// section 6). It works in the cycle of the concentrator's step.
#pragma once

#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/adder_tree.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class AdderTree : public sc_core::sc_module, public AdderTreeIf {
 public:
  sc_core::sc_export<AdderTreeIf> picks;
  sc_core::sc_port<FifoWriterIf<Element>> element_queue;

  AdderTree(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : sc_module(name), picks("picks"), element_queue("element_queue"), core_(machine) {
    picks.bind(*this);
  }

  void step(std::span<const LanePick> of_step, const ConcentratorClocked::Result& step) override {
    core_.step(of_step, step, *element_queue.operator->());
  }

  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "sum", 32, [this] { return std::uint32_t(core_.sum()); });
  }

 private:
  AdderTreeClocked core_;
};

}  // namespace escalate::cycle
