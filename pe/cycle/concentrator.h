// Concentration with registers: lane by lane picks from a window of slot rows, by look-ahead and
// look-aside (docs/microarchitecture.md, section 6).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "machine/config.h"
#include "pe/cycle/slot_queue.h"

namespace escalate {

/// One match taken by a lane.
struct LanePick {
  int lane = 0;
  int row = 0;        ///< slot row of the window, 0: the oldest
  int slot_lane = 0;  ///< where it stood in its slot row
  std::int8_t value = 0;
  bool negative = false;  ///< the coefficient is -1
  bool operator==(const LanePick&) const = default;
};

class ConcentratorClocked {
 public:
  struct Result {
    bool stepped = false;
    bool final_step = false;  ///< the step retired the marked row
    bool blocked = false;     ///< the final step could take place but for the element queue
    int retired = 0;          ///< slot rows
    ElementTag tag;           ///< the element's tag
  };

  explicit ConcentratorClocked(const MachineConfig& machine);

  /// One cycle: a step if the window of `queue` is complete, which pops the rows that retire. The
  /// final step of an element needs room in the element queue.
  Result tick(SlotReader& queue, bool element_queue_has_room);

  /// The picks of the last step, in order of taking.
  const std::vector<LanePick>& picks() const { return picks_; }

 private:
  using Taken = std::array<std::uint64_t, 1 + kMaxLookAhead>;
  int complete_window(const SlotReader& queue) const;
  Taken pick(const SlotReader& queue, int window);

  int lanes_;
  ConcentratorPattern pattern_;
  Taken taken_{};  // by row of the window: slots taken by earlier steps
  std::vector<LanePick> picks_;
};

}  // namespace escalate
