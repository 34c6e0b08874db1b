// What the units of the cycle view have in common: a clock, and work once a cycle.
#pragma once

#include <systemc>

namespace escalate::cycle {

/// A cycle begins with the rising edge of the clock, at which, one delta cycle after the other, the
/// multicast network starts to send, the controller begins instructions and the DMA engines issue
/// requests. All other units work at the falling edge, on the registers that the cycle began with.
class ClockedUnit : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock;

 protected:
  SC_HAS_PROCESS(ClockedUnit);
  explicit ClockedUnit(const sc_core::sc_module_name& name) : sc_module(name), clock("clock") {
    SC_METHOD(tick);
    sensitive << clock.neg();
    dont_initialize();
  }

  virtual void tick() = 0;
};

}  // namespace escalate::cycle
