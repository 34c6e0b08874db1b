// The last items of an endless row of them, by number.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace escalate {

/// Keeps at least the last `depth` items. Up to kInline of them lie in the object itself, beside
/// the rest of its owner's state: the recurrences of a PE row are bound by how much memory they
/// touch.
template <class T, std::size_t kInline>
class SmallRing {
  static_assert(std::has_single_bit(kInline));

 public:
  explicit SmallRing(int depth, const T& initial = T{})
      : mask_(std::max(kInline, std::bit_ceil(std::size_t(depth))) - 1) {
    if (mask_ < kInline) {
      inline_.fill(initial);
    } else {
      outside_.assign(mask_ + 1, initial);
    }
  }

  T& operator[](std::int64_t number) {
    const std::size_t at = std::size_t(number) & mask_;
    return mask_ < kInline ? inline_[at] : outside_[at];
  }

 private:
  std::size_t mask_;
  std::array<T, kInline> inline_;
  std::vector<T> outside_;
};

}  // namespace escalate
