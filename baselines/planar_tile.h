// Rectangles of a plane that the PEs of SCNN and of its dense variant divide among themselves.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/math.h"
#include "workloads/graph.h"

namespace escalate {

/// The numbers first .. last - 1.
struct Span {
  int first = 0, last = 0;
  int size() const { return last > first ? last - first : 0; }
  bool contains(int i) const { return i >= first && i < last; }
  bool operator==(const Span&) const = default;
};

/// Part `part` of `parts` of `whole`: sizes differ by at most one, the smaller ones first.
inline Span part_of(const Span& whole, int part, int parts) {
  const auto cut = [&](int i) {
    return whole.first + static_cast<int>(std::int64_t{whole.size()} * i / parts);
  };
  return {cut(part), cut(part + 1)};
}

inline Span common_part(const Span& a, const Span& b) {
  return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

/// Outputs (of `outputs`) that inputs of `inputs` meet through a kernel of `taps`.
inline Span reached_outputs(const Span& inputs, int taps, int stride, int pad, int outputs) {
  if (inputs.size() == 0) return {0, 0};
  const int low = inputs.first + pad - (taps - 1);
  const int first = low <= 0 ? 0 : ceil_div(low, stride);
  const int last = (inputs.last - 1 + pad) / stride + 1;
  return {std::min(first, outputs), std::min(last, outputs)};
}

/// Taps of a window in one dimension that are not padding, summed over outputs.
inline std::int64_t taps_inside(const Span& outputs, int taps, int stride, int pad, int inputs) {
  std::int64_t sum = 0;
  for (int p = outputs.first; p < outputs.last; ++p) {
    const int first = p * stride - pad;
    sum += common_part(Span{first, first + taps}, Span{0, inputs}).size();
  }
  return sum;
}

struct Tile {
  Span rows, columns;
  int area() const { return rows.size() * columns.size(); }
};

inline Tile common_part(const Tile& a, const Tile& b) {
  return {common_part(a.rows, b.rows), common_part(a.columns, b.columns)};
}

inline Tile reached_outputs(const Tile& inputs, const Window& window, const Shape& out) {
  return {reached_outputs(inputs.rows, window.r, window.stride_h, window.pad_top, out.h),
          reached_outputs(inputs.columns, window.s, window.stride_w, window.pad_left, out.w)};
}

}  // namespace escalate
