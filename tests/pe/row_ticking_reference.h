// A PE row that ticks: the text of docs/microarchitecture.md (sections 1, 6, 7, 11) taken
// literally, cycle by cycle, with queues whose pushes and pops show in the next cycle. Slow and
// plain.
#pragma once

#include <deque>
#include <vector>

#include "common/machine.h"
#include "pe/row_timeline.h"

namespace escalate::reference {

struct Element {
  Cycle visible = 0;
  Cycle pass_begin = 0;  ///< of the pass it belongs to
  std::vector<std::uint16_t> slots;
  std::vector<std::uint16_t> step_ends;
  bool is_zero = false;
  bool pushed = true;  ///< not zero, or a line end
  int mac_cycles = 1;
  Cycle line_free = 0;
};

class TickingRow {
 public:
  TickingRow(const MachineConfig& machine, std::vector<Element> elements)
      : machine_(machine), elements_(std::move(elements)), times_(elements_.size(), kNotYet) {}

  void run_until(Cycle end) {
    for (Cycle now = 0; now < end; ++now) tick(now);
  }

  const std::vector<ElementTimes>& times() const { return times_; }
  Element& element(std::size_t i) { return elements_[i]; }
  const RowStates& states() const { return states_; }

  // Every decision looks at the state that the cycle began with: changes are collected and made
  // last.
  void tick(Cycle now);

 private:
  static constexpr ElementTimes kNotYet{-1, -1, -1};
  struct SlotRow {
    std::size_t element;
    bool marked;
    Cycle pushed_at;
  };
  struct Queued {
    std::size_t element;
    Cycle pushed_at;
  };

  void step_concentrator(Cycle now, std::size_t queued, bool& blocked, int& retired,
                         std::size_t& finished) {
    std::size_t window = 0;
    bool complete = false;
    for (const SlotRow& row : slot_queue_) {
      if (row.pushed_at >= now || row.element != concentrated_) break;
      ++window;
      if (row.marked || window == std::size_t(machine_.look_ahead()) + 1) {
        complete = true;
        break;
      }
    }
    if (!complete) return;
    const Element& element = elements_[concentrated_];
    const int after = element.step_ends[step_index_];
    if (step_index_ + 1 == element.step_ends.size()) {
      if (queued >= std::size_t(machine_.ca.element_queue)) {
        blocked = true;
        return;
      }
      finished = concentrated_;
    }
    retired = after - base_;
    base_ = after;
    ++step_index_;
  }

  // Returns whether an element's first dilution cycle took place.
  bool step_dilution(Cycle now, std::size_t slot_rows) {
    if (dilution_ >= elements_.size() || elements_[dilution_].visible > now) return false;
    const Element& element = elements_[dilution_];
    const std::size_t chunks = element.slots.empty() ? 1 : element.slots.size();
    const bool last = chunk_ + 1 == chunks;
    const int slots = packed_ + (element.slots.empty() ? 0 : element.slots[chunk_]);
    const int lanes = machine_.ca.lanes;
    int rows = slots > 0 ? (slots - 1) / lanes : 0;  // those that a further slot has closed
    int left = slots - rows * lanes;
    if (last) {
      ++rows;
      left = 0;
    }
    if (rows > 0 && slot_rows + rows > std::size_t(machine_.ca.slot_queue_rows)) return false;
    for (int row = 0; row < rows; ++row) {
      new_rows_.push_back({dilution_, last && row + 1 == rows, now});
    }
    packed_ = left;
    const bool began = chunk_ == 0;
    if (began) ++diluted_begun_;
    ++chunk_;
    if (last) {
      times_[dilution_].release = now;
      ++dilution_;
      chunk_ = 0;
    }
    return began;
  }

  MachineConfig machine_;
  std::vector<Element> elements_;
  std::vector<ElementTimes> times_;
  RowStates states_;
  std::size_t dilution_ = 0, chunk_ = 0, diluted_begun_ = 0;
  int packed_ = 0;
  std::deque<SlotRow> slot_queue_;
  std::vector<SlotRow> new_rows_;
  std::size_t concentrated_ = 0, step_index_ = 0;
  int base_ = 0;
  std::deque<Queued> element_queue_;
  int mac_left_ = 0;
};

inline void TickingRow::tick(Cycle now) {
  const std::size_t slot_rows_at_begin = slot_queue_.size();
  const std::size_t queued_at_begin = element_queue_.size();
  bool mac_busy = mac_left_ > 0;
  bool mac_waits_for_line = false;
  int popped = 0;
  if (mac_left_ == 0 && !element_queue_.empty()) {
    const Queued& head = element_queue_.front();
    if (head.pushed_at < now) {
      if (elements_[head.element].line_free <= now) {
        mac_left_ = elements_[head.element].mac_cycles;
        times_[head.element].mac_end = now + mac_left_ - 1;
        mac_busy = true;
        popped = 1;
      } else {
        mac_waits_for_line = true;
      }
    }
  }

  const bool ca_holds = concentrated_ < diluted_begun_;
  bool blocked = false;
  int retired = 0;
  std::size_t finished = elements_.size();
  step_concentrator(now, queued_at_begin, blocked, retired, finished);
  const bool began = step_dilution(now, slot_rows_at_begin);

  const bool ca_active = ca_holds || began;
  if (mac_busy || (ca_active && !blocked)) {
    ++states_.work;
  } else if (!ca_active && diluted_begun_ < elements_.size() &&
             now >= elements_[diluted_begun_].pass_begin) {
    ++states_.wait_input;
  } else if (blocked) {
    ++states_.queue_full;
  } else if (mac_waits_for_line) {
    ++states_.wait_merge;
  } else {
    ++states_.idle;
  }

  if (popped != 0) element_queue_.pop_front();
  if (mac_left_ > 0) --mac_left_;
  for (; retired > 0; --retired) slot_queue_.pop_front();
  for (const SlotRow& row : new_rows_) slot_queue_.push_back(row);
  new_rows_.clear();
  if (finished < elements_.size()) {
    times_[finished].final_step = now;
    if (elements_[finished].pushed) element_queue_.push_back({finished, now});
    ++concentrated_;
    step_index_ = 0;
    base_ = 0;
  }
}

}  // namespace escalate::reference
