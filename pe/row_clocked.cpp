#include "pe/row_clocked.h"

#include "common/error.h"

namespace escalate {

void RowStateClocked::book(const Activity& activity) {
  if (activity.element_began) {
    ++held_;
    --to_come_;
    ensure(to_come_ >= 0, "a row makes as many elements as its passes have entries");
  }
  const bool ca_works = held_ > 0 && !activity.ca_blocked;
  if (ca_works) ++ca_busy_;
  if (activity.mac.busy || ca_works) {
    ++states_.work;
  } else if (held_ == 0 && to_come_ > 0) {
    ++states_.wait_input;
  } else if (activity.mac.waits_weights) {
    ++states_.wait_weights;
  } else if (activity.ca_blocked) {
    ++states_.queue_full;
  } else if (activity.mac.waits_line) {
    ++states_.wait_merge;
  } else {
    ++states_.idle;
  }
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
      picker_(machine),
      element_queue_(machine.ca.element_queue),
      mac_(machine, slice, row),
      line_buffer_(machine) {}

void RowClocked::begin_pass(const RunningPass& pass, int entries) {
  book_.expect(entries);
  if (pass.pass.fresh) line_buffer_.open(pass);
}

DilutionClocked::Input RowClocked::dilution_input(const Entry& entry,
                                                  const RunningPass& pass) const {
  const std::vector<CoefficientTile>& tiles = pass.coefficients->tiles;
  ensure(entry.channel_tile < int(tiles.size()), "every channel tile has coefficients");
  return {&entry,
          &tiles[entry.channel_tile],
          pass.pass.coefficient_row(slice_, row_),
          {&pass, entry.h, entry.w, entry.line_end}};
}

void RowClocked::push(const ElementTag& tag, std::int32_t value) {
  if (value == 0 && !tag.line_end) return;
  element_queue_.push({tag, value, {}});
  ++elements_pushed_;
}

void RowClocked::concentrate(RowStateClocked::Activity& activity) {
  const auto step = concentrator_.tick(slot_queue_, element_queue_.has_room());
  activity.ca_blocked = step.blocked;
  if (!step.stepped) return;
  const std::int32_t value = adder_tree_.step(concentrator_.picks(), step.final_step);
  activity.element_ended = step.final_step;
  if (step.final_step) push(step.tag, value);
}

// ideal.ca: the same work without time.
bool RowClocked::make_element_at_once(const DilutionClocked::Input& input,
                                      RowStateClocked::Activity& activity) {
  activity.element_began = !at_once_began_;
  at_once_began_ = true;
  if (!element_queue_.has_room()) {
    activity.ca_blocked = true;
    return false;
  }
  for (bool released = false; !activity.element_ended;) {
    if (!released) released = dilution_.tick(input, slot_queue_).released;
    slot_queue_.clock();
    concentrate(activity);
    slot_queue_.clock();
  }
  at_once_began_ = false;
  return true;
}

bool RowClocked::pick_directly(const DilutionClocked::Input& input, int first_channel,
                               RowStateClocked::Activity& activity) {
  const auto result = picker_.tick(
      {input.entry, input.coefficients, input.row, first_channel, input.tag}, element_queue_);
  activity.element_began = result.began;
  activity.element_ended = result.released;
  activity.ca_blocked = result.blocked;
  return result.released;
}

bool RowClocked::tick(const Entry* entry, const RunningPass* pass) {
  RowStateClocked::Activity activity;
  activity.mac = mac_.tick(element_queue_, line_buffer_);
  bool released = false;
  if (entry != nullptr && pass->pass.direct) {
    released = pick_directly(dilution_input(*entry, *pass), entry->channel_tile * entry_channels_,
                             activity);
  } else if (ideal_ca_) {
    if (entry != nullptr) released = make_element_at_once(dilution_input(*entry, *pass), activity);
  } else {
    concentrate(activity);
    if (entry != nullptr) {
      const auto diluted = dilution_.tick(dilution_input(*entry, *pass), slot_queue_);
      activity.element_began = diluted.began;
      released = diluted.released;
    }
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
  add_fields(sum, picker_.counters());
  add_fields(sum, mac_.counters());
  add_fields(sum, line_buffer_.counters());
  sum.elements_pushed += elements_pushed_;
  sum.ca_busy_cycles += book_.ca_busy_cycles();
  return sum;
}

}  // namespace escalate
