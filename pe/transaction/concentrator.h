// The concentrator of a CA unit: fills L adder lanes a cycle with matched slots from a small window
// of slot rows (ESCALATE, the authors' public talk; patterns after Bit-Tactical). Whole elements,
// one at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "common/math.h"
#include "machine/concentrator_pattern.h"

namespace escalate {

/// The number of slot rows of an element of `slots` slots on `lanes` lanes: at least one.
inline int num_slot_rows(int slots, int lanes) { return slots == 0 ? 1 : ceil_div(slots, lanes); }

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
