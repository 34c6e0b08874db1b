#include "pe/transaction/block_timeline.h"

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

BlockTimeline::BlockTimeline(const MachineConfig& machine)
    : machine_(machine),
      ring_(machine.ring.chunks),
      rows_(std::size_t(machine.slices) * machine.rows, Row(machine)),
      merge_end_(machine.slices, -1) {}

// Cuts every line buffer anew. A row whose number of lines changes waits for its old lines.
void BlockTimeline::set_lines(int lines) {
  if (lines == lines_) return;
  lines_ = lines;
  line_free_.clear();
  for (int line = 0; line < lines; ++line) {
    for (const Row& row : rows_) line_free_.push_back(row.last_read + 1);
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
  for (int slice = 0; slice < machine_.slices; ++slice) {
    ensure(pass.active_rows[slice] >= 0 && pass.active_rows[slice] <= machine_.rows,
           "active rows exist");
    for (int i = 0; i < pass.active_rows[slice]; ++i) {
      rows_[std::size_t(slice) * machine_.rows + i].timeline.begin_pass(pass.begin);
    }
  }
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

// `times_of` lets a row process the entry: times_of(row, number among the active rows, first cycle
// in which its line is free).
template <class TimesOf>
void BlockTimeline::process_rows(const BlockEntry& entry, std::size_t num_given,
                                 TimesOf&& times_of) {
  const Cycle* line_free = &line_free_[line_of(entry.h) * rows_.size()];
  Cycle released = -1;
  std::size_t next = 0;
  for (int slice = 0; slice < machine_.slices; ++slice) {
    for (int i = 0; i < pass_.active_rows[slice]; ++i, ++next) {
      ensure(next < num_given, "every active row has an element");
      const std::size_t number = std::size_t(slice) * machine_.rows + i;
      Row& row = rows_[number];
      const ElementTimes times = times_of(row.timeline, next, line_free[number]);
      released = std::max(released, times.release);
      row.finished = times.mac_end;
      end_of_work_ = std::max({end_of_work_, times.final_step + 1, times.mac_end + 1});
    }
  }
  // A block without an active row frees the entry as soon as it is there.
  ring_.add(entry.chunks, next == 0 ? entry.visible : released);
  if (entry.line_end) finish_output_rows(entry.h);
}

void BlockTimeline::process(const BlockEntry& entry, std::span<const RowElement> elements) {
  ensure(pass_.mode == PassMode::kDecomposed, "elements belong to a decomposed pass");
  const int cycles = mac_cycles(entry);
  const SharedDilution shared(entry.visible, entry.slots, machine_.ca.lanes);
  process_rows(entry, elements.size(), [&](RowTimeline& row, std::size_t i, Cycle line_free) {
    const RowElement& element = elements[i];
    if (element.step_bases != 0) {
      return row.process(shared, element.step_bases, !element.is_zero || entry.line_end,
                         element.is_zero ? 1 : cycles, line_free);
    }
    return row.process({entry.visible, element.slots, element.step_ends,
                        !element.is_zero || entry.line_end, element.is_zero ? 1 : cycles,
                        line_free});
  });
}

void BlockTimeline::process_direct(const BlockEntry& entry,
                                   std::span<const TakenActivations> taken) {
  ensure(pass_.mode == PassMode::kDirect, "taken activations belong to a direct pass");
  const int kernel = pass_.geometry.rows.kernel * pass_.geometry.columns.kernel;
  const int taken_at_once = kernel == 1 ? machine_.mac.multipliers : 1;
  const int taps = pass_.geometry.taps(entry.h, entry.w);
  process_rows(entry, taken.size(), [&](RowTimeline& row, std::size_t i, Cycle line_free) {
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
        line_free_[std::size_t(number % lines_) * rows_.size() + row] = rows_[row].last_read + 1;
      }
    }
  }
}

void BlockTimeline::merge(int slice, std::int64_t line) {
  const WindowAxis& columns = pass_.geometry.columns;
  const int width = columns.out_end - columns.out_begin;
  const int cycles = ceil_div(width, machine_.merge_words);
  Row* rows = &rows_[std::size_t(slice) * machine_.rows];
  Cycle* line_free =
      &line_free_[std::size_t(line % lines_) * rows_.size() + std::size_t(slice) * machine_.rows];
  const int active = pass_.active_rows[slice];
  Cycle start = merge_end_[slice] + 1;
  for (int i = 0; i < active; ++i) start = std::max(start, rows[i].finished + 1);
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
  for (int slice = 0; slice < machine_.slices; ++slice) {
    for (int i = 0; i < pass_.active_rows[slice]; ++i) {
      rows_[std::size_t(slice) * machine_.rows + i].timeline.end_pass();
    }
  }
  return last_merge_of_pass_;
}

void BlockTimeline::close(Cycle end) {
  for (Row& row : rows_) row.timeline.close(end);
}

RowStates BlockTimeline::states() const {
  RowStates sum;
  for (const Row& row : rows_) add_fields(sum, row.timeline.states());
  return sum;
}

std::int64_t BlockTimeline::ca_busy_cycles() const {
  std::int64_t sum = 0;
  for (const Row& row : rows_) sum += row.timeline.ca_busy_cycles();
  return sum;
}

std::int64_t BlockTimeline::mac_busy_cycles() const {
  std::int64_t sum = 0;
  for (const Row& row : rows_) sum += row.timeline.mac_busy_cycles();
  return sum;
}

}  // namespace escalate
