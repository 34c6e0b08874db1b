// The bit-gather network of dilution as hardware builds it: an inverse butterfly whose switches are
// set by prefix popcounts of the control word (the ESCALATE authors' public talk; the control after
// Hilewitz and Lee, 2006).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "common/error.h"

namespace escalate {

/// A network of log2(width) stages of two-input switches. Stage i pairs lines 2^i apart; a switch
/// that crosses swaps its two lines. The low popcount(control) output lines carry the selected data
/// bits in order.
class InverseButterfly {
 public:
  static constexpr int kMaxStages = 6;

  /// `width`: 2, 4, ... 64 lines.
  explicit InverseButterfly(int width) : stages_(std::countr_zero(unsigned(width))) {
    ensure(width >= 2 && width <= 64 && std::has_single_bit(unsigned(width)),
           "a butterfly has 2 to 64 lines, a power of two");
    set_stages();
  }

  int width() const { return 1 << stages_; }
  int num_stages() const { return stages_; }

  /// Sets the switches for `control`; bit j selects data bit j.
  void set(std::uint64_t control) {
    if (control == control_) return;  // elements one after the other often read the same chunk
    control_ = control;
    set_stages();
  }

  /// The switches of a stage that cross: bit j is that of lines j and j + 2^stage.
  std::uint64_t crossing(int stage) const { return crossing_[stage]; }

  /// One stage: the lines after it, given those before it.
  std::uint64_t pass_stage(int stage, std::uint64_t lines) const {
    const int distance = 1 << stage;
    const std::uint64_t differ = (lines ^ (lines >> distance)) & crossing_[stage];
    return lines ^ differ ^ (differ << distance);
  }

  /// All stages; data bits that are not selected are held at zero in front of the first.
  std::uint64_t gather(std::uint64_t data) const {
    std::uint64_t lines = data & control_;
    for (int stage = 0; stage < stages_; ++stage) lines = pass_stage(stage, lines);
    return lines;
  }

 private:
  void set_stages() {
    std::array<std::uint8_t, 64> ranks;  // of a line: the selected bits in front of it
    std::uint8_t rank = 0;
    for (int line = 0; line < width(); ++line) {
      ranks[std::size_t(line)] = rank;
      rank = std::uint8_t(rank + (control_ >> line & 1));
    }
    for (int stage = 0; stage < stages_; ++stage) set_stage(stage, ranks);
  }

  // Before a stage the selected bits of each half of a block of 2^(stage+1) lines stand side by
  // side, cyclically, the first at its own rank modulo the half; after it the same holds of the
  // block. With q the rank (modulo the block) of the first selected bit of the upper half, its bits
  // go to lines q, q+1, ... and those of the lower half end at line q-1. Hence from line
  // q mod half on, a switch crosses if q lies in the lower half, and before it if in the upper.
  void set_stage(int stage, const std::array<std::uint8_t, 64>& ranks) {
    const int half = 1 << stage;
    const std::uint64_t lower_half = (std::uint64_t{1} << half) - 1;
    std::uint64_t crossing = 0;
    for (int block = 0; block < width(); block += 2 * half) {
      const int rank = ranks[std::size_t(block + half)];
      const std::uint64_t from_rank = lower_half & (~std::uint64_t{0} << (rank % half));
      const bool upper = (rank / half) % 2 != 0;
      crossing |= (upper ? lower_half ^ from_rank : from_rank) << block;
    }
    crossing_[stage] = crossing;
  }

  int stages_;
  std::uint64_t control_ = 0;
  std::array<std::uint64_t, kMaxStages> crossing_{};
};

}  // namespace escalate
