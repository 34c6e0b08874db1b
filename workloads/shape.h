// Extents of one image's tensors.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

namespace escalate {

/// What a file may ask for, so that sizes can be multiplied without overflow.
constexpr int kMostExtent = 1 << 20;  ///< the largest height, width or window
constexpr std::int64_t kMostElements =
    (std::int64_t{1} << 31) - 1;  ///< the most elements of a tensor

/// Product of extents that are not negative; kMostElements + 1 if it is larger than kMostElements.
std::int64_t num_elements(std::initializer_list<std::int64_t> extents);

/// Channels, height and width of one image's activation tensor; FC vectors have h = w = 1.
struct Shape {
  int c = 0, h = 0, w = 0;
  std::int64_t size() const { return std::int64_t{c} * h * w; }
  bool operator==(const Shape&) const = default;
};

/// "CxHxW".
std::string text_of(const Shape& shape);

/// The shape of both where each extent is equal or one of them is 1; none if they do not fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

}  // namespace escalate
