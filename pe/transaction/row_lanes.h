// PE rows side by side: the recurrences of RowTimeline for elements that visit every chunk of an
// entry, one row a lane of a vector.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "machine/config.h"
#include "machine/row_states.h"
#include "pe/transaction/row_timeline.h"

namespace escalate {

/// An entry as its rows share it.
struct LaneEntry {
  const SharedDilution& shared;
  bool line_end = false;
  int mac_cycles = 1;  ///< of an element that is not zero
  /// By row: first cycle in which its line is free. Readable up to a multiple of RowLanes::kGroup.
  const Cycle* line_free = nullptr;
};

/// What all rows together did with it.
struct LaneTimes {
  Cycle release = -1;      ///< last chunk read from the ring
  Cycle end_of_work = -1;  ///< first cycle after all that was done
};

/// Rows enter with what they have done so far and leave with it; in between they all process the
/// same entries of one pass. Times are those of RowTimeline, kept in 32 bits from a base on.
class RowLanes {
 public:
  /// Rows are taken in groups of at most so many.
  static constexpr int kGroup = 16;

  /// Whether a machine's rows can be lanes: their CA units take the time they take, and their
  /// element queues are short.
  static bool serve(const MachineConfig& machine);

  /// Rows 0 to `rows` - 1, none of which has entered.
  RowLanes(const MachineConfig& machine, int rows, HostSimd set = best_host_simd());

  bool has(int row) const { return active_[std::size_t(row)] != 0; }
  bool is_empty() const { return entered_ == 0; }

  /// Whether times about `now` are near enough to the base.
  bool reaches(Cycle now) const { return now - base_ < kReach; }
  /// Counts times from `now` on; only while no row has entered.
  void move_base(Cycle now);

  /// A row that is in a pass enters, the same pass for all rows. False, and nothing is done, if it
  /// has states to account for that no lane knows: cycles long before the base, or a wait for
  /// weights.
  bool enter(int row, const RowMoment& moment);
  /// A row leaves; `in_pass` as it is then.
  RowMoment leave(int row, bool in_pass);

  /// The pass of the rows that have entered is over, and the next one begins at `begin`.
  void begin_pass(Cycle begin);

  /// The element of `row`, which has entered: of the entry processed next.
  void set_element(int row, std::uint64_t step_bases, bool is_zero) {
    const auto lane = std::size_t(row);
    low_bases_[lane] = std::int32_t(std::uint32_t(step_bases));
    high_bases_[lane] = std::int32_t(std::uint32_t(step_bases >> 32));
    not_zero_[lane] = is_zero ? 0 : -1;
  }
  /// All rows that have entered process an entry of at most SharedDilution::kMostRows slot rows.
  LaneTimes process(const LaneEntry& entry);

  /// First cycle in which the MAC unit of a row may take another element.
  Cycle mac_free(int row) const { return base_ + mac_free_[std::size_t(row)]; }

  /// Sums over all rows, of what they did as lanes.
  RowStates states() const;
  std::int64_t mac_busy_cycles() const;
  std::int64_t ca_busy_cycles() const;

  struct Work;  ///< of one entry, as the instruction sets' kernels see it

 private:
  using Lanes = std::vector<std::int32_t>;  ///< a value a row, some more up to whole vectors
  using Kernel = void (*)(const Work&);

  static constexpr Cycle kReach = Cycle{1} << 28;
  static constexpr std::int32_t kLongAgo = -(1 << 30);  ///< stands for all times before it

  std::int32_t near(Cycle time) const;
  bool set_segments(std::size_t lane, std::span<const MacHistory::Segment> segments);
  MacHistory history_of(std::size_t lane) const;
  void account_outside_pass(MacHistory history, Cycle begin, Cycle end);
  void add_up();

  int rows_, width_;  // width_: lanes in whole vectors
  int look_ahead_, queue_rows_, element_queue_, segments_;
  int ring_mask_;
  bool ideal_mac_;
  Kernel kernel_;
  int entered_ = 0;
  Cycle base_ = 0;
  Cycle pass_begin_ = 0;
  std::uint32_t head_ = 0;  // slot rows so far, of every row that has entered

  Lanes active_;  // -1: has entered
  Lanes dilution_, step_, mac_free_, accounted_;
  Lanes slot_row_pops_;        // [number & ring_mask_][lane]
  Lanes element_pops_;         // [0: the latest, 1: the one before, ...][lane]
  Lanes waits_, pops_, ends_;  // likewise: a MAC unit waits for its line, then is busy
  Lanes low_bases_, high_bases_, not_zero_;
  Lanes work_, wait_input_, queue_full_, ca_busy_, mac_busy_;  // not yet in the sums below
  Lanes chunk_times_;                                          // [chunk][lane of a vector]
  std::vector<std::uint16_t> complete_;                        // slot rows pushed by each chunk
  RowStates states_;
  std::int64_t ca_busy_cycles_ = 0, mac_busy_cycles_ = 0;
};

}  // namespace escalate
