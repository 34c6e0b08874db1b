#include "workloads/layers/window.h"

#include <fmt/format.h>

#include "workloads/layers/layer_kind.h"

namespace escalate {

void check_window(const Node& node) {
  const Window& window = node.window;
  for (const int extent : {window.r, window.s, window.stride_h, window.stride_w, window.dilation_h,
                           window.dilation_w}) {
    if (extent < 1 || extent > kMostExtent) {
      fail_layer(node, fmt::format("has a kernel size, stride or dilation of {}; expected 1 to {}",
                                   extent, kMostExtent));
    }
  }
  for (const std::int64_t span : {window.span_h(), window.span_w()}) {
    if (span > kMostExtent) {
      fail_layer(node,
                 fmt::format("has a dilated kernel of {}; expected up to {}", span, kMostExtent));
    }
  }
  for (const int pad : {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) {
    if (pad < 0 || pad > kMostExtent) {
      fail_layer(node, fmt::format("has a padding of {}; expected 0 to {}", pad, kMostExtent));
    }
  }
}

Shape windowed(const Node& node, const Shape& in, int channels) {
  const Shape out{channels, node.window.out_h(in.h), node.window.out_w(in.w)};
  if (out.h <= 0 || out.w <= 0) {
    fail_layer(node, fmt::format("a {}x{} window does not fit into its {} input",
                                 node.window.span_h(), node.window.span_w(), text_of(in)));
  }
  return out;
}

Shape pooled_shape(const Node& node, const Shape& in) {
  check_window(node);
  const Window& window = node.window;
  if (window.is_dilated()) fail_layer(node, "is a dilated pool; expected dilations of 1");
  if (std::max(window.pad_top, window.pad_bottom) >= window.r ||
      std::max(window.pad_left, window.pad_right) >= window.s) {
    fail_layer(node,
               "pads as much as its kernel or more, so that a window could meet nothing else");
  }
  return windowed(node, in, in.c);
}

Window whole_map(const Shape& in) {
  Window window;
  window.r = window.stride_h = in.h;
  window.s = window.stride_w = in.w;
  return window;
}

}  // namespace escalate
