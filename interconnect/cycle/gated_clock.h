// A clock of the cycle view that stands still while its units have nothing to do, so that a
// simulation ends by itself. The clock of controller, DMA engines and post-processing runs for a
// layer, that of the PE blocks and their network while these are at work.
#pragma once

#include <functional>
#include <systemc>
#include <utility>

#include "interconnect/cycle/clock_signal.h"
#include "interconnect/systemc_run.h"
#include "machine/clock.h"

namespace escalate::cycle {

class GatedClock : public sc_core::sc_module {
 public:
  ClockSignal signal;

  /// `has_work` is asked at the beginning of each cycle.
  GatedClock(const sc_core::sc_module_name& name, const MachineConfig& machine,
             std::function<bool()> has_work)
      : sc_module(name),
        signal("signal"),
        half_period_(to_sc_time(Clock(machine).period() / 2)),
        rest_(to_sc_time(Clock(machine).period() - Clock(machine).period() / 2)),
        has_work_(std::move(has_work)) {
    SC_HAS_PROCESS(GatedClock);
    SC_METHOD(advance);
    sensitive << next_edge_;
    dont_initialize();
    SC_METHOD(work);
    sensitive << signal.negedge_event();
    dont_initialize();
  }

  /// Called at the clock edge that begins a cycle: the clock runs from this cycle on.
  void start() {
    if (runs_) return;
    runs_ = true;
    cycles_at_rest_ = 0;
    next_edge_.notify(sc_core::SC_ZERO_TIME);
  }

  /// Cycles in which it has run.
  Cycle cycles() const { return cycles_; }

 private:
  void rise() {
    signal.write(true);
    is_high_ = true;
    next_edge_.notify(half_period_);
  }

  void work() {
    if (signal.num_deltas() == 0) return;
    signal.tick(delta_);
    ++delta_;
    if (delta_ < signal.num_deltas()) {
      sc_core::next_trigger(sc_core::SC_ZERO_TIME);
    } else {
      delta_ = 0;
    }
  }

  void advance() {
    if (is_high_) {
      signal.write(false);
      is_high_ = false;
      ++cycles_;
      next_edge_.notify(rest_);
    } else {
      // The last cycle shows all units at rest.
      cycles_at_rest_ = has_work_() ? 0 : cycles_at_rest_ + 1;
      runs_ = cycles_at_rest_ < 2;
      if (runs_) rise();
    }
  }

  sc_core::sc_time half_period_, rest_;
  std::function<bool()> has_work_;
  sc_core::sc_event next_edge_;
  bool runs_ = false;
  bool is_high_ = false;
  int delta_ = 0;  // of the falling edge
  int cycles_at_rest_ = 0;
  Cycle cycles_ = 0;
};

}  // namespace escalate::cycle
