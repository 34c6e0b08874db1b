// A PE block behind its network that ticks: docs/microarchitecture.md, sections 4, 5, 7, 8 and
// 10, taken literally, around the ticking rows.
#pragma once

#include <limits>
#include <vector>

#include "pe/transaction/block_timeline.h"
#include "tests/pe/row_ticking_reference.h"

namespace escalate::reference {

inline constexpr Cycle kNever = std::numeric_limits<Cycle>::max() / 2;

/// One entry of the whole run: where it stands and what each row makes of it.
struct Entry {
  int pass = 0;
  int h = 0, w = 0;
  bool line_end = false;
  int chunks = 1;
  int bytes = 1;
  std::vector<std::uint16_t> slots;  ///< of each chunk, for rows that visit all of them
  std::vector<Element> elements;     ///< one a row, slice-major; unused for inactive rows
};

class TickingBlock {
 public:
  TickingBlock(const MachineConfig& machine, std::vector<BlockPass> passes,
               std::vector<Entry> entries)
      : machine_(machine), passes_(std::move(passes)), entries_(std::move(entries)) {
    number_lines();
    const int num_rows = machine.slices * machine.rows;
    for (int r = 0; r < num_rows; ++r) rows_.push_back(make_row(r));
    merges_.resize(machine.slices);
    line_read_.assign(num_rows, std::vector<Cycle>(num_lines_, kNever));
  }

  void run_until(Cycle end) {
    for (Cycle now = 0; now < end; ++now) {
      send(now);
      for (Row& row : rows_) row.ticking.tick(now);
      for (int slice = 0; slice < machine_.slices; ++slice) merge(slice, now);
    }
  }

  RowStates states() const {
    RowStates sum;
    for (const Row& row : rows_) add_fields(sum, row.ticking.states());
    return sum;
  }
  std::int64_t ca_busy_cycles() const {
    std::int64_t sum = 0;
    for (const Row& row : rows_) sum += row.ticking.ca_busy_cycles();
    return sum;
  }
  std::int64_t mac_busy_cycles() const {
    std::int64_t sum = 0;
    for (const Row& row : rows_) sum += row.ticking.mac_busy_cycles();
    return sum;
  }
  const std::vector<Cycle>& visible() const { return visible_; }
  /// End of the last merge of each pass.
  const std::vector<Cycle>& pass_complete() const { return pass_complete_; }

 private:
  struct Row {
    TickingRow ticking;
    std::vector<std::size_t> entry_of;  // entry of each of its elements
  };
  struct Line {
    int pass, width, lines;
    std::size_t last_entry;  // the line end that finishes it
  };
  struct Merge {
    std::size_t line = 0;
    Cycle busy_until = -1;
  };

  bool active(int row, int pass) const {
    return row % machine_.rows < passes_[pass].active_rows[row / machine_.rows];
  }

  // Running numbers of output rows, tile after tile, and the entry that finishes each.
  void number_lines() {
    line_base_.resize(passes_.size());
    for (std::size_t p = 0; p < passes_.size(); ++p) {
      const WindowAxis& rows = passes_[p].geometry.rows;
      const WindowAxis& columns = passes_[p].geometry.columns;
      const int width = columns.out_end - columns.out_begin;
      if (passes_[p].fresh) {
        line_base_[p] = num_lines_;
        for (int out = rows.out_begin; out < rows.out_end; ++out) {
          lines_.push_back({int(p), width, machine_.mac.line_buffer_words / width, 0});
        }
        num_lines_ = lines_.size();
      } else {
        line_base_[p] = line_base_[p - 1];
      }
    }
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (!entries_[e].line_end) continue;
      const WindowAxis& rows = passes_[entries_[e].pass].geometry.rows;
      for (int out = rows.out_begin; out < rows.out_end; ++out) {
        if (rows.last_input(out) != entries_[e].h) continue;
        Line& line = lines_[line_base_[entries_[e].pass] + out - rows.out_begin];
        line.pass = entries_[e].pass;
        line.last_entry = e;
      }
    }
    visible_.assign(entries_.size(), kNever);
    pass_complete_.assign(passes_.size(), -1);
  }

