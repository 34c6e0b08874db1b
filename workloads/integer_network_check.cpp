// IntegerNetwork::validate().
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "workloads/integer_network.h"
#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

constexpr std::int64_t kMostMultiplier = std::numeric_limits<std::int32_t>::max();
constexpr int kMostChannels = 1 << 28;  // the most channels of a tensor, flattened ones too

bool is_known(IntegerOp op) { return int(op) >= 0 && std::size_t(op) < integer_kinds().size(); }

void check_transform(const InputTransform& transform) {
  for (const std::vector<float>* values : {&transform.mean, &transform.std}) {
    if (std::all_of(values->begin(), values->end(), [](float v) { return std::isfinite(v); }))
      continue;
    throw UserError({"", 0, "transform"}, "expected means and deviations that are finite");
  }
}

}  // namespace

void IntegerCheck::run() const {
  check_inputs();
  check_shape();
  require(std::isfinite(node_.scale) && node_.scale > 0, "its scale is not above 0");
  require(node_.clamp_low >= -128 && node_.clamp_low <= node_.clamp_high && node_.clamp_high <= 127,
          "its clamp is no range of 8 bits");
  require(node_.op == IntegerOp::kConv || node_.negative_requant.empty(),
          "has factors of sums below 0 and makes no sums");
  require(is_known(node_.op), fmt::format("operation {} does not exist", int(node_.op)));
  kind_of(node_).check(*this);
  if (node_.substitute) check_substitute();
}

void IntegerCheck::fail(const std::string& message) const {
  throw UserError(
      SourcePlace{"", 0, node_.name.empty() ? fmt::format("node {}", index_) : node_.name},
      message);
}

void IntegerCheck::check_inputs() const {
  const std::size_t count = node_.inputs.size();
  const InputCount expected = is_known(node_.op) ? kind_of(node_).inputs() : InputCount{};
  require((node_.op == IntegerOp::kInput) == (index_ == 0),
          "expected one input, which is the first node");
  require(count == expected.least || (expected.many && count > expected.least),
          fmt::format("has {} inputs, expected {}{}", count, expected.many ? "at least " : "",
                      expected.least));
  for (const int input : node_.inputs) {
    require(input >= 0 && std::size_t(input) < index_, "reads a node that does not come before it");
  }
}

void IntegerCheck::check_shape() const {
  const Shape& shape = node_.out;
  const bool is_small = shape.c >= 1 && shape.h >= 1 && shape.w >= 1 && shape.c <= kMostChannels &&
                        shape.h <= kMostExtent && shape.w <= kMostExtent &&
                        num_elements({shape.c, shape.h, shape.w}) <= kMostElements;
  require(is_small, fmt::format("a tensor of {}: expected extents from 1, heights and widths up "
                                "to {}, up to {} channels and {} elements",
                                text_of(shape), kMostExtent, kMostChannels, kMostElements));
}

void IntegerCheck::expect_shape(const Shape& expected) const {
  require(node_.out == expected,
          fmt::format("makes a tensor of {}, expected {}", text_of(node_.out), text_of(expected)));
}

void IntegerCheck::expect_size(const char* what, std::size_t size, std::int64_t expected) const {
  require(std::int64_t(size) == expected,
          fmt::format("has {} {}, expected {}", size, what, expected));
}

void IntegerCheck::check_factors(std::int64_t expected) const {
  expect_size("factors", node_.requant.size(), expected);
  for (const FixedPoint& factor : node_.requant) {
    require_in("multiplier", factor.multiplier, 0, kMostMultiplier);
    require_in("shift", factor.shift, 0, kMostShift);
  }
}

void IntegerCheck::check_negative_factors() const {
  if (node_.negative_requant.empty()) return;
  expect_size("factors of sums below 0", node_.negative_requant.size(), node_.out.c);
  for (const FixedPoint& factor : node_.negative_requant) {
    require_in("multiplier of sums below 0", factor.multiplier, -kMostMultiplier, kMostMultiplier);
    require_in("shift of sums below 0", factor.shift, 0, kMostShift);
  }
}

void IntegerCheck::check_window(bool is_pool) const {
  const Window& window = node_.window;
  require(!window.is_dilated(), "is dilated; expected its phases as layers of their own");
  for (const int extent : {window.r, window.s, window.stride_h, window.stride_w}) {
    require_in("kernel size or stride", extent, 1, kMostExtent);
  }
  for (const int pad : {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) {
    require_in("padding", pad, 0, kMostExtent);
  }
  require(!is_pool || (std::max(window.pad_top, window.pad_bottom) < window.r &&
                       std::max(window.pad_left, window.pad_right) < window.s),
          "pads as much as its kernel or more");
  const int channels = is_pool ? in().c : node_.out.c;
  expect_shape({channels, window.out_h(in().h), window.out_w(in().w)});
}

void IntegerCheck::check_substitute() const {
  require(node_.op != IntegerOp::kFlatten, "values are drawn for what only is read otherwise");
  require(node_.substitute->shape == node_.out,
          fmt::format("values are drawn for a tensor of {}, it makes one of {}",
                      text_of(node_.substitute->shape), text_of(node_.out)));
  const std::vector<std::int8_t>& values = node_.substitute->values;
  expect_size("drawn values", values.size(), node_.out.size());
  if (num_filled(node_) == 0) return;
  for (int c = 0; c < node_.out.c; ++c) {
    for (int h = 0; h < node_.out.h; ++h) {
      for (int w = 0; w < node_.out.w; ++w) {
        require(node_.substitute->at(c, h, w) == 0 || !is_filled(node_, c, h, w),
                "values are drawn where its padding or zeros are");
      }
    }
  }
}

void IntegerNetwork::validate() const {
  if (nodes.empty()) throw UserError("the network has no nodes");
  for (std::size_t i = 0; i < nodes.size(); ++i) IntegerCheck(*this, i).run();
  check_transform(transform);
  if (!std::isfinite(input_scale) || input_scale <= 0) {
    throw UserError({"", 0, "input_scale"}, "expected a number above 0");
  }
}

}  // namespace escalate
