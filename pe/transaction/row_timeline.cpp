#include "pe/transaction/row_timeline.h"

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

MacHistory::Overlap MacHistory::overlap(Cycle begin, Cycle end) {
  Overlap sum;
  if (begin >= end) return sum;
  forget_before(begin);
  for (std::int64_t i = oldest_; i < next_; ++i) {
    const Segment& segment = segments_[i];
    if (segment.begin >= end) break;
    const std::int64_t cycles = std::min(segment.end, end) - std::max(segment.begin, begin);
    switch (segment.kind) {
      case Kind::kBusy:
        sum.busy += cycles;
        break;
      case Kind::kWeights:
        sum.weights += cycles;
        break;
      case Kind::kLine:
        sum.line += cycles;
        break;
    }
  }
  return sum;
}

RowTimeline::RowTimeline(const MachineConfig& machine)
    : lanes_(machine.ca.lanes),
      lane_shift_(std::has_single_bit(unsigned(lanes_)) ? std::countr_zero(unsigned(lanes_)) : -1),
      look_ahead_(machine.look_ahead()),
      slot_queue_rows_(machine.ca.slot_queue_rows),
      element_queue_(machine.ca.element_queue),
      multipliers_(machine.mac.multipliers),
      weight_port_bytes_(machine.mac.weight_port_bytes),
      ideal_ca_(machine.ideal.ca),
      ideal_mac_(machine.ideal.mac),
      row_pop_(slot_queue_rows_, -1),
      element_pop_(element_queue_, -1),
      // Up to three segments of each element in the queue, of that in the MAC unit and of the next.
      mac_(3 * (element_queue_ + 2)) {}

void RowTimeline::begin_pass(Cycle begin) {
  ensure(begin >= pass_begin_, "passes begin in order");
  in_pass_ = true;
  pass_begin_ = begin;
}

// Concentrator steps of the element in hand, except its final one, while slot rows up to `slot_row`
// (numbered within the element) have not retired.
void RowTimeline::concentrate_until(const TimedElement& element, int slot_row) {
  const int rows = element.step_ends.back();
  while (base_ <= slot_row && element.step_ends[num_steps_] != rows) {
    const int after = element.step_ends[num_steps_];
    step_ = std::max(step_ + 1, row_push_[std::min(base_ + look_ahead_, rows - 1)] + 1);
    for (; base_ < after; ++base_) row_pop_[rows_before_ + base_] = step_;
    ++num_steps_;
  }
}

// All of an element in the CA unit but its final step; the last dilution cycle is left in
// dilution_. Returns the cycle in which the final step could take place but for the element queue.
Cycle RowTimeline::dilute_and_concentrate(const TimedElement& element) {
  const int rows = element.step_ends.back();
  if (int(row_push_.size()) < rows) row_push_.resize(rows);
  base_ = num_steps_ = 0;
  const int chunks = std::max<int>(1, int(element.slots.size()));
  int slots = 0;
  int pushed = 0;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    if (!element.slots.empty()) slots += element.slots[chunk];
    const bool last = chunk + 1 == chunks;
    // A row is pushed once a slot beyond it has come, or with the last chunk.
    const int complete = last ? rows : rows_known_full(slots);
    Cycle time = std::max(dilution_ + 1, element.visible);
    const std::int64_t displaced = rows_before_ + complete - 1 - slot_queue_rows_;
    if (complete > pushed && displaced >= 0) {
      concentrate_until(element, int(displaced - rows_before_));
      time = std::max(time, row_pop_[displaced] + 1);
    }
    for (; pushed < complete; ++pushed) row_push_[pushed] = time;
    if (chunk == 0) first_dilution_ = time;
    dilution_ = time;
  }
  concentrate_until(element, rows);
  return std::max(step_ + 1, row_push_[rows - 1] + 1);
}

// The MAC unit takes an element pushed at `push`. Returns the last cycle it has with it.
Cycle RowTimeline::multiply(Cycle push, int busy, int excess, Cycle line_free) {
  const Cycle ready = std::max(mac_free_, push + 1);
  const Cycle pop = std::max(ready, line_free);
  mac_.add(MacHistory::Kind::kLine, ready, pop);
  mac_.add(MacHistory::Kind::kBusy, pop, pop + busy);
  mac_.add(MacHistory::Kind::kWeights, pop + busy, pop + busy + excess);
  element_pop_[num_pushed_] = pop;
  ++num_pushed_;
  mac_free_ = pop + busy + excess;
  mac_busy_ += busy;
  return mac_free_ - 1;
}

// States while no pass asks the row for anything: [begin, end) goes by the MAC unit alone.
void RowTimeline::account_outside_pass(Cycle begin, Cycle end) {
  if (begin >= end) return;
  const MacHistory::Overlap mac = mac_.overlap(begin, end);
  states_.work += mac.busy;
  states_.wait_weights += mac.weights;
  states_.wait_merge += mac.line;
  states_.idle += end - begin - mac.busy - mac.weights - mac.line;
}