  Row make_row(int r) {
    std::vector<Element> elements;
    std::vector<std::size_t> entry_of;
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (!active(r, entries_[e].pass)) continue;
      Element element = entries_[e].elements[r];
      element.pass_begin = passes_[entries_[e].pass].begin;
      element.visible = kNever;
      element.line_free = needs_line(r, e).empty() ? 0 : kNever;
      elements.push_back(element);
      entry_of.push_back(e);
    }
    return {TickingRow(machine_, std::move(elements)), std::move(entry_of)};
  }

  // The lines that must have been read from row r before entry e may be written.
  std::vector<std::size_t> needs_line(int r, std::size_t e) const {
    const Entry& entry = entries_[e];
    const WindowAxis& rows = passes_[entry.pass].geometry.rows;
    const std::size_t number = line_base_[entry.pass] + rows.last_output(entry.h) - rows.out_begin;
    const int lines = lines_[number].lines;
    std::size_t changed = line_base_[entry.pass];  // first line since the number of lines changed
    while (changed > 0 && lines_[changed - 1].lines == lines) --changed;
    std::vector<std::size_t> needed;
    for (std::size_t line = 0; line < number; ++line) {
      const bool too_old = line < changed || line + lines <= number;
      if (too_old && active(r, lines_[line].pass)) needed.push_back(line);
    }
    return needed;
  }

  void send(Cycle now) {
    while (next_ < entries_.size() && now >= network_free_ &&
           now >= passes_[entries_[next_].pass].begin) {
      // Entries freed before this cycle, in order.
      while (oldest_ < next_ && freed_before(oldest_, now)) used_ -= entries_[oldest_++].chunks;
      if (used_ + entries_[next_].chunks > machine_.ring.chunks) return;
      used_ += entries_[next_].chunks;
      const int cycles =
          (entries_[next_].bytes + machine_.network_bytes - 1) / machine_.network_bytes;
      network_free_ = now + (machine_.ideal.input ? 0 : std::max(1, cycles));
      visible_[next_] = network_free_;
      for (Row& row : rows_) {
        for (std::size_t i = 0; i < row.entry_of.size(); ++i) {
          if (row.entry_of[i] == next_) row.ticking.element(i).visible = network_free_;
        }
      }
      ++next_;
    }
  }

  bool freed_before(std::size_t e, Cycle now) const {
    for (const Row& row : rows_) {
      for (std::size_t i = 0; i < row.entry_of.size(); ++i) {
        if (row.entry_of[i] != e) continue;
        const Cycle release = row.ticking.times()[i].release;
        if (release < 0 || release >= now) return false;
      }
    }
    return true;
  }

  void merge(int slice, Cycle now) {
    Merge& merge = merges_[slice];
    while (merge.line < num_lines_ && passes_[lines_[merge.line].pass].active_rows[slice] == 0) {
      ++merge.line;
    }
    if (merge.line == num_lines_ || now <= merge.busy_until) return;
    const Line& line = lines_[merge.line];
    const int count = passes_[line.pass].active_rows[slice];
    for (int i = 0; i < count; ++i) {
      if (!finished(slice * machine_.rows + i, line.last_entry, now)) return;
    }
    const int cycles = (line.width + machine_.merge_words - 1) / machine_.merge_words;
    for (int i = 0; i < count; ++i) {
      line_read_[slice * machine_.rows + i][merge.line] = now + Cycle{i + 1} * cycles - 1;
      open_lines(slice * machine_.rows + i);
    }
    merge.busy_until = now + Cycle{count} * cycles - 1;
    pass_complete_[line.pass] = std::max(pass_complete_[line.pass], merge.busy_until);
    ++merge.line;
  }

  bool finished(int r, std::size_t e, Cycle now) const {
    const Row& row = rows_[r];
    for (std::size_t i = 0; i < row.entry_of.size(); ++i) {
      if (row.entry_of[i] != e) continue;
      const Cycle end = row.ticking.times()[i].mac_end;
      return end >= 0 && end < now;
    }
    return false;
  }

  void open_lines(int r) {
    for (std::size_t i = 0; i < rows_[r].entry_of.size(); ++i) {
      Cycle free = 0;
      for (std::size_t line : needs_line(r, rows_[r].entry_of[i])) {
        free = std::max(free, line_read_[r][line] + 1);
      }
      rows_[r].ticking.element(i).line_free = free;
    }
  }

  MachineConfig machine_;
  std::vector<BlockPass> passes_;
  std::vector<Entry> entries_;
  std::vector<Row> rows_;
  std::vector<Line> lines_;
  std::vector<std::size_t> line_base_;
  std::size_t num_lines_ = 0;
  std::vector<Merge> merges_;
  std::vector<std::vector<Cycle>> line_read_;
  std::vector<Cycle> visible_;
  std::vector<Cycle> pass_complete_;
  std::size_t next_ = 0, oldest_ = 0;
  int used_ = 0;
  Cycle network_free_ = 0;
};

}  // namespace escalate::reference
