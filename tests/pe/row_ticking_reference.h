// A PE row that ticks: the text of docs/microarchitecture.md (sections 1, 6, 7, 10, 11) taken
// literally, cycle by cycle, with queues whose pushes and pops show in the next cycle. Slow and
// plain.
#pragma once

#include <deque>
#include <vector>

#include "machine/config.h"
#include "pe/transaction/row_timeline.h"

namespace escalate::reference {

/// An element, or in direct mode what the row takes of an entry.
struct Element {
  Cycle visible = 0;
  Cycle pass_begin = 0;  ///< of the pass it belongs to
  std::vector<std::uint16_t> slots;
  std::vector<std::uint16_t> step_ends;
  bool is_zero = false;
  bool shares = false;  ///< its row visits every chunk: slots are those of the entry
  bool pushed = true;   ///< not zero, or a line end
  int mac_cycles = 1;
  Cycle line_free = 0;

  bool direct = false;
  std::vector<std::uint16_t> taken;  ///< activations taken from each visited chunk
  bool line_end = false;
  bool one_by_one = false;  ///< the kernel is 1 x 1
  int taps = 1;             ///< that the position meets
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
  std::int64_t ca_busy_cycles() const { return ca_busy_; }
  std::int64_t mac_busy_cycles() const { return mac_busy_; }

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
    int busy;
    int excess;
    bool last;  ///< of its entry
  };
  enum class Ca { kEmpty, kActive, kBlocked };
  enum class MacTakes { kNothing, kElement, kWaitsForLine };

  // The next element or entry that has not left the CA unit is direct, or decomposed with ideal.ca.
  bool has_at_hand(Cycle now) const {
    return concentrated_ < elements_.size() && elements_[concentrated_].visible <= now;
  }

  MacTakes step_mac(Cycle now);
  // Section 6, ideal.ca.
  Ca step_ideal(Cycle now, std::size_t queued) {
    if (dilution_ < elements_.size() && elements_[dilution_].visible <= now &&
        !elements_[dilution_].direct) {
      times_[dilution_++].release = now;
    }
    if (!has_at_hand(now)) return Ca::kEmpty;
    if (queued >= std::size_t(machine_.ca.element_queue)) return Ca::kBlocked;
    const Element& element = elements_[concentrated_];
    times_[concentrated_].final_step = now;
    if (element.pushed) {
      new_elements_.push_back({concentrated_, now, mac_cycles(element), 0, true});
    }
    diluted_begun_ = ++concentrated_;
    return Ca::kActive;
  }

  int mac_cycles(const Element& element) const {
    return machine_.ideal.mac ? 1 : element.mac_cycles;
  }

  // Section 10: one taking cycle, if there is something to take and room for it.
  Ca step_taking(Cycle now, std::size_t queued) {
    if (!has_at_hand(now)) return Ca::kEmpty;
    const Element& entry = elements_[concentrated_];
    if (chunk_ == 0 && taken_of_chunk_ == 0) skip_free_chunks(entry);
    const int in_chunk = entry.taken.empty() ? 0 : entry.taken[chunk_];
    const int most = entry.one_by_one ? machine_.mac.multipliers : 1;
    const int take = std::min(most, in_chunk - taken_of_chunk_);
    const bool ends_chunk = taken_of_chunk_ + take == in_chunk;
    const bool ends_entry = ends_chunk && (chunk_ + 1 >= entry.taken.size() ||
                                           (machine_.ideal.ca && nothing_to_push(entry)));
    if (take > 0 || (ends_entry && entry.line_end)) {
      if (queued >= std::size_t(machine_.ca.element_queue)) return Ca::kBlocked;
      push_taken(now, entry, take, ends_entry);
    }
    taken_of_chunk_ += take;
    if (ends_chunk) {
      ++chunk_;
      taken_of_chunk_ = 0;
      skip_free_chunks(entry);
    }
    diluted_begun_ = concentrated_ + 1;
    if (ends_entry) {
      times_[concentrated_].release = times_[concentrated_].final_step = now;
      dilution_ = ++concentrated_;
      chunk_ = 0;
    }
    return Ca::kActive;
  }

  // With ideal.ca: on to the next chunk whose taking cycles push something, or to the last one.
  void skip_free_chunks(const Element& entry) {
    if (!machine_.ideal.ca) return;
    while (chunk_ + 1 < entry.taken.size() && entry.taken[chunk_] == 0) ++chunk_;
  }

  // Whether nothing is pushed after the chunk in hand.
  bool nothing_to_push(const Element& entry) const {
    if (entry.line_end) return false;
    for (std::size_t chunk = chunk_ + 1; chunk < entry.taken.size(); ++chunk) {
      if (entry.taken[chunk] > 0) return false;
    }
    return true;
  }

