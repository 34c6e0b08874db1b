// The PE row of rtl/ and its clocked core, given the same passes, entries and back-pressure.
#pragma once

#include "pe/cycle/row.h"
#include "tests/rtl/row_environment.h"

namespace escalate::rtl {

/// Where rtl/pe_row.sv says in which state a row was; all of them, in the order of its numbers.
inline std::vector<std::int64_t> in_rtl_order(const RowStates& states) {
  return {states.work,       states.wait_input, states.wait_weights,
          states.queue_full, states.wait_merge, states.idle};
}

template <class Unit>
class RowLockstep {
 public:
  /// PE row `row` of a slice in a run of one layer.
  RowLockstep(const scenario::Scenario& run, const MacSizes& sizes, int row, Random random)
      : sizes_(sizes),
        machine_(run.machine),
        random_(random),
        row_(row),
        feeder_(run, row),
        model_(run.machine, 0, row),
        weights_(run.machine, sizes, row),
        memory_(sizes),
        send_rate_(0.05 + 0.95 * random_.uniform()),
        merge_rate_(0.02 + 0.98 * random_.uniform()) {
    reset(unit_);
    set_layer(unit_, run.tiles.front());
  }

  void run() {
    for (std::int64_t cycle = 0; !is_done(); ++cycle) {
      tick(cycle);
      if (cycle > kLongest) RC_FAIL("the row does not come to an end");
    }
  }

  /// The output rows of the run, as the merge read them.
  const std::vector<std::int32_t>& merged() const { return memory_.merged(); }

 private:
  static constexpr std::int64_t kLongest = 10'000'000;
  struct OfPass {
    std::shared_ptr<const Entry> entry;
    const RunningPass* pass = nullptr;
  };

  bool is_done() const { return feeder_.all_begun() && to_send_.empty() && model_.is_idle(); }

  void begin_cycle() {
    if (!to_send_.empty() && random_.chance(send_rate_)) {
      visible_.push_back(to_send_.front());
      to_send_.pop_front();
    }
    const auto event = feeder_.tick(to_send_.empty(), memory_.unread());
    set_weight(unit_, event.weight, sizes_);
    if (event.begins == nullptr || !feeder_.is_active(*event.begins)) return;
    const auto entries = feeder_.entries(*event.begins);
    weights_.begin(*event.begins);
    memory_.begin(*event.begins);
    model_.begin_pass(*event.begins, int(entries.size()));
    for (const auto& entry : entries) to_send_.push_back({entry, event.begins});
  }

  void set_inputs() {
    unit_.entries_left = !to_send_.empty() || !visible_.empty();
    set_bits(unit_.unread, 0, sizes_.number_bits, std::uint64_t(memory_.unread()));
    if (visible_.empty()) {
      show_entry(unit_, machine_, nullptr, nullptr, 0);
      return;
    }
    const Entry& entry = *visible_.front().entry;
    const RunningPass& pass = *visible_.front().pass;
    unit_.entry_line_end = entry.line_end;
    set_window(unit_.entry_window, pass, entry.h, entry.w, entry.channel_tile, sizes_);
    show_entry(unit_, machine_, &entry, &pass.coefficients->tiles[entry.channel_tile],
               pass.pass.coefficient_row(0, row_));
  }

  void compare_states(const RowStates& before, std::int64_t cycle) {
    const auto now = in_rtl_order(model_.states());
    const auto then = in_rtl_order(before);
    for (std::size_t state = 0; state < now.size(); ++state) {
      if (now[state] != then[state]) same("state", cycle, unit_.state, state);
    }
  }

  // Behind a narrow weight port the model adds all products of an element and then waits, the unit
  // each when its weight comes; at the end of a line they are even.
  void compare_additions(std::int64_t of_model, std::int64_t cycle) {
    additions_ahead_ += of_model - memory_.add(unit_);
    if (!unit_.direct || !sizes_.has_narrow_port() || unit_.line_end_done) {
      same("additions of unit and model, difference", cycle, additions_ahead_, 0);
    }
  }

  void tick(std::int64_t cycle) {
    begin_cycle();
    set_inputs();
    weights_.read(unit_);
    const RowStates states = model_.states();
    const MachineCounters before = model_.counters();
    const bool released = visible_.empty()
                              ? model_.tick(nullptr, nullptr)
                              : model_.tick(visible_.front().entry.get(), visible_.front().pass);
    const MachineCounters after = model_.counters();
    same("entry_release", cycle, unit_.entry_release, released);
    same("element_push", cycle, unit_.element_push, after.elements_pushed - before.elements_pushed);
    compare_additions(after.line_buffer_updates - before.line_buffer_updates, cycle);
    compare_states(states, cycle);
    memory_.tick(model_.line_buffer(), random_.chance(merge_rate_), unit_.line_end_done, cycle);
    model_.clock();
    clock(unit_);
    if (released) visible_.pop_front();
  }

  Unit unit_;
  MacSizes sizes_;
  MachineConfig machine_;
  Random random_;
  int row_;
  PassFeeder feeder_;
  RowClocked model_;
  WeightMemory weights_;
  LineMemory memory_;
  double send_rate_;
  double merge_rate_;
  std::int64_t additions_ahead_ = 0;  // of the model's
  std::deque<OfPass> to_send_;
  std::deque<OfPass> visible_;
};

}  // namespace escalate::rtl
