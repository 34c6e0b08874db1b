#include "workloads/shape.h"

#include <fmt/format.h>

#include <algorithm>

namespace escalate {

std::int64_t num_elements(std::initializer_list<std::int64_t> extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent == 0) return 0;
  }
  for (const std::int64_t extent : extents) {
    if (product > kMostElements / extent) return kMostElements + 1;
    product *= extent;
  }
  return product;
}

std::string text_of(const Shape& shape) {
  return fmt::format("{}x{}x{}", shape.c, shape.h, shape.w);
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const auto fits = [](int x, int y) { return x == y || x == 1 || y == 1; };
  if (!fits(a.c, b.c) || !fits(a.h, b.h) || !fits(a.w, b.w)) return std::nullopt;
  return Shape{std::max(a.c, b.c), std::max(a.h, b.h), std::max(a.w, b.w)};
}

}  // namespace escalate