  void push_taken(Cycle now, const Element& entry, int take, bool last) {
    Queued element{concentrated_, now, 1, 0, last};
    if (take > 0 && !machine_.ideal.mac) {
      const int taps = entry.one_by_one ? take : entry.taps;
      int weights = 0;  // cycles of the port
      for (int left = taps; left > 0; left -= machine_.mac.weight_port_bytes) ++weights;
      element.busy = 0;
      for (int left = taps; left > 0; left -= machine_.mac.multipliers) ++element.busy;
      element.busy = std::max(1, element.busy);
      element.excess = std::max(0, weights - element.busy);
    }
    new_elements_.push_back(element);
  }

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
      times_[finished].final_step = now;
      if (element.pushed) {
        new_elements_.push_back({finished, now, mac_cycles(element), 0, true});
      }
    }
    retired = after - base_;
    base_ = after;
    ++step_index_;
  }

  // Returns whether an element's first dilution cycle took place.
  bool step_dilution(Cycle now, std::size_t slot_rows) {
    if (dilution_ >= elements_.size() || elements_[dilution_].visible > now) return false;
    const Element& element = elements_[dilution_];
    if (element.direct) return false;
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
  int taken_of_chunk_ = 0;
  std::deque<SlotRow> slot_queue_;
  std::vector<SlotRow> new_rows_;
  std::size_t concentrated_ = 0, step_index_ = 0;
  int base_ = 0;
  std::deque<Queued> element_queue_;
  std::vector<Queued> new_elements_;
  int busy_left_ = 0, excess_left_ = 0;
  std::int64_t ca_busy_ = 0, mac_busy_ = 0;
};

// Of a free MAC unit; the element that it takes stays in the queue up to the end of the cycle.
inline TickingRow::MacTakes TickingRow::step_mac(Cycle now) {
  if (busy_left_ + excess_left_ > 0 || element_queue_.empty()) return MacTakes::kNothing;
  const Queued& head = element_queue_.front();
  if (head.pushed_at >= now) return MacTakes::kNothing;
  const Element& element = elements_[head.element];
  if (element.line_free > now) return MacTakes::kWaitsForLine;
  busy_left_ = head.busy;
  excess_left_ = head.excess;
  // Nothing but the last element of a line end finishes an output row.
  if (head.last || !element.direct || !element.line_end) {
    times_[head.element].mac_end = now + busy_left_ + excess_left_ - 1;
  }
  return MacTakes::kElement;
}

inline void TickingRow::tick(Cycle now) {
  const std::size_t slot_rows_at_begin = slot_queue_.size();
  const std::size_t queued_at_begin = element_queue_.size();
  const MacTakes taken = step_mac(now);
  const bool mac_waits_for_line = taken == MacTakes::kWaitsForLine;
  const bool mac_busy = busy_left_ > 0;
  const bool mac_waits_for_weights = !mac_busy && excess_left_ > 0;

  const bool direct = concentrated_ < elements_.size() && elements_[concentrated_].direct;
  const bool ca_holds = concentrated_ < diluted_begun_;
  bool blocked = false;
  bool began = false;
  int retired = 0;
  std::size_t finished = elements_.size();
  if (direct || machine_.ideal.ca) {
    const Ca ca = direct ? step_taking(now, queued_at_begin) : step_ideal(now, queued_at_begin);
    blocked = ca == Ca::kBlocked;
    began = ca != Ca::kEmpty;
    // The entry is at hand from its first cycle, blocked or not.
    if (blocked) diluted_begun_ = concentrated_ + 1;
  } else {
    step_concentrator(now, queued_at_begin, blocked, retired, finished);
    began = step_dilution(now, slot_rows_at_begin);
  }

  const bool ca_active = ca_holds || began;
  if (ca_active && !blocked) ++ca_busy_;
  if (mac_busy) ++mac_busy_;
  if (mac_busy || (ca_active && !blocked)) {
    ++states_.work;
  } else if (!ca_active && diluted_begun_ < elements_.size() &&
             now >= elements_[diluted_begun_].pass_begin) {
    ++states_.wait_input;
  } else {
    ++(mac_waits_for_weights ? states_.wait_weights
       : blocked             ? states_.queue_full
       : mac_waits_for_line  ? states_.wait_merge
                             : states_.idle);
  }

  if (taken == MacTakes::kElement) element_queue_.pop_front();
  if (busy_left_ > 0) {
    --busy_left_;
  } else if (excess_left_ > 0) {
    --excess_left_;
  }
  for (; retired > 0; --retired) slot_queue_.pop_front();
  for (const SlotRow& row : new_rows_) slot_queue_.push_back(row);
  new_rows_.clear();
  for (const Queued& element : new_elements_) element_queue_.push_back(element);
  new_elements_.clear();
  if (finished < elements_.size()) {
    ++concentrated_;
    step_index_ = 0;
    base_ = 0;
  }
}

}  // namespace escalate::reference
