// The accelerator clock against the picoseconds that DRAM works in (docs/microarchitecture.md,
// sections 1 and 14).
#pragma once

#include <cmath>
#include <cstdint>

#include "machine/config.h"
#include "machine/row_states.h"

namespace escalate {

/// A time in picoseconds.
using Picoseconds = std::int64_t;

/// Cycle n begins with the clock edge at n periods; a period is rounded to whole picoseconds.
class Clock {
 public:
  explicit Clock(const MachineConfig& machine) : period_(std::llround(1e6 / machine.clock_mhz)) {}

  Picoseconds period() const { return period_; }
  Picoseconds edge(Cycle cycle) const { return cycle * period_; }
  /// The cycle in which `time` falls, which is not negative; an edge belongs to the cycle it
  /// begins.
  Cycle cycle_of(Picoseconds time) const { return time / period_; }
  bool is_edge(Picoseconds time) const { return time % period_ == 0; }

 private:
  Picoseconds period_;
};

}  // namespace escalate
