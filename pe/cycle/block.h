// A PE block with registers: ring input buffer, PE rows, slice merges and output banks, clock by
// clock (docs/microarchitecture.md, sections 3 to 12). Written from that text alone; the timelines
// are checked against it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "buffers/cycle/ring.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/cycle/pass.h"
#include "machine/row_states.h"
#include "pe/cycle/row.h"
#include "pe/cycle/slice_merge.h"

namespace escalate {

/// Numbers the passes of a block and the output rows of their tiles, and cuts the line buffers.
class PassTableClocked {
 public:
  explicit PassTableClocked(const MachineConfig& machine)
      : line_buffer_words_(machine.mac.line_buffer_words) {}

  /// The next pass, with the coefficients of its bank. What it returns stays where it is.
  RunningPass& add(const ClockedPass& pass, const ClockedCoefficients& coefficients);
  RunningPass& operator[](std::int64_t number) { return passes_[number - first_]; }
  /// Number of the newest pass.
  std::int64_t newest() const { return first_ + std::int64_t(passes_.size()) - 1; }
  /// Forgets all passes; nothing refers to them any more.
  void forget();

 private:
  void begin_tile(RunningPass& running);

  int line_buffer_words_;
  std::int64_t first_ = 0;
  std::deque<RunningPass> passes_;
  std::int64_t base_ = 0, end_ = 0, lines_since_ = 0;
  int lines_ = 0;
};

class BlockClocked {
 public:
  explicit BlockClocked(const MachineConfig& machine);

  /// Bank 0 or 1, to be filled while no pass uses it.
  ClockedCoefficients& coefficient_bank(int bank) { return coefficients_[bank]; }
  const OutputBanksClocked& output_banks() const { return banks_; }

  /// A pass begins in this cycle, before tick().
  void begin_pass(const ClockedPass& pass);

  /// Room in the ring as the cycle began with it, less what is reserved.
  int free_chunks() const { return ring_.free_chunks(); }
  void reserve(int chunks) { ring_.reserve(chunks); }
  /// Writes an entry of the newest pass; visible in the next cycle or, with `at_once`, in this.
  void write(std::shared_ptr<const Entry> entry, bool at_once);

  /// One cycle.
  void tick();

  /// Cycles since construction.
  Cycle now() const { return now_; }
  /// The cycle in which the last merge of each pass ended (-1: not yet, or it merges nothing).
  const std::vector<Cycle>& completed() const { return completed_; }
  const RowClocked& row(int slice, int row) const { return rows_[slice * rows_of_slice_ + row]; }
  RowStates states() const;
  MachineCounters counters() const;
  /// Nothing is left to do of the passes begun.
  bool is_idle() const;

 private:
  int rows_of_slice_;
  int entry_channels_;
  PassTableClocked passes_;
  std::vector<ClockedCoefficients> coefficients_;
  RingClocked ring_;
  std::deque<RowClocked> rows_;  // slice-major
  std::vector<SliceMergeClocked> merges_;
  std::vector<std::vector<LineReader*>> line_buffers_;  // by slice
  OutputBanksClocked banks_;
  Cycle now_ = 0;
  std::vector<Cycle> completed_;
};

}  // namespace escalate
