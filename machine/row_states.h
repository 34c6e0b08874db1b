// The states of PE rows and the time they are counted in (docs/microarchitecture.md, section 11).
#pragma once

#include <cstdint>

#include "common/fields.h"

namespace escalate {

/// A time in cycles of the accelerator clock.
using Cycle = std::int64_t;

/// Cycles of one PE row by state; they sum to the cycles observed.
struct RowStates {
  std::int64_t work = 0;
  std::int64_t wait_input = 0;
  std::int64_t wait_weights = 0;
  std::int64_t queue_full = 0;
  std::int64_t wait_merge = 0;
  std::int64_t idle = 0;

  std::int64_t total() const {
    return work + wait_input + wait_weights + queue_full + wait_merge + idle;
  }
  bool operator==(const RowStates&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"work", "cycles", "MAC unit busy, or CA unit at work and not blocked"},
          self.work);
    visit(FieldDoc{"wait_input", "cycles", "CA unit empty, entries of the pass to come"},
          self.wait_input);
    visit(FieldDoc{"wait_weights", "cycles", "MAC unit waits for the weight port (direct mode)"},
          self.wait_weights);
    visit(FieldDoc{"queue_full", "cycles", "CA unit blocked by the element queue"},
          self.queue_full);
    visit(FieldDoc{"wait_merge", "cycles", "MAC unit waits for a line of the line buffer"},
          self.wait_merge);
    visit(FieldDoc{"idle", "cycles", "No pass, or nothing left to do in it"}, self.idle);
  }
};

}  // namespace escalate
