#include "pe/cycle/row.h"

#include <array>

#include "common/error.h"

namespace escalate {

RowState RowStateClocked::state_of(const Activity& activity, bool ca_works) const {
  if (activity.mac.busy || ca_works) return RowState::kWork;
  if (held_ == 0 && to_come_ > 0) return RowState::kWaitInput;
  if (activity.mac.waits_weights) return RowState::kWaitWeights;
  if (activity.ca_blocked) return RowState::kQueueFull;
  if (activity.mac.waits_line) return RowState::kWaitMerge;
  return RowState::kIdle;
}

void RowStateClocked::book(const Activity& activity) {
  if (activity.element_began) {
    ++held_;
    --to_come_;
    ensure(to_come_ >= 0, "a row makes as many elements as its passes have entries");
  }
  const bool ca_works = held_ > 0 && !activity.ca_blocked;
  if (ca_works) ++ca_busy_;
  state_ = state_of(activity, ca_works);
  const std::array<std::int64_t*, 6> counts = {&states_.work,         &states_.wait_input,
                                               &states_.wait_weights, &states_.queue_full,
                                               &states_.wait_merge,   &states_.idle};
  ++*counts[static_cast<std::size_t>(state_)];
  if (activity.element_ended) --held_;
}

RowClocked::RowClocked(const MachineConfig& machine, int slice, int row)
    : slice_(slice),
      row_(row),
      entry_channels_(machine.ring.entry_channels),
      ideal_ca_(machine.ideal.ca),
      dilution_(machine),
      slot_queue_(machine.ca.slot_queue_rows),
      concentrator_(machine),
      adder_tree_(machine),
      ideal_unit_(machine),
      picker_(machine),
      element_queue_(machine.ca.element_queue),
      mac_(machine, slice, row),
      line_buffer_(machine) {}

void RowClocked::begin_pass(const RunningPass& pass, int entries) {
  book_.expect(entries);
  if (pass.pass.fresh) line_buffer_.open(pass);
}

bool RowClocked::make_element(const RowInput* input, RowStateClocked::Activity& activity) {
  const auto step = concentrator_.tick(slot_queue_, element_queue_.has_room());
  activity.ca_blocked = step.blocked;
  activity.element_ended = step.final_step;
  if (step.stepped) adder_tree_.step(concentrator_.picks(), step, element_queue_);
  if (input == nullptr) return false;
  const auto diluted = dilution_.tick(*input, slot_queue_);
  activity.element_began = diluted.began;
  return diluted.released;
}

bool RowClocked::make_element_at_once(const RowInput* input, RowStateClocked::Activity& activity) {
  const auto result = ideal_unit_.tick(input, element_queue_);
  activity.element_began = result.began;
  activity.element_ended = result.ended;
  activity.ca_blocked = result.blocked;
  return result.released;
}

bool RowClocked::pick_directly(const RowInput& input, RowStateClocked::Activity& activity) {
  const auto result = picker_.tick(input, element_queue_);
  activity.element_began = result.began;
  activity.element_ended = result.released;
  activity.ca_blocked = result.blocked;
  return result.released;
}

bool RowClocked::tick(const Entry* entry, const RunningPass* pass) {
  RowStateClocked::Activity activity;
  activity.mac = mac_.tick(element_queue_, line_buffer_);
  RowInput input;
  if (entry != nullptr) input = row_input(*pass, *entry, slice_, row_, entry_channels_);
  bool released = false;
  if (entry != nullptr && pass->pass.direct) {
    released = pick_directly(input, activity);
  } else {
    const RowInput* at_hand = entry != nullptr ? &input : nullptr;
    released =
        ideal_ca_ ? make_element_at_once(at_hand, activity) : make_element(at_hand, activity);
  }
  book_.book(activity);
  return released;
}

void RowClocked::clock() {
  slot_queue_.clock();
  element_queue_.clock();
  line_buffer_.clock();
}

bool RowClocked::is_idle() const { return book_.is_idle() && line_buffer_.is_idle(); }

MachineCounters RowClocked::counters() const {
  MachineCounters sum = dilution_.counters();
  add_fields(sum, adder_tree_.counters());
  add_fields(sum, ideal_unit_.counters());
  add_fields(sum, picker_.counters());
  add_fields(sum, mac_.counters());
  add_fields(sum, line_buffer_.counters());
  sum.ca_busy_cycles += book_.ca_busy_cycles();
  return sum;
}

}  // namespace escalate
