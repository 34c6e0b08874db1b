#include "workloads/selection.h"

#include <fmt/format.h>

#include <numeric>

#include "common/error.h"

namespace escalate {
namespace {

int extent(const Shape& shape, int axis) {
  return axis == 0 ? shape.c : axis == 1 ? shape.h : shape.w;
}

int& extent(Shape& shape, int axis) { return axis == 0 ? shape.c : axis == 1 ? shape.h : shape.w; }

// What a list makes of an axis of `from` places.
int chosen(const std::vector<int>& list, int from, const char* what) {
  for (const int place : list) {
    if (place < Selection::kZero || place >= from) {
      throw UserError(fmt::format("chooses {} {} of {}", what, place, from));
    }
  }
  return list.empty() ? from : int(list.size());
}

}  // namespace

std::vector<int> Selection::places(int begin, int step, int count) {
  std::vector<int> list(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) list[std::size_t(i)] = begin + i * step;
  return list;
}

std::vector<int> Selection::all_of(const std::vector<int>& list, int extent) {
  if (!list.empty()) return list;
  return places(0, 1, extent);
}

Shape Selection::joined(std::span<const Shape> inputs) const {
  if (axis < 0 || axis > 2) throw UserError(fmt::format("joins along axis {}", axis));
  Shape whole = inputs[0];
  std::int64_t along = extent(whole, axis);
  for (const Shape& next : inputs.subspan(1)) {
    Shape same = next;
    extent(same, axis) = extent(whole, axis);
    if (same != whole) {
      throw UserError(fmt::format("joins maps of different size: {} and {}", text_of(next),
                                  text_of(inputs[0])));
    }
    along += extent(next, axis);
  }
  if (along > kMostElements) throw UserError("joins too many channels, rows or columns");
  extent(whole, axis) = int(along);
  return whole;
}

Shape Selection::selected(std::span<const Shape> inputs) const {
  const Shape whole = joined(inputs);
  return {chosen(channels, whole.c, "channel"), chosen(rows, whole.h, "row"),
          chosen(columns, whole.w, "column")};
}

}  // namespace escalate
