#include "pe/cycle/block.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

RunningPass& PassTableClocked::add(const ClockedPass& pass,
                                   const ClockedCoefficients& coefficients) {
  RunningPass running;
  running.pass = pass;
  running.number_of_pass = first_ + std::int64_t(passes_.size());
  running.coefficients = &coefficients;
  if (pass.fresh) begin_tile(running);
  running.base = base_;
  running.lines = lines_;
  running.lines_since = lines_since_;
  passes_.push_back(std::move(running));
  return passes_.back();
}

void PassTableClocked::begin_tile(RunningPass& running) {
  const WindowAxis& rows = running.pass.geometry.rows;
  base_ = end_;
  end_ += rows.out_end - rows.out_begin;
  const int lines = line_buffer_words_ / running.pass.width();
  ensure(lines >= ceil_div(rows.kernel, rows.stride),
         "the line buffer holds every output row that an input row meets");
  if (lines != lines_) lines_since_ = base_;
  lines_ = lines;
}

void PassTableClocked::forget() {
  first_ += std::int64_t(passes_.size());
  passes_.clear();
}

BlockClocked::BlockClocked(const MachineConfig& machine)
    : rows_of_slice_(machine.rows),
      entry_channels_(machine.ring.entry_channels),
      passes_(machine),
      coefficients_(2),
      ring_(machine, machine.slices * machine.rows),
      banks_(machine) {
  for (int slice = 0; slice < machine.slices; ++slice) {
    merges_.emplace_back(machine, slice);
    line_buffers_.emplace_back();
    for (int row = 0; row < machine.rows; ++row) {
      rows_.emplace_back(machine, slice, row);
      line_buffers_.back().push_back(&rows_.back().line_buffer());
    }
  }
}

void BlockClocked::begin_pass(const ClockedPass& pass) {
  ensure(int(pass.of_slice.size()) == int(merges_.size()),
         "a pass says the output channels of each slice");
  if (pass.fresh && is_idle()) passes_.forget();
  RunningPass& running = passes_.add(pass, coefficients_[pass.coefficient_bank]);
  const int entries = pass.num_entries(entry_channels_);
  for (int slice = 0; slice < int(merges_.size()); ++slice) {
    ensure(pass.active_rows(slice) <= rows_of_slice_, "active rows exist");
    if (pass.of_slice[slice] > 0) running.merges_left += pass.num_completed_rows();
    for (int row = 0; row < pass.active_rows(slice); ++row) {
      rows_[slice * rows_of_slice_ + row].begin_pass(running, entries);
    }
  }
  completed_.push_back(-1);
}

void BlockClocked::write(std::shared_ptr<const Entry> entry, bool at_once) {
  const std::int64_t number = passes_.newest();
  const ClockedPass& pass = passes_[number].pass;
  std::vector<bool> reads(rows_.size(), false);
  for (int slice = 0; slice < int(merges_.size()); ++slice) {
    const auto first = reads.begin() + slice * rows_of_slice_;
    std::fill(first, first + pass.active_rows(slice), true);
  }
  ring_.write(std::move(entry), number, std::move(reads), at_once);
}

void BlockClocked::tick() {
  for (int reader = 0; reader < int(rows_.size()); ++reader) {
    const RingClocked::Slot* slot = ring_.front(reader);
    const bool released = slot == nullptr
                              ? rows_[reader].tick(nullptr, nullptr)
                              : rows_[reader].tick(slot->entry.get(), &passes_[slot->pass]);
    if (released) ring_.release(reader);
  }
  for (int slice = 0; slice < int(merges_.size()); ++slice) {
    const RunningPass* merged = merges_[slice].tick(line_buffers_[slice], banks_);
    if (merged == nullptr) continue;
    RunningPass& pass = passes_[merged->number_of_pass];
    if (--pass.merges_left == 0) completed_[std::size_t(pass.number_of_pass)] = now_;
  }
  ring_.clock();
  for (RowClocked& row : rows_) row.clock();
  ++now_;
}

bool BlockClocked::is_idle() const {
  const auto idle = [](const auto& unit) { return unit.is_idle(); };
  return ring_.empty() && std::all_of(rows_.begin(), rows_.end(), idle) &&
         std::all_of(merges_.begin(), merges_.end(), idle);
}

RowStates BlockClocked::states() const {
  RowStates sum;
  for (const RowClocked& row : rows_) add_fields(sum, row.states());
  return sum;
}

MachineCounters BlockClocked::counters() const {
  MachineCounters sum = ring_.counters();
  add_fields(sum, banks_.counters());
  for (const RowClocked& row : rows_) add_fields(sum, row.counters());
  for (const SliceMergeClocked& merge : merges_) add_fields(sum, merge.counters());
  return sum;
}

}  // namespace escalate
