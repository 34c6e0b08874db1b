#include "workloads/onnx/operators/window.h"

#include <fmt/format.h>

#include <algorithm>

namespace escalate {
namespace {

int padding(const OnnxNode& node, std::int64_t value) {
  if (value > kMostExtent) {
    node.fail(fmt::format("its padding is {}; expected up to {}", value, kMostExtent));
  }
  return int(value);
}

// Top, left, bottom and right, as given or as auto_pad has them.
std::vector<int> paddings(const OnnxNode& node, const Window& window, std::size_t rank, int h,
                          int w) {
  std::vector<int> given = node.integers("pads", std::vector<int>(2 * (rank - 2), 0));
  if (given.size() != 2 * (rank - 2)) node.fail("expected a window over two dimensions");
  if (rank == 3) given = {0, given[0], 0, given[1]};
  for (const int pad : given) {
    if (pad < 0) node.fail(fmt::format("has a padding of {}; expected 0 or more", pad));
  }
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic == "NOTSET" || automatic.empty()) return given;
  const bool upper = automatic == "SAME_UPPER";
  if (automatic != "VALID" && !upper && automatic != "SAME_LOWER") {
    node.fail("unknown auto_pad " + automatic);
  }
  std::vector<int> pads(4, 0);
  for (std::size_t axis = 0; axis < 2 && automatic != "VALID"; ++axis) {
    const int extent = axis == 0 ? h : w;
    const std::int64_t kernel = axis == 0 ? window.span_h() : window.span_w();
    const int stride = axis == 0 ? window.stride_h : window.stride_w;
    const int last = (extent - 1) / stride * stride;
    // Runtimes differ in where a window begins that ends two elements and more before the map.
    if (node.op() != "Conv" && last + kernel < extent - 1) {
      node.fail(
          fmt::format("has strides too far above its kernel for an auto_pad of {}: what it "
                      "reads depends on the runtime",
                      automatic));
    }
    const int total = padding(node, std::max<std::int64_t>(0, last + kernel - extent));
    pads[axis] = upper ? total / 2 : total - total / 2;
    pads[axis + 2] = total - pads[axis];
  }
  if (node.has("pads") && given != pads && given != std::vector<int>(4, 0)) {
    node.fail("has both pads and an auto_pad of " + automatic + ", which contradict each other");
  }
  return pads;
}

}  // namespace

std::vector<int> two_of(const OnnxNode& node, const char* attribute, std::vector<int> otherwise,
                        std::size_t rank) {
  const bool given = node.has(attribute);
  std::vector<int> values = node.integers(attribute, std::move(otherwise));
  if (given && rank == 3 && values.size() == 1) values.insert(values.begin(), 1);
  if (values.size() != 2) node.fail("expected a window over two dimensions");
  return values;
}

Window window_of(const OnnxNode& node, std::vector<int> kernel, std::size_t rank, int h, int w) {
  if (rank != 3 && rank != 4) node.fail("reads a vector; expected a map");
  kernel = two_of(node, "kernel_shape", std::move(kernel), rank);
  const std::vector<int> strides = two_of(node, "strides", {1, 1}, rank);
  const std::vector<int> dilations = two_of(node, "dilations", {1, 1}, rank);
  for (const int step :
       {kernel[0], kernel[1], strides[0], strides[1], dilations[0], dilations[1]}) {
    if (step < 1 || step > kMostExtent) {
      node.fail(fmt::format("has a kernel size, stride or dilation of {}; expected 1 to {}", step,
                            kMostExtent));
    }
  }
  Window made;
  made.r = kernel[0];
  made.s = kernel[1];
  made.stride_h = strides[0];
  made.stride_w = strides[1];
  made.dilation_h = kernel[0] == 1 ? 1 : dilations[0];  // it says nothing of a single element
  made.dilation_w = kernel[1] == 1 ? 1 : dilations[1];
  const std::vector<int> pads = paddings(node, made, rank, h, w);
  made.pad_top = pads[0];
  made.pad_left = pads[1];
  made.pad_bottom = pads[2];
  made.pad_right = pads[3];
  return made;
}

void add_sides(const OnnxNode& node, const std::array<int, 4>& sides, Window& window) {
  int* const pads[] = {&window.pad_top, &window.pad_left, &window.pad_bottom, &window.pad_right};
  for (std::size_t i = 0; i < 4; ++i) *pads[i] = padding(node, std::int64_t{*pads[i]} + sides[i]);
}

}  // namespace escalate
