// What layers share that move a window over a map.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "workloads/integer_network.h"
#include "workloads/tensor.h"

namespace escalate {

/// UserError naming the node unless kernel, strides, dilations and paddings are in their ranges.
void check_window(const Node& node);

/// `channels` by the positions of the node's window in such a map; UserError if there are none.
Shape windowed(const Node& node, const Shape& in, int channels);

/// The same of a pool, which has no dilation and pads less than its kernel.
Shape pooled_shape(const Node& node, const Shape& in);

/// A window as large as the map.
Window whole_map(const Shape& in);

/// What lies within the input, along one axis, of a window that starts at `first`.
struct Reach {
  Reach(int first, int length, int extent)
      : begin(std::max(0, first)), end(std::min(extent, first + length)) {}
  int size() const { return std::max(0, end - begin); }
  int begin, end;
};

/// The values of one channel that a window meets.
struct MetValues {
  const float* map;
  int width;
  Reach rows, columns;

  /// combine(combine(first, a), b)... of them, row by row.
  template <class Combine>
  float folded(float first, Combine&& combine) const {
    for (int h = rows.begin; h < rows.end; ++h) {
      for (int w = columns.begin; w < columns.end; ++w) {
        first = combine(first, map[std::ptrdiff_t(h) * width + w]);
      }
    }
    return first;
  }
};

/// A value of each window: reduce(values met, top, left), of which the last two say where it starts
/// in the padded map.
template <class Reduce>
Tensor reduced_windows(const Node& node, const Tensor& in, Reduce&& reduce) {
  Tensor out{node.out, {}};
  out.values.reserve(std::size_t(node.out.size()));
  const Window& window = node.window;
  for (int c = 0; c < node.out.c; ++c) {
    const float* map = in.values.data() + std::ptrdiff_t(c) * in.shape.h * in.shape.w;
    for (int p = 0; p < node.out.h; ++p) {
      const int top = p * window.stride_h;
      const Reach rows(top - window.pad_top, window.r, in.shape.h);
      for (int q = 0; q < node.out.w; ++q) {
        const int left = q * window.stride_w;
        const Reach columns(left - window.pad_left, window.s, in.shape.w);
        out.values.push_back(reduce(MetValues{map, in.shape.w, rows, columns}, top, left));
      }
    }
  }
  return out;
}

/// Calls visit(value) for every input of an integer window that is not padding.
template <class Visit>
void for_each_in_window(const IntegerNode& node, const Activations& in, int c, int p, int q,
                        Visit&& visit) {
  const Window& window = node.window;
  for (int r = 0; r < window.r; ++r) {
    const int h = p * window.stride_h + r - window.pad_top;
    if (h < 0 || h >= in.shape.h) continue;
    for (int s = 0; s < window.s; ++s) {
      const int w = q * window.stride_w + s - window.pad_left;
      if (w >= 0 && w < in.shape.w) visit(in.at(c, h, w));
    }
  }
}

/// pool(node, in, c, p, q) at every place of the output.
template <class Pool>
Activations pooled(const IntegerNode& node, const Activations& in, Pool&& pool) {
  Activations out{node.out, {}};
  out.values.reserve(std::size_t(node.out.size()));
  for (int c = 0; c < node.out.c; ++c) {
    for (int p = 0; p < node.out.h; ++p) {
      for (int q = 0; q < node.out.w; ++q) out.values.push_back(pool(node, in, c, p, q));
    }
  }
  return out;
}

}  // namespace escalate
