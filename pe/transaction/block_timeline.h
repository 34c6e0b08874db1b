// When a PE block does what: its rows, ring input buffer and slice merges as recurrences over the
// entries of its passes (docs/microarchitecture.md, sections 3 to 11), without ticking.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "buffers/transaction/ring_timeline.h"
#include "machine/config.h"
#include "machine/pass_geometry.h"
#include "pe/transaction/row_elements.h"
#include "pe/transaction/row_lanes.h"
#include "pe/transaction/row_timeline.h"

namespace escalate {

/// How the rows work in a pass (docs/microarchitecture.md, sections 6 and 10).
enum class PassMode : std::uint8_t { kDecomposed, kDirect };

/// What a block is told of a pass.
struct BlockPass {
  PassGeometry geometry;
  Cycle begin = 0;    ///< not before the last entry of the pass before has been sent
  bool fresh = true;  ///< the first pass of its tile
  PassMode mode = PassMode::kDecomposed;
  bool bypasses_mac = false;     ///< decomposed, R = S = 1 and one term
  std::vector<int> active_rows;  ///< for each slice: its first so many PE rows are active
};

/// One entry of a pass.
struct BlockEntry {
  int h = 0, w = 0;
  bool line_end = false;  ///< last position sent of its input row, last channel tile
  int chunks = 1;         ///< chunk slots in the ring
  Cycle visible = 0;
  std::span<const std::uint16_t> slots =
      {};  ///< slots of each chunk, for elements with `step_bases`
  /// Of `slots`, if it is made already: it is the same for all blocks of a group.
  const SharedDilution* dilution = nullptr;
};

class BlockTimeline {
 public:
  /// Rows that visit all chunks of their entries go side by side, by the instructions of `set`;
  /// all give the same times.
  explicit BlockTimeline(const MachineConfig& machine, HostSimd set = best_host_simd());

  void begin_pass(const BlockPass& pass);

  /// First cycle in which the ring has room for an entry of `chunks` chunks.
  Cycle space_for(int chunks) { return ring_.space_for(chunks); }

  /// Takes the next entry of a decomposed pass; `elements` are those of the active rows, slice by
  /// slice.
  void process(const BlockEntry& entry, const RowElements& elements);

  /// Takes the next entry of a direct pass; `taken` has one item for each active row, slice by
  /// slice.
  void process_direct(const BlockEntry& entry, std::span<const TakenActivations> taken);

  /// All entries of the pass are processed. Returns the cycle in which its last merge ended (-1: it
  /// completed no output row).
  Cycle end_pass();

  /// Accounts for all rows up to `end` (excluded), after everything processed.
  void close(Cycle end);

  /// Sums over the PE rows of the block.
  RowStates states() const;
  std::int64_t ca_busy_cycles() const;
  std::int64_t mac_busy_cycles() const;
  std::int64_t merged_words() const { return merged_words_; }
  /// First cycle after everything processed so far.
  Cycle end_of_work() const { return end_of_work_; }

 private:
  struct Row {
    explicit Row(const MachineConfig& machine) : timeline(machine) {}
    RowTimeline timeline;
    Cycle last_read = -1;
  };

  void set_lines(int lines);
  std::size_t line_of(int h) const;
  int mac_cycles(const BlockEntry& entry) const;
  template <class TimesOf>
  void process_rows(const BlockEntry& entry, LaneTimes times, TimesOf&& times_of);
  void set_active(const std::vector<int>& active_rows);
  void choose_lanes();
  void keep_in_reach(Cycle now);
  void leave_lanes(int row, bool in_pass);
  void leave_all_lanes();
  void sort_elements(const RowElements& elements);
  Cycle mac_free(int row) const;
  void finish_output_rows(int h);
  void merge(int slice, std::int64_t line);

  MachineConfig machine_;
  RingTimeline ring_;
  std::vector<Row> rows_;  // slice-major
  RowLanes lanes_;         // of the active rows, those whose elements say their steps in a word
  bool has_lanes_;
  std::vector<int> active_;                 // active rows of the pass, slice by slice
  std::vector<std::pair<int, int>> alone_;  // those that are no lanes, and their place in active_
  std::size_t line_rows_;                   // rows of a line in line_free_, some of no meaning
  // [line][row]: first cycle in which the merge has read the row that the line held, all rows
  // before that, and, after a change of their number, all lines.
  std::vector<Cycle> line_free_;
  std::vector<Cycle> merge_end_;  // by slice
  BlockPass pass_;
  bool in_pass_ = false;
  int lines_ = 0;
  std::int64_t tile_base_ = 0;  // running number of the tile's first output row
  int next_output_row_ = 0;     // the next to finish in the tile
  Cycle last_merge_of_pass_ = -1;
  std::int64_t merged_words_ = 0;
  Cycle end_of_work_ = 0;
};

}  // namespace escalate
