// A clock of the cycle view and the units that work at its falling edge.
#pragma once

#include <cstddef>
#include <systemc>
#include <vector>

namespace escalate::cycle {

/// Work once a cycle.
class CycleWork {
 public:
  virtual void tick() = 0;

 protected:
  ~CycleWork() = default;
};

/// Units are called one after the other by the one process of their clock, in place of a process
/// each: that the simulator would wake hundreds of processes took a third of its time. As they read
/// what the cycle began with, the order does not matter.
class ClockSignal : public sc_core::sc_signal<bool> {
 public:
  using sc_signal::sc_signal;

  /// `delta`: how many delta cycles after the falling edge it works.
  void add(CycleWork& unit, int delta) {
    if (int(units_.size()) <= delta) units_.resize(std::size_t(delta) + 1);
    units_[std::size_t(delta)].push_back(&unit);
  }
  int num_deltas() const { return int(units_.size()); }
  void tick(int delta) const {
    for (CycleWork* unit : units_[std::size_t(delta)]) unit->tick();
  }

 private:
  std::vector<std::vector<CycleWork*>> units_;  // by delta cycle
};

}  // namespace escalate::cycle