// States from the last accounted cycle up to the element's first dilution cycle: the CA unit is
// empty.
void RowTimeline::account_before(Cycle first_dilution) {
  if (first_dilution <= accounted_) return;
  const Cycle from = std::max(accounted_, std::min(pass_begin_, first_dilution));
  account_outside_pass(accounted_, from);
  if (first_dilution > from) {
    const std::int64_t busy = mac_.overlap(from, first_dilution).busy;
    states_.work += busy;
    states_.wait_input += first_dilution - from - busy;
  }
  accounted_ = std::max(accounted_, first_dilution);
}

// States from the cycle in which the CA unit is ready to push up to that in which there is room.
void RowTimeline::account_blocked(Cycle begin, Cycle end) {
  if (begin >= end) return;
  const MacHistory::Overlap mac = mac_.overlap(begin, end);
  states_.work += mac.busy;
  states_.wait_weights += mac.weights;
  states_.queue_full += end - begin - mac.busy - mac.weights;
}

// What follows when the final step could take place in cycle `ready` but for the element queue.
ElementTimes RowTimeline::finish(Cycle ready, bool pushed, int mac_cycles, Cycle line_free) {
  ElementTimes times;
  Cycle final_step = ready;
  if (num_pushed_ >= element_queue_) {
    final_step = std::max(final_step, element_pop_[num_pushed_ - element_queue_] + 1);
  }
  step_ = final_step;
  times.release = dilution_;
  times.final_step = final_step;

  account_before(first_dilution_);
  const std::int64_t active = ready - accounted_ + 1;  // the final step is one of them
  states_.work += active;
  ca_busy_ += active;
  account_blocked(ready, final_step);
  accounted_ = final_step + 1;
  mac_.forget_before(accounted_);
  if (pushed) {
    times.mac_end = multiply(final_step, ideal_mac_ ? 1 : mac_cycles, 0, line_free);
  }
  return times;
}

ElementTimes RowTimeline::process(const TimedElement& element) {
  ensure(in_pass_, "an element belongs to a pass");
  ensure(!element.step_ends.empty(), "an element takes at least one concentrator step");
  if (ideal_ca_) {
    dilution_ = std::max(dilution_ + 1, element.visible);
    first_dilution_ = std::max(step_ + 1, element.visible);
    return finish(first_dilution_, element.pushed, element.mac_cycles, element.line_free);
  }
  const Cycle ready = dilute_and_concentrate(element);
  const ElementTimes times = finish(ready, element.pushed, element.mac_cycles, element.line_free);
  for (; base_ < element.step_ends.back(); ++base_) row_pop_[rows_before_ + base_] = step_;
  rows_before_ += base_;
  return times;
}

SharedDilution::SharedDilution(Cycle visible_from, std::span<const std::uint16_t> slots_of_chunks,
                               int lanes)
    : visible(visible_from),
      slots(slots_of_chunks),
      chunks(std::max(1, int(slots_of_chunks.size()))) {
  int before = 0;
  for (const std::uint16_t count : slots) before += count;
  rows = std::max(1, ceil_div(before, lanes));
  if (rows > kMostRows) return;  // no element says its steps in one word
  before = 0;
  int pushed = 0;
  for (std::size_t chunk = 0; chunk < slots.size(); ++chunk) {
    before += slots[chunk];
    // A row is pushed once a slot beyond it has come, or with the last chunk.
    for (; pushed < (before - 1) / lanes; ++pushed) {
      push_cycle[std::size_t(pushed)] = std::uint16_t(chunk);
    }
  }
  for (; pushed < rows; ++pushed) push_cycle[std::size_t(pushed)] = std::uint16_t(chunks - 1);
}

// Concentrator steps of an element whose slot rows never wait for room in their queue: dilution
// takes place in consecutive cycles from `start` on. Returns as dilute_and_concentrate().
Cycle RowTimeline::concentrate_unhindered(const SharedDilution& shared, std::uint64_t step_bases,
                                          Cycle start) {
  int base = 0;
  for (std::uint64_t later = step_bases & (step_bases - 1); later != 0; later &= later - 1) {
    const int after = std::countr_zero(later);
    const int youngest = std::min(base + look_ahead_, shared.rows - 1);
    step_ = std::max(step_, start + shared.push_cycle[std::size_t(youngest)]) + 1;
    for (; base < after; ++base) row_pop_[rows_before_ + base] = step_;
  }
  base_ = base;
  return std::max(step_, start + shared.chunks - 1) + 1;
}

