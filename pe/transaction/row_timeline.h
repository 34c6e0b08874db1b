// When a PE row does what: the exact times of dilution, concentration, taking (direct mode) and
// multiply-accumulate as recurrences over elements (docs/microarchitecture.md, sections 6, 7, 10
// and 11), without ticking.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "common/error.h"
#include "machine/config.h"
#include "machine/row_states.h"
#include "pe/transaction/small_ring.h"

namespace escalate {

/// One element of the intermediate map on its way through a row.
struct TimedElement {
  Cycle visible = 0;                         ///< first cycle in which its entry can be read
  std::span<const std::uint16_t> slots;      ///< slots of each visited chunk, in order
  std::span<const std::uint16_t> step_ends;  ///< slot rows retired after each concentrator step
  bool pushed = true;                        ///< not zero, or a line end
  int mac_cycles = 1;                        ///< busy cycles of the MAC unit
  Cycle line_free = 0;                       ///< first cycle in which its line may be written
};

/// What the elements of all rows that visit every chunk of an entry have in common.
struct SharedDilution {
  static constexpr int kMostRows = 64;

  /// `slots` of each chunk. With more than kMostRows slot rows of `lanes` there is no element that
  /// it could be used for.
  SharedDilution(Cycle visible_from, std::span<const std::uint16_t> slots_of_chunks, int lanes);

  Cycle visible;
  std::span<const std::uint16_t> slots;
  int chunks;                                            ///< dilution cycles, at least 1
  int rows;                                              ///< slot rows, at least 1
  std::array<std::uint16_t, kMostRows> push_cycle = {};  ///< dilution cycles before each slot row
};

/// One entry in direct mode, of which a row makes any number of elements.
struct DirectEntry {
  Cycle visible = 0;                     ///< first cycle in which it can be read
  std::span<const std::uint16_t> taken;  ///< activations taken from each visited chunk, in order
  int taken_at_once = 1;                 ///< most activations of one element
  int taps = 1;                          ///< products of one activation, a weight each
  bool line_end = false;
  Cycle line_free = 0;  ///< first cycle in which its line may be written
};

/// What the row did with it.
struct ElementTimes {
  Cycle release = 0;     ///< last chunk read from the ring
  Cycle final_step = 0;  ///< in direct mode the last taking cycle
  Cycle mac_end = -1;    ///< last cycle of the MAC unit; -1 if nothing was pushed
  bool operator==(const ElementTimes&) const = default;
};

/// The segments of time in which a MAC unit was not waiting for elements, oldest first.
class MacHistory {
 public:
  enum class Kind : std::uint8_t { kBusy, kWeights, kLine };
  /// Cycles of [begin, end) by kind.
  struct Overlap {
    std::int64_t busy = 0, weights = 0, line = 0;
  };

  /// Keeps at most `depth` segments that are not forgotten.
  explicit MacHistory(int depth) : depth_(depth), segments_(depth) {}

  /// Adds [begin, end), not before the end of the last one; empty ones are ignored.
  void add(Kind kind, Cycle begin, Cycle end) {
    if (begin >= end) return;
    if (oldest_ < next_) {
      Segment& last = segments_[next_ - 1];
      if (last.kind == kind && last.end == begin) {
        last.end = end;
        return;
      }
    }
    ensure(next_ - oldest_ < depth_, "a MAC unit's history holds what is asked for");
    segments_[next_++] = {begin, end, kind};
  }
  /// Nobody will ask for what lies before `begin`.
  void forget_before(Cycle begin) {
    while (oldest_ < next_ && segments_[oldest_].end <= begin) ++oldest_;
    if (oldest_ == next_) oldest_ = next_ = 0;  // the first ones are the likeliest in the cache
  }
  /// `begin` must not be before that of an earlier call: what lies before it is forgotten.
  Overlap overlap(Cycle begin, Cycle end);

  void clear() { oldest_ = next_ = 0; }

  struct Segment {
    Cycle begin, end;
    Kind kind;
  };
  /// Those that are not forgotten, oldest first.
  std::vector<Segment> segments() {
    std::vector<Segment> all;
    for (std::int64_t i = oldest_; i < next_; ++i) all.push_back(segments_[i]);
    return all;
  }

