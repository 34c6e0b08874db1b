#include "workloads/layer_shape.h"

#include <fmt/format.h>

#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

std::string window_text(const Window& window, int groups) {
  std::string text = fmt::format(", kernel {}x{}", window.r, window.s);
  if (window.stride_h != window.stride_w) {
    text += fmt::format(", stride {}x{}", window.stride_h, window.stride_w);
  } else if (window.stride_h != 1) {
    text += fmt::format(", stride {}", window.stride_h);
  }
  const int pad = window.pad_top;
  if (window.pad_left != pad || window.pad_bottom != pad || window.pad_right != pad) {
    text += fmt::format(", pad {} above, {} left, {} below, {} right", pad, window.pad_left,
                        window.pad_bottom, window.pad_right);
  } else if (pad != 0) {
    text += fmt::format(", pad {}", pad);
  }
  if (groups != 1) text += fmt::format(", groups {}", groups);
  return text;
}

}  // namespace

std::string shape_text(const Shape& in, const Shape& out, const Window& window, int groups) {
  return text_of(in) + " to " + text_of(out) + window_text(window, groups);
}

std::string shape_text(const IntegerNetwork& network, int i) {
  const IntegerNode& node = network.nodes.at(std::size_t(i));
  std::string text;
  for (const int input : node.inputs) {
    text += (text.empty() ? "" : " + ") + text_of(network.nodes[std::size_t(input)].out);
  }
  text += " to " + text_of(node.out);
  return kind_of(node).has_window() ? text + window_text(node.window, node.groups) : text;
}

}  // namespace escalate
