#include "pe/transaction/block_timeline.h"

#include <algorithm>
#include <optional>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

BlockTimeline::BlockTimeline(const MachineConfig& machine, HostSimd set)
    : machine_(machine),
      ring_(machine.ring.chunks),
      rows_(std::size_t(machine.slices) * machine.rows, Row(machine)),
      lanes_(machine, int(rows_.size()), set),
      has_lanes_(RowLanes::serve(machine)),
      line_rows_(std::size_t(ceil_div(int(rows_.size()), RowLanes::kGroup) * RowLanes::kGroup)),
      merge_end_(machine.slices, -1) {}

// Cuts every line buffer anew. A row whose number of lines changes waits for its old lines.
void BlockTimeline::set_lines(int lines) {
  if (lines == lines_) return;
  lines_ = lines;
  line_free_.assign(std::size_t(lines) * line_rows_, 0);
  for (int line = 0; line < lines; ++line) {
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      line_free_[std::size_t(line) * line_rows_ + row] = rows_[row].last_read + 1;
    }
  }
}

void BlockTimeline::begin_pass(const BlockPass& pass) {
  ensure(int(pass.active_rows.size()) == machine_.slices,
         "a pass says the active rows of each slice");
  if (pass.fresh) {
    const WindowAxis& old = pass_.geometry.rows;
    if (lines_ > 0) {
      ensure(next_output_row_ == old.out_end, "a tile is complete before the next one begins");
      tile_base_ += old.out_end - old.out_begin;
    }
    const WindowAxis& columns = pass.geometry.columns;
    const int lines = machine_.mac.line_buffer_words / (columns.out_end - columns.out_begin);
    const WindowAxis& rows = pass.geometry.rows;
    ensure(lines >= ceil_div(rows.kernel, rows.stride),
           "the line buffer holds every output row that an input row meets");
    set_lines(lines);
    next_output_row_ = rows.out_begin;
  }
  pass_ = pass;
  last_merge_of_pass_ = -1;
  set_active(pass.active_rows);
  choose_lanes();
  in_pass_ = true;
}

void BlockTimeline::set_active(const std::vector<int>& active_rows) {
  active_.clear();
  for (int slice = 0; slice < machine_.slices; ++slice) {
    ensure(active_rows[slice] >= 0 && active_rows[slice] <= machine_.rows, "active rows exist");
    for (int i = 0; i < active_rows[slice]; ++i) active_.push_back(slice * machine_.rows + i);
  }
}

void BlockTimeline::leave_lanes(int row, bool in_pass) {
  rows_[std::size_t(row)].timeline.resume(lanes_.leave(row, in_pass));
}

void BlockTimeline::leave_all_lanes() {
  for (int row = 0; row < int(rows_.size()); ++row) {
    if (lanes_.has(row)) leave_lanes(row, in_pass_);
  }
}

// Between passes: all active rows become lanes, as far as they can.
void BlockTimeline::choose_lanes() {
  std::vector<bool> is_active(rows_.size());
  for (const int row : active_) is_active[std::size_t(row)] = true;
  for (int row = 0; row < int(rows_.size()); ++row) {
    if (lanes_.has(row) && !is_active[std::size_t(row)]) leave_lanes(row, false);
  }
  if (!lanes_.reaches(pass_.begin)) leave_all_lanes();
  if (lanes_.is_empty()) lanes_.move_base(pass_.begin);
  lanes_.begin_pass(pass_.begin);
  alone_.clear();
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const int row = active_[i];
    if (lanes_.has(row)) continue;
    RowTimeline& timeline = rows_[std::size_t(row)].timeline;
    timeline.begin_pass(pass_.begin);
    if (has_lanes_ && lanes_.enter(row, timeline.moment())) continue;
    alone_.emplace_back(row, int(i));
  }
}

// Lanes know times for so long only; now and then they count from another base.
void BlockTimeline::keep_in_reach(Cycle now) {
  if (lanes_.is_empty() || lanes_.reaches(now)) return;
  leave_all_lanes();
  lanes_.move_base(now);
  alone_.clear();
  for (std::size_t i = 0; i < active_.size(); ++i) {
    RowTimeline& timeline = rows_[std::size_t(active_[i])].timeline;
    if (!lanes_.enter(active_[i], timeline.moment())) alone_.emplace_back(active_[i], int(i));
  }
}

