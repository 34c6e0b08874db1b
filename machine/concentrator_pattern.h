// The look-ahead and look-aside pattern of a concentrator (after Bit-Tactical, ASPLOS 2019): which
// other slots of its window a lane may take when its own slot is empty.
#pragma once

#include <array>
#include <cstddef>
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

}  // namespace escalate
