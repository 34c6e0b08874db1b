// Which positions of the input a pass sends, and which outputs they meet
// (docs/microarchitecture.md, sections 3 and 7).
#pragma once

#include <algorithm>

#include "common/math.h"

namespace escalate {

/// One dimension (rows or columns) of a convolution window over a tile of the output.
struct WindowAxis {
  int kernel = 1;
  int stride = 1;
  int pad = 0;        ///< leading padding
  int input = 1;      ///< extent of the layer's input
  int out_begin = 0;  ///< outputs of the tile: [out_begin, out_end)
  int out_end = 1;

  /// Taps of an input at `at` that meet an output of the tile: its outputs o satisfy
  /// 0 <= at + pad - o * stride < kernel.
  int taps(int at) const { return std::max(0, last_output(at) - first_output(at) + 1); }
  /// Whether the pass sends inputs at `at`.
  bool sends(int at) const { return taps(at) > 0; }
  /// First and last output of the tile that an input at `at` meets (first > last: none).
  int first_output(int at) const {
    const int reach = at + pad - kernel + 1;  // o * stride >= reach
    return std::max(out_begin, reach <= 0 ? 0 : ceil_div(reach, stride));
  }
  int last_output(int at) const { return std::min(out_end - 1, (at + pad) / stride); }
  /// The last input that contributes to output `out`.
  int last_input(int out) const { return std::min(input - 1, out * stride - pad + kernel - 1); }
  /// First and last input that the tile needs, clipped to the tensor.
  int first_input() const { return std::max(0, out_begin * stride - pad); }
  int end_input() const { return last_input(out_end - 1) + 1; }
  /// The most outputs that one input meets.
  int outputs_of_input() const { return ceil_div(kernel, stride); }
};

/// The tile of a pass.
struct PassGeometry {
  WindowAxis rows;
  WindowAxis columns;
  int taps(int h, int w) const { return rows.taps(h) * columns.taps(w); }
  /// The most outputs that one input meets.
  int outputs_of_input() const { return rows.outputs_of_input() * columns.outputs_of_input(); }
};

}  // namespace escalate
