// The bit gather of the dilution step: packs the bits of a word that a control word selects
// (the ESCALATE authors' public talk: a butterfly network that aligns coefficients with the packed
// non-zero activations).
#pragma once

#include <array>
#include <cstdint>

#include "common/host_simd.h"

namespace escalate {

/// The settings of a gather network for one control word: computed once, used for many data words.
///
/// Software form of the network: log2(64) stages, stage i moves bits down by 2^i where its control
/// bit is set. Bits that the control word does not select never enter, which is why a stage can
/// merge by OR where the hardware network swaps.
class GatherControl {
 public:
  static constexpr int kStages = 6;

  /// Selects nothing.
  GatherControl() = default;

  /// `selected`: bit j = 1 where data bit j is to be kept.
  explicit GatherControl(std::uint64_t selected) : selected_(selected) {
    std::uint64_t unselected_below = ~selected << 1;
    std::uint64_t remaining = selected;
    for (int i = 0; i < kStages; ++i) {
      // Bit j of `odd`: parity of the unselected bits right of j, that is bit i of j's
      // displacement.
      std::uint64_t odd = unselected_below;
      for (int shift = 1; shift < 64; shift *= 2) odd ^= odd << shift;
      const std::uint64_t moved = odd & remaining;
      moved_[i] = moved;
      remaining = (remaining ^ moved) | (moved >> (1 << i));
      unselected_below &= ~odd;
    }
  }

  std::uint64_t selected() const { return selected_; }

  /// Control word of stage i (0..5): the bits that this stage moves down by 2^i.
  std::uint64_t moved(int stage) const { return moved_[stage]; }

  /// The selected bits of `data`, in order, packed into the low bits; the rest is 0.
  std::uint64_t gather(std::uint64_t data) const {
    data &= selected_;
    for (int i = 0; i < kStages; ++i) {
      const std::uint64_t moving = data & moved_[i];
      data = (data ^ moving) | (moving >> (1 << i));
    }
    return data;
  }

 private:
  std::uint64_t selected_ = 0;
  std::array<std::uint64_t, kStages> moved_{};
};

/// One gather without prepared settings, by the instruction set named (default: the best here).
std::uint64_t gather_bits(std::uint64_t data, std::uint64_t selected,
                          HostSimd set = best_host_simd());

#if defined(__x86_64__)
/// PEXT as an opaque instruction. An intrinsic could not be inlined into code that is written once
/// for all instruction sets; the caller must know that the processor has BMI2.
inline std::uint64_t gather_bits_pext(std::uint64_t data, std::uint64_t selected) {
  std::uint64_t packed;
  asm("pext %2, %1, %0" : "=r"(packed) : "r"(data), "rm"(selected));
  return packed;
}
#else
inline std::uint64_t gather_bits_pext(std::uint64_t data, std::uint64_t selected) {
  return GatherControl(selected).gather(data);
}
#endif

}  // namespace escalate
