// The concentrator of a CA unit: fills L adder lanes a cycle with matched slots from a small window
// of slot rows (ESCALATE, section 4.2; patterns after Bit-Tactical). Whole elements, one at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/error.h"

namespace escalate {

inline constexpr int kMaxLanes = 64;
inline constexpr int kMaxLookAhead = 7;

/// A slot a lane may take besides its own: `row` rows below the window's first, `lane` lanes to the
/// right (modulo the number of lanes).
struct SlotOffset {
  int row = 0;   ///< 1..kMaxLookAhead
  int lane = 0;  ///< -63..63
  bool operator==(const SlotOffset&) const = default;
};

/// The ordered list of offsets that lanes try after their own slot.
class ConcentratorPattern {
 public:
  /// At most this many offsets: (1..7) x (-63..63) holds no more useful ones.
  static constexpr int kMaxOffsets = 64;

  /// No offsets: every slot row takes a step.
  ConcentratorPattern() = default;

  /// Reads "L<h,d>" (h rows of look-ahead, d lanes of look-aside: (1,0)..(h,0),(1,-1)..(1,-d)),
  /// "T<2,5>" ((1,0),(2,0),(1,1),(1,-1),(2,2),(2,-2),(1,3)), or a list "(1,0),(2,0),(1,-1)".
  /// Throws UserError at `place` for anything else, an offset out of range, or one given twice.
  static ConcentratorPattern parse(std::string_view text, const SourcePlace& place = {});

  std::span<const SlotOffset> offsets() const { return {offsets_.data(), std::size_t(size_)}; }

  /// h: the last row of the window, whose rows are 0..h.
  int look_ahead() const { return look_ahead_; }

  /// The list form, "(1,0),(2,0)", which parse() reads back; "L<0,0>" for an empty one.
  std::string to_string() const;

  bool operator==(const ConcentratorPattern&) const = default;

 private:
  void add(SlotOffset offset, const SourcePlace& place);

  std::array<SlotOffset, kMaxOffsets> offsets_{};
  int size_ = 0;
  int look_ahead_ = 0;
};

/// The number of slot rows of an element of `slots` slots on `lanes` lanes: at least one.
inline int num_slot_rows(int slots, int lanes) {
  return slots == 0 ? 1 : (slots + lanes - 1) / lanes;
}

/// `lanes` (1..64) ones.
inline std::uint64_t lane_mask(int lanes) { return ~std::uint64_t{0} >> (64 - lanes); }

/// Bits [first, first + width) of a packed word array of `slots` valid bits; bits beyond read 0.
inline std::uint64_t slot_bits(const std::uint64_t* words, int slots, int first, int width) {
  if (first >= slots) return 0;
  const int word = first / 64;
  const int shift = first % 64;
  std::uint64_t bits = words[word] >> shift;
  if (shift + width > 64 && (word + 1) * 64 < slots) bits |= words[word + 1] << (64 - shift);
  return bits & lane_mask(width);
}

/// Lane l of the result is lane (l + by) mod lanes of `row`; 0 <= by < lanes.
inline std::uint64_t rotate_lanes(std::uint64_t row, int by, int lanes) {
  if (by == 0) return row;
  return ((row >> by) | (row << (lanes - by))) & lane_mask(lanes);
}

/// One slot taken by a lane.
struct SlotPick {
  int step = 0;      ///< 0 is the element's first step
  int lane = 0;      ///< the lane that adds it
  int slot_row = 0;  ///< where it stood
  int slot_lane = 0;
};

/// Runs one element through the concentrator and returns its number of steps.
///
/// `mask_words`: the activation mask, bit s = slot s is a match; ceil(slots/64) words, bits beyond
/// `slots` zero. Calls on_pick(SlotPick) for every pick in order, and on_step(base_before,
/// base_after) for every step; base_after of the last step is the number of slot rows.
template <class OnPick, class OnStep>
int concentrate(const ConcentratorPattern& pattern, int lanes, const std::uint64_t* mask_words,
                int slots, OnPick&& on_pick, OnStep&& on_step) {
  const int rows = num_slot_rows(slots, lanes);
  const int window = 1 + pattern.look_ahead();
  std::array<std::uint64_t, 1 + kMaxLookAhead> untaken{};
  const auto load = [&](int row) { return slot_bits(mask_words, slots, row * lanes, lanes); };
  for (int i = 0; i < window; ++i) untaken[i] = load(i);
  int step = 0;
  for (int base = 0; base < rows; ++step) {
    const auto report = [&](std::uint64_t taken, int row, int offset) {
      for (; taken != 0; taken &= taken - 1) {
        const int lane = std::countr_zero(taken);
        on_pick(SlotPick{step, lane, base + row, (lane + offset) % lanes});
      }
    };
    std::uint64_t busy = untaken[0];
    report(busy, 0, 0);
    untaken[0] = 0;
    for (const SlotOffset& offset : pattern.offsets()) {
      const int by = ((offset.lane % lanes) + lanes) % lanes;
      const std::uint64_t offered = rotate_lanes(untaken[offset.row], by, lanes);
      report(offered & ~busy, offset.row, by);
      untaken[offset.row] = rotate_lanes(offered & busy, (lanes - by) % lanes, lanes);
      busy |= offered;
    }
    int retired = 1;
    while (retired < window && untaken[retired] == 0) ++retired;
    const int next = base + retired < rows ? base + retired : rows;
    on_step(base, next);
    for (int i = 0; i < window; ++i) {
      untaken[i] = i + retired < window ? untaken[i + retired] : load(base + retired + i);
    }
    base = next;
  }
  return step;
}

/// Calls on_step(base_before, base_after) for each step of an element of `rows` slot rows whose
/// steps start at the rows set in `bases` (ceil(rows/64) words, `stride` apart; bit 0 of the first
/// is set). Returns the number of steps.
template <class OnStep>
inline int for_each_step(const std::uint64_t* bases, std::size_t stride, int rows,
                         OnStep&& on_step) {
  int steps = 1;
  int before = 0;
  std::uint64_t word = *bases & (*bases - 1);
  for (int first = 0;;) {
    for (; word != 0; word &= word - 1, ++steps) {
      const int after = first + std::countr_zero(word);
      on_step(before, after);
      before = after;
    }
    first += 64;
    if (first >= rows) break;
    bases += stride;
    word = *bases;
  }
  on_step(before, rows);
  return steps;
}

}  // namespace escalate