ElementTimes RowTimeline::process(const SharedDilution& shared, std::uint64_t step_bases,
                                  bool pushed, int mac_cycles, Cycle line_free) {
  ensure(shared.rows <= SharedDilution::kMostRows, "the steps of an element fit into a word");
  const Cycle start = std::max(dilution_ + 1, shared.visible);
  const std::int64_t displaced = rows_before_ + shared.rows - 1 - slot_queue_rows_;
  if (ideal_ca_ || shared.rows > slot_queue_rows_ ||
      (displaced >= 0 && row_pop_[displaced] >= start)) {
    std::array<std::uint16_t, 64> step_ends = {};
    std::size_t steps = 0;
    for (std::uint64_t later = step_bases & (step_bases - 1); later != 0; later &= later - 1) {
      step_ends[steps++] = std::uint16_t(std::countr_zero(later));
    }
    step_ends[steps++] = std::uint16_t(shared.rows);
    return process(
        {shared.visible, shared.slots, {step_ends.data(), steps}, pushed, mac_cycles, line_free});
  }
  ensure(in_pass_, "an element belongs to a pass");
  const Cycle ready = concentrate_unhindered(shared, step_bases, start);
  first_dilution_ = start;
  dilution_ = start + shared.chunks - 1;
  const ElementTimes times = finish(ready, pushed, mac_cycles, line_free);
  for (; base_ < shared.rows; ++base_) row_pop_[rows_before_ + base_] = step_;
  rows_before_ += base_;
  return times;
}

// One taking cycle.
void RowTimeline::take(const DirectEntry& entry, int activations, bool pushes,
                       ElementTimes& times) {
  const Cycle ready = std::max(step_ + 1, entry.visible);
  Cycle time = ready;
  if (pushes && num_pushed_ >= element_queue_) {
    time = std::max(time, element_pop_[num_pushed_ - element_queue_] + 1);
  }
  account_before(ready);
  account_blocked(ready, time);
  ++states_.work;
  ++ca_busy_;
  step_ = time;
  accounted_ = time + 1;
  mac_.forget_before(accounted_);
  if (!pushes) return;
  int busy = 1;
  int excess = 0;
  if (!ideal_mac_) {
    busy = std::max(1, ceil_div(activations * entry.taps, multipliers_));
    const int port = ceil_div(activations * entry.taps, weight_port_bytes_);
    excess = std::max(0, port - busy);
  }
  times.mac_end = multiply(time, busy, excess, entry.line_free);
}

ElementTimes RowTimeline::process_direct(const DirectEntry& entry) {
  ensure(in_pass_, "an entry belongs to a pass");
  ElementTimes times;
  const std::size_t chunks = std::max<std::size_t>(1, entry.taken.size());
  bool visited = false;  // a taking cycle has taken place
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const bool last_chunk = chunk + 1 == chunks;
    int left = entry.taken.empty() ? 0 : entry.taken[chunk];
    do {
      const int activations = std::min(left, entry.taken_at_once);
      left -= activations;
      const bool last = last_chunk && left == 0;
      const bool pushes = activations > 0 || (last && entry.line_end);
      if (ideal_ca_ && !pushes && (visited || !last)) continue;
      take(entry, activations, pushes, times);
      visited = true;
    } while (left > 0);
  }
  // Slot rows of a decomposed layer before this one have long retired: only the order is kept.
  dilution_ = step_;
  times.release = times.final_step = step_;
  return times;
}

RowMoment RowTimeline::moment() {
  RowMoment moment{in_pass_, pass_begin_, dilution_, step_, mac_free_, accounted_, {}, {}, {}};
  for (std::int64_t i = slot_queue_rows_; i > 0; --i) {
    moment.slot_row_pops.push_back(rows_before_ < i ? -1 : row_pop_[rows_before_ - i]);
  }
  for (std::int64_t i = element_queue_; i > 0; --i) {
    moment.element_pops.push_back(num_pushed_ < i ? -1 : element_pop_[num_pushed_ - i]);
  }
  mac_.forget_before(accounted_);
  moment.mac = mac_.segments();
  return moment;
}

void RowTimeline::resume(const RowMoment& moment) {
  in_pass_ = moment.in_pass;
  pass_begin_ = moment.pass_begin;
  dilution_ = moment.dilution;
  step_ = moment.step;
  mac_free_ = moment.mac_free;
  accounted_ = moment.accounted;
  for (const Cycle pop : moment.slot_row_pops) row_pop_[rows_before_++] = pop;
  for (const Cycle pop : moment.element_pops) element_pop_[num_pushed_++] = pop;
  mac_.clear();
  for (const MacHistory::Segment& segment : moment.mac) {
    mac_.add(segment.kind, segment.begin, segment.end);
  }
}

void RowTimeline::close(Cycle end) {
  ensure(end >= accounted_ && end >= mac_free_, "a timeline is closed after its last event");
  if (in_pass_) {
    account_before(end);
  } else {
    account_outside_pass(accounted_, end);
    accounted_ = end;
  }
}

}  // namespace escalate