Cycle BlockTimeline::mac_free(int row) const {
  return lanes_.has(row) ? lanes_.mac_free(row) : rows_[std::size_t(row)].timeline.mac_free();
}

// The line that is the last to be free for elements of input row `h`.
std::size_t BlockTimeline::line_of(int h) const {
  const WindowAxis& axis = pass_.geometry.rows;
  return std::size_t((tile_base_ + axis.last_output(h) - axis.out_begin) % lines_);
}

// Cycles of an element that is not zero.
int BlockTimeline::mac_cycles(const BlockEntry& entry) const {
  if (pass_.bypasses_mac) return 1;
  const int taps = pass_.geometry.taps(entry.h, entry.w);
  return std::max(1, ceil_div(taps, machine_.mac.multipliers));
}

// `times` is what lanes have done; `times_of` lets a row that is none process the entry:
// times_of(row, number among the active rows, first cycle in which its line is free).
template <class TimesOf>
void BlockTimeline::process_rows(const BlockEntry& entry, LaneTimes times, TimesOf&& times_of) {
  const Cycle* line_free = &line_free_[line_of(entry.h) * line_rows_];
  for (const auto& [number, place] : alone_) {
    RowTimeline& row = rows_[std::size_t(number)].timeline;
    const ElementTimes own = times_of(row, std::size_t(place), line_free[number]);
    times.release = std::max(times.release, own.release);
    times.end_of_work = std::max({times.end_of_work, own.final_step + 1, own.mac_end + 1});
  }
  end_of_work_ = std::max(end_of_work_, times.end_of_work);
  // A block without an active row frees the entry as soon as it is there.
  ring_.add(entry.chunks, active_.empty() ? entry.visible : times.release);
  if (entry.line_end) finish_output_rows(entry.h);
}

// Rows whose elements do not say their steps in a word go alone from then on.
void BlockTimeline::sort_elements(const RowElements& elements) {
  if (lanes_.is_empty()) return;
  if (!elements.spans.empty()) {
    for (std::size_t i = 0; i < active_.size(); ++i) {
      if (elements.step_bases(i) != 0 || !lanes_.has(active_[i])) continue;
      leave_lanes(active_[i], true);
      alone_.emplace_back(active_[i], int(i));
    }
  }
  if (active_.size() == rows_.size() && lanes_.read_in_place(elements)) return;
  std::size_t done = 0;
  for (int slice = 0; slice < machine_.slices; ++slice) {
    const auto count = std::size_t(pass_.active_rows[std::size_t(slice)]);
    lanes_.set_elements(slice * machine_.rows, elements.part(done, count));
    done += count;
  }
}

void BlockTimeline::process(const BlockEntry& entry, const RowElements& elements) {
  ensure(pass_.mode == PassMode::kDecomposed, "elements belong to a decomposed pass");
  ensure(active_.size() <= elements.size(), "every active row has an element");
  const int cycles = mac_cycles(entry);
  std::optional<SharedDilution> own;
  const bool is_made = entry.dilution != nullptr && entry.dilution->visible == entry.visible;
  const SharedDilution& shared =
      is_made ? *entry.dilution : own.emplace(entry.visible, entry.slots, machine_.ca.lanes);
  keep_in_reach(entry.visible);
  sort_elements(elements);
  const LaneTimes times =
      lanes_.process({shared, entry.line_end, cycles, &line_free_[line_of(entry.h) * line_rows_]});
  process_rows(entry, times, [&](RowTimeline& row, std::size_t i, Cycle line_free) {
    const bool is_zero = elements.not_zero[i] == 0, pushed = !is_zero || entry.line_end;
    const int busy = is_zero ? 1 : cycles;
    if (const std::uint64_t bases = elements.step_bases(i); bases != 0) {
      return row.process(shared, bases, pushed, busy, line_free);
    }
    const ElementSpans& spans = elements.spans[i];
    return row.process({entry.visible, spans.slots, spans.step_ends, pushed, busy, line_free});
  });
}

