// What the units of the cycle view have in common: a clock, and work once a cycle.
#pragma once

#include <systemc>

#include "interconnect/cycle/clock_signal.h"
#include "interconnect/cycle/delta_delay.h"

namespace escalate::cycle {

/// A cycle begins with the rising edge of the clock, at which, one delta cycle after the other, the
/// multicast network starts to send, the controller begins instructions and the DMA engines issue
/// requests. All other units work at the falling edge, on the registers that the cycle began with:
/// called by a ClockSignal, or by a process of their own where another clock is bound.
class ClockedUnit : public sc_core::sc_module, private CycleWork {
 public:
  sc_core::sc_in<bool> clock;

 protected:
  /// `delta`: how many delta cycles after the falling edge it works, so that all that work before
  /// have done so and their channels have been updated.
  explicit ClockedUnit(const sc_core::sc_module_name& name, int delta = 0)
      : sc_module(name), clock("clock"), delta_(delta), delay_(delta) {}

  void end_of_elaboration() override {
    if (auto* signal = dynamic_cast<ClockSignal*>(clock.get_interface())) {
      signal->add(*this, delta_);
      return;
    }
    SC_HAS_PROCESS(ClockedUnit);
    SC_METHOD(at_edge);
    sensitive << clock->negedge_event();
    dont_initialize();
  }

  void tick() override = 0;

 private:
  void at_edge() {
    if (delay_.is_over()) tick();
  }

  int delta_;
  DeltaDelay delay_;
};

}  // namespace escalate::cycle
