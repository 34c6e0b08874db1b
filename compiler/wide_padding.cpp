#include "compiler/wide_padding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/error.h"

namespace escalate {
namespace {

// Kernels of one layer, [N][r][s], inside kernels [N][wide.r][wide.s] of zeros.
std::vector<std::int8_t> widened(const std::vector<std::int8_t>& kernels, const Window& window,
                                 const Window& wide) {
  const std::size_t taps = std::size_t(window.r) * std::size_t(window.s);
  const std::size_t wide_taps = std::size_t(wide.r) * std::size_t(wide.s);
  const int above = wide.pad_top - window.pad_top;
  const int left = wide.pad_left - window.pad_left;
  std::vector<std::int8_t> made(kernels.size() / taps * wide_taps, 0);
  for (std::size_t n = 0; n < kernels.size() / taps; ++n) {
    for (int r = 0; r < window.r; ++r) {
      const auto row = kernels.begin() + std::ptrdiff_t(n * taps) + r * window.s;
      std::copy(row, row + window.s,
                made.begin() + std::ptrdiff_t(n * wide_taps) + (r + above) * wide.s + left);
    }
  }
  return made;
}

}  // namespace

bool pads_beyond_kernel(const IntegerNode& node) {
  const Window& window = node.window;
  return node.op == IntegerOp::kConv && (std::max(window.pad_top, window.pad_bottom) >= window.r ||
                                         std::max(window.pad_left, window.pad_right) >= window.s);
}

IntegerNode with_wide_kernel(const IntegerNode& node) {
  const Window& window = node.window;
  IntegerNode wide = node;
  // Zeros behind the taps for the padding before them, and the other way around.
  const auto widen = [](int& kernel, int& pad_before, int& pad_after) {
    const int behind = std::max(0, pad_before - kernel + 1);
    const int ahead = std::max(0, pad_after - kernel + 1);
    kernel += ahead + behind;
    pad_before += ahead;
    pad_after += behind;
  };
  widen(wide.window.r, wide.window.pad_top, wide.window.pad_bottom);
  widen(wide.window.s, wide.window.pad_left, wide.window.pad_right);
  const std::vector<std::int8_t>& kernels =
      node.form == WeightForm::kDirect ? node.weights : node.basis;
  const auto num_kernels = std::int64_t(kernels.size()) / (std::int64_t{window.r} * window.s);
  if (num_elements({num_kernels, wide.window.r, wide.window.s}) > kMostElements) {
    throw UserError({"", 0, node.name},
                    fmt::format("pads so far beyond its {}x{} kernel that one of {}x{}, which "
                                "reaches an input from everywhere, has more than {} weights",
                                window.r, window.s, wide.window.r, wide.window.s, kMostElements));
  }
  if (node.form == WeightForm::kDirect) {
    wide.weights = widened(node.weights, window, wide.window);
  } else {
    wide.basis = widened(node.basis, window, wide.window);
  }
  return wide;
}

}  // namespace escalate