void BlockTimeline::process_direct(const BlockEntry& entry,
                                   std::span<const TakenActivations> taken) {
  ensure(pass_.mode == PassMode::kDirect, "taken activations belong to a direct pass");
  ensure(active_.size() <= taken.size(), "every active row takes from an entry");
  const int kernel = pass_.geometry.rows.kernel * pass_.geometry.columns.kernel;
  const int taken_at_once = kernel == 1 ? machine_.mac.multipliers : 1;
  const int taps = pass_.geometry.taps(entry.h, entry.w);
  keep_in_reach(entry.visible);
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (lanes_.has(active_[i])) lanes_.set_taken(active_[i], taken[i]);
  }
  const LaneTimes times = lanes_.process_direct({entry.visible, taken_at_once, taps, entry.line_end,
                                                 &line_free_[line_of(entry.h) * line_rows_]});
  process_rows(entry, times, [&](RowTimeline& row, std::size_t i, Cycle line_free) {
    return row.process_direct(
        {entry.visible, taken[i], taken_at_once, taps, entry.line_end, line_free});
  });
}

// Merges the output rows for which input row `h` was the last.
void BlockTimeline::finish_output_rows(int h) {
  const WindowAxis& axis = pass_.geometry.rows;
  for (; next_output_row_ < axis.out_end && axis.last_input(next_output_row_) <= h;
       ++next_output_row_) {
    const std::int64_t number = tile_base_ + next_output_row_ - axis.out_begin;
    for (int slice = 0; slice < machine_.slices; ++slice) {
      if (pass_.active_rows[slice] > 0) merge(slice, number);
      // Everything that an inactive row has before this number has been read when its last line
      // has.
      for (int i = pass_.active_rows[slice]; i < machine_.rows; ++i) {
        const std::size_t row = std::size_t(slice) * machine_.rows + i;
        line_free_[std::size_t(number % lines_) * line_rows_ + row] = rows_[row].last_read + 1;
      }
    }
  }
}

void BlockTimeline::merge(int slice, std::int64_t line) {
  const WindowAxis& columns = pass_.geometry.columns;
  const int width = columns.out_end - columns.out_begin;
  const int cycles = ceil_div(width, machine_.merge_words);
  Row* rows = &rows_[std::size_t(slice) * machine_.rows];
  const int first = slice * machine_.rows;
  Cycle* line_free = &line_free_[std::size_t(line % lines_) * line_rows_ + std::size_t(first)];
  const int active = pass_.active_rows[slice];
  Cycle start = merge_end_[slice] + 1;
  for (int i = 0; i < active; ++i) start = std::max(start, mac_free(first + i));
  for (int i = 0; i < active; ++i) {
    rows[i].last_read = start + Cycle{i + 1} * cycles - 1;
    line_free[i] = rows[i].last_read + 1;
  }
  merge_end_[slice] = start + Cycle{active} * cycles - 1;
  merged_words_ += std::int64_t{active} * width;
  last_merge_of_pass_ = std::max(last_merge_of_pass_, merge_end_[slice]);
  end_of_work_ = std::max(end_of_work_, merge_end_[slice] + 1);
}

Cycle BlockTimeline::end_pass() {
  for (const auto& [row, place] : alone_) rows_[std::size_t(row)].timeline.end_pass();
  in_pass_ = false;
  return last_merge_of_pass_;
}

void BlockTimeline::close(Cycle end) {
  leave_all_lanes();
  for (Row& row : rows_) row.timeline.close(end);
}

RowStates BlockTimeline::states() const {
  RowStates sum = lanes_.states();
  for (const Row& row : rows_) add_fields(sum, row.timeline.states());
  return sum;
}

std::int64_t BlockTimeline::ca_busy_cycles() const {
  std::int64_t sum = lanes_.ca_busy_cycles();
  for (const Row& row : rows_) sum += row.timeline.ca_busy_cycles();
  return sum;
}

std::int64_t BlockTimeline::mac_busy_cycles() const {
  std::int64_t sum = lanes_.mac_busy_cycles();
  for (const Row& row : rows_) sum += row.timeline.mac_busy_cycles();
  return sum;
}

}  // namespace escalate
