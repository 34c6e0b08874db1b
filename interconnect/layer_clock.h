// The accelerator clock as SystemC processes see it: cycles of the layer in hand.
#pragma once

#include <systemc>

#include "interconnect/systemc_run.h"
#include "machine/clock.h"

namespace escalate {

/// Cycle 0 of a layer begins with a clock edge; edges stand at multiples of the period.
class LayerClock {
 public:
  explicit LayerClock(const MachineConfig& machine) : clock_(machine) {}

  /// The next clock edge, not before now, becomes that of cycle 0. Returns the time until then.
  Picoseconds restart() {
    const Picoseconds now = simulated_time();
    start_ = clock_.cycle_of(now) + (clock_.is_edge(now) ? 0 : 1);
    return clock_.edge(start_) - now;
  }

  /// The cycle that begins now or in which now lies.
  Cycle now() const { return clock_.cycle_of(simulated_time()) - start_; }

  /// The cycle in which the instant lies that comes `delay` after now.
  Cycle cycle_after(const sc_core::sc_time& delay) const {
    return clock_.cycle_of(simulated_time() + to_picoseconds(delay)) - start_;
  }

  /// The time until the edge of `cycle`, which has not passed.
  sc_core::sc_time delay_until(Cycle cycle) const {
    return to_sc_time(clock_.edge(start_ + cycle) - simulated_time());
  }

  /// Blocks the calling process until the edge of `cycle`; returns at once if that has passed.
  void wait_until(Cycle cycle) const {
    const Picoseconds left = clock_.edge(start_ + cycle) - simulated_time();
    if (left > 0) sc_core::wait(to_sc_time(left));
  }

 private:
  Clock clock_;
  Cycle start_ = 0;
};

}  // namespace escalate