 private:
  std::int64_t depth_;
  std::int64_t oldest_ = 0, next_ = 0;
  SmallRing<Segment, 8> segments_;
};

/// All of a row's past that its future depends on.
struct RowMoment {
  bool in_pass = false;
  Cycle pass_begin = 0;
  Cycle dilution = -1;               ///< the last dilution or taking cycle
  Cycle step = -1;                   ///< the last concentrator step or taking cycle
  Cycle mac_free = 0;                ///< first cycle in which the MAC unit may pop
  Cycle accounted = 0;               ///< states are known before this cycle
  std::vector<Cycle> slot_row_pops;  ///< as many as the slot queue has rows, the latest one last
  std::vector<Cycle> element_pops;   ///< as many as fit into the element queue, the latest one last
  std::vector<MacHistory::Segment> mac;
};

/// The timeline of one PE row. Elements, and entries in direct mode, are given in order; each call
/// returns exact times, which depend on earlier elements only.
class RowTimeline {
 public:
  explicit RowTimeline(const MachineConfig& machine);

  /// A pass in which the row is active begins at `begin`: from then on a row without an element
  /// waits for input. Not before the begin of an earlier pass.
  void begin_pass(Cycle begin);

  ElementTimes process(const TimedElement& element);
  /// The same for an element whose row visits every chunk; bit r of `step_bases` says that a
  /// concentrator step starts at slot row r.
  ElementTimes process(const SharedDilution& shared, std::uint64_t step_bases, bool pushed,
                       int mac_cycles, Cycle line_free);
  ElementTimes process_direct(const DirectEntry& entry);

  /// The row has read all entries of its pass.
  void end_pass() { in_pass_ = false; }

  /// Accounts for the cycles up to `end` (excluded), which is after all that was processed.
  void close(Cycle end);

  /// Where the row stands, between two elements.
  RowMoment moment();
  /// Goes on from there; what has been accounted for stays.
  void resume(const RowMoment& moment);

  /// First cycle in which the MAC unit may take another element.
  Cycle mac_free() const { return mac_free_; }

  const RowStates& states() const { return states_; }
  /// Cycles in which the MAC unit multiplied or accumulated.
  std::int64_t mac_busy_cycles() const { return mac_busy_; }
  /// Cycles in which the CA unit held an element and was not blocked; taking cycles in direct mode.
  std::int64_t ca_busy_cycles() const { return ca_busy_; }

 private:
  void concentrate_until(const TimedElement& element, int slot_row);
  Cycle dilute_and_concentrate(const TimedElement& element);
  Cycle concentrate_unhindered(const SharedDilution& shared, std::uint64_t step_bases, Cycle start);
  ElementTimes finish(Cycle ready, bool pushed, int mac_cycles, Cycle line_free);
  void take(const DirectEntry& entry, int activations, bool pushes, ElementTimes& times);
  Cycle multiply(Cycle push, int busy, int excess, Cycle line_free);
  void account_blocked(Cycle begin, Cycle end);
  void account_before(Cycle first_dilution);
  void account_outside_pass(Cycle begin, Cycle end);

  // Slot rows that `slots` slots fill, the last one not counted if a slot beyond it has yet to
  // come.
  int rows_known_full(int slots) const {
    if (slots == 0) return 0;
    return lane_shift_ >= 0 ? (slots - 1) >> lane_shift_ : (slots - 1) / lanes_;
  }

  int lanes_, lane_shift_, look_ahead_, slot_queue_rows_, element_queue_, multipliers_,
      weight_port_bytes_;
  bool ideal_ca_, ideal_mac_;

  Cycle dilution_ = -1;              // the last dilution or taking cycle
  Cycle first_dilution_ = 0;         // first dilution of the element in hand
  std::vector<Cycle> row_push_;      // pushes of the element in hand, by slot row
  SmallRing<Cycle, 16> row_pop_;     // pops of all slot rows
  std::int64_t rows_before_ = 0;     // slot rows of all earlier elements
  int base_ = 0;                     // slot rows of the element in hand that have retired
  int num_steps_ = 0;                // and its steps so far
  Cycle step_ = -1;                  // the last concentrator step or taking cycle
  SmallRing<Cycle, 4> element_pop_;  // pops of all pushed elements
  std::int64_t num_pushed_ = 0;
  Cycle mac_free_ = 0;  // first cycle in which the MAC unit may pop

  MacHistory mac_;
  RowStates states_;
  bool in_pass_ = false;
  Cycle pass_begin_ = 0;
  Cycle accounted_ = 0;  // states are known before this cycle
  std::int64_t mac_busy_ = 0, ca_busy_ = 0;
};

}  // namespace escalate
