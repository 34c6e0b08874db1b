// The signed adder tree of a CA unit and its accumulator (docs/microarchitecture.md, section 6).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/config.h"
#include "machine/counters.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/element_queue.h"

namespace escalate {

class AdderTreeClocked {
 public:
  explicit AdderTreeClocked(const MachineConfig& machine) : inputs_(machine.ca.lanes) {}

  /// Adds the picks of a step, level by level, to the accumulator. Returns its value; after the
  /// final step of an element it starts again from zero.
  std::int32_t step(std::span<const LanePick> picks, bool final_step);

  /// The same with the concentrator's step: the element of its final step goes into the element
  /// queue if it is not zero or a line end, else it is dropped.
  void step(std::span<const LanePick> picks, const ConcentratorClocked::Result& step,
            ElementWriter& queue);

  /// What the accumulator holds.
  std::int32_t sum() const { return accumulator_; }
  const MachineCounters& counters() const { return counters_; }

 private:
  int inputs_;
  std::vector<std::int32_t> level_;
  std::int32_t accumulator_ = 0;
  MachineCounters counters_;
};

}  // namespace escalate
