// PE rows side by side: the recurrences of RowTimeline, one row a lane of a vector, for elements
// that visit every chunk of an entry and for entries in direct mode.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "machine/config.h"
#include "machine/row_states.h"
#include "pe/transaction/row_elements.h"
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

/// An entry in direct mode.
struct LaneDirectEntry {
  Cycle visible = 0;      ///< first cycle in which it can be read
  int taken_at_once = 1;  ///< most activations of one element
  int taps = 1;           ///< products of one activation, a weight each
  bool line_end = false;
  const Cycle* line_free = nullptr;  ///< as above
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
  /// has cycles to account for that lie long before the base.
  bool enter(int row, const RowMoment& moment);
  /// A row leaves; `in_pass` as it is then.
  RowMoment leave(int row, bool in_pass);

  /// The pass of the rows that have entered is over, and the next one begins at `begin`.
  void begin_pass(Cycle begin);

  /// The elements of rows from `first` on, of the entry processed next; those of rows that have not
  /// entered mean nothing.
  void set_elements(int first, const RowElements& elements);
  /// The same for all rows, without a copy: `elements` have to stay until the entry is processed.
  /// False, and nothing is done, unless the rows fill their vectors.
  bool read_in_place(const RowElements& elements);
  /// All rows that have entered process an entry of at most SharedDilution::kMostRows slot rows.
  LaneTimes process(const LaneEntry& entry);

  /// What `row`, which has entered, takes of each chunk that it visits: of the entry processed
  /// next.
  void set_taken(int row, std::span<const std::uint16_t> taken);
  /// All rows that have entered process an entry in direct mode.
  LaneTimes process_direct(const LaneDirectEntry& entry);

  /// First cycle in which the MAC unit of a row may take another element.
  Cycle mac_free(int row) const { return base_ + mac_free_[std::size_t(row)]; }

  /// Sums over all rows, of what they did as lanes.
  RowStates states() const;
  std::int64_t mac_busy_cycles() const;
  std::int64_t ca_busy_cycles() const;

  struct State;   ///< of all rows, as the kernels see it
  struct Shared;  ///< what they share of an entry
  struct Direct;  ///< the same in direct mode

 private:
  using Lanes = std::vector<std::int32_t>;  ///< a value a row, some more up to whole vectors

  static constexpr Cycle kReach = Cycle{1} << 28;

  std::int32_t near(Cycle time) const;
  State state(const Cycle* line_free, bool line_end);
  std::size_t pop_place(std::size_t lane, int i) const;
  void set_waits(std::size_t lane, MacHistory::Kind kind,
                 std::span<const MacHistory::Segment> segments);
  MacHistory history_of(std::size_t lane) const;
  void account_outside_pass(MacHistory history, Cycle begin, Cycle end);
  void add_up();

  int rows_, width_;  // width_: lanes in whole vectors
  int look_ahead_, queue_rows_, element_queue_, waits_;
  int multipliers_, weight_port_bytes_;
  int ring_mask_;
  bool ideal_mac_;
  void (*kernel_)(const State&, const Shared&);
  void (*direct_kernel_)(const State&, const Direct&);
  int entered_ = 0;
  Cycle base_ = 0;
  Cycle pass_begin_ = 0;
  std::uint32_t head_ = 0;  // slot rows so far, of every row that has entered

  Lanes active_;  // -1: has entered
  Lanes dilution_, step_, mac_free_, accounted_;
  Lanes slot_row_pops_;  // [number & ring_mask_][lane]
  Lanes element_pops_;   // [place in a ring][lane]
  Lanes oldest_pop_;     // its place, the same for all lanes of a vector
  // When a MAC unit waited for its line, and for weights: [0: the latest, ...][lane].
  Lanes line_begins_, line_ends_, weight_begins_, weight_ends_;
  Lanes low_bases_, high_bases_, not_zero_;  // of elements
  const RowElements* in_place_ = nullptr;    // in place of these, for one entry
  Lanes taken_, num_visited_;                // of each visited chunk, [chunk][lane]; of chunks
  // Not in the sums below yet.
  Lanes work_, wait_input_, wait_weights_, queue_full_, ca_busy_, mac_busy_;
  Lanes chunk_times_;                    // [chunk][lane of a vector]
  std::vector<std::uint16_t> complete_;  // slot rows pushed by each chunk
  Lanes busy_, excess_;                  // MAC cycles and stalls of so many activations
  RowStates states_;
  std::int64_t ca_busy_cycles_ = 0, mac_busy_cycles_ = 0;
};

}  // namespace escalate
