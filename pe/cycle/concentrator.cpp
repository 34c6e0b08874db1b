#include "pe/cycle/concentrator.h"

#include <array>
#include <tuple>

namespace escalate {

ConcentratorClocked::ConcentratorClocked(const MachineConfig& machine)
    : lanes_(machine.ca.lanes), pattern_(ConcentratorPattern::parse(machine.ca.pattern)) {}

// Rows of the window, or 0 if it neither holds 1 + h rows nor ends with the marked one.
int ConcentratorClocked::complete_window(const SlotReader& queue) const {
  const int full = 1 + pattern_.look_ahead();
  for (int row = 0; row < queue.size() && row < full; ++row) {
    if (queue.front(row).marked || row + 1 == full) return row + 1;
  }
  return 0;
}

ConcentratorClocked::Taken ConcentratorClocked::pick(const SlotReader& queue, int window) {
  Taken taken = taken_;
  std::array<const SlotRow*, std::tuple_size_v<Taken>> rows;
  for (int row = 0; row < window; ++row) rows[row] = &queue.front(row);
  std::uint64_t filled = 0;
  const auto take = [&](int lane, int row, int slot_lane) {
    const SlotRow& from = *rows[row];
    const std::uint64_t untaken = from.matches & ~taken[row];
    if ((filled >> lane & 1) != 0 || (untaken >> slot_lane & 1) == 0) return;
    picks_.push_back(
        {lane, row, slot_lane, from.values[slot_lane], (from.negative >> slot_lane & 1) != 0});
    filled |= std::uint64_t{1} << lane;
    taken[row] |= std::uint64_t{1} << slot_lane;
  };
  picks_.clear();
  for (int lane = 0; lane < lanes_; ++lane) take(lane, 0, lane);
  for (const SlotOffset& offset : pattern_.offsets()) {
    if (offset.row >= window) continue;
    for (int lane = 0; lane < lanes_; ++lane) {
      const int slot_lane = (lane + offset.lane) % lanes_;
      take(lane, offset.row, slot_lane < 0 ? slot_lane + lanes_ : slot_lane);
    }
  }
  return taken;
}

ConcentratorClocked::Result ConcentratorClocked::tick(SlotReader& queue,
                                                      bool element_queue_has_room) {
  Result result;
  const int window = complete_window(queue);
  if (window == 0) return result;
  const Taken taken = pick(queue, window);
  while (result.retired < window &&
         (queue.front(result.retired).matches & ~taken[result.retired]) == 0) {
    ++result.retired;
  }
  ensure(result.retired >= 1, "a step takes all that is left of the oldest row");
  result.tag = queue.front().tag;
  result.final_step = queue.front(result.retired - 1).marked;
  if (result.final_step && !element_queue_has_room) {
    picks_.clear();
    return {false, false, true, 0, result.tag};
  }
  result.stepped = true;
  queue.pop(result.retired);
  for (std::size_t row = 0; row < taken_.size(); ++row) {
    const std::size_t from = row + std::size_t(result.retired);
    taken_[row] = from < taken.size() ? taken[from] : 0;
  }
  return result;
}

}  // namespace escalate
