// IntegerNetwork::validate().
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.h"
#include "workloads/integer_network.h"

namespace escalate {
namespace {

constexpr int kMostShift = 62;
constexpr std::int64_t kMostMultiplier = std::numeric_limits<std::int32_t>::max();
constexpr int kMostChannels = 1 << 28;  // the most channels of a tensor, flattened ones too
constexpr std::int64_t kMostAccumulator = std::numeric_limits<std::int32_t>::max();
constexpr int kLargestInput = 128;  // magnitude of an int8 activation

std::string text(const Shape& shape) { return text_of(shape); }

/// Checks one node, whose inputs have been checked.
class NodeCheck {
 public:
  NodeCheck(const IntegerNetwork& network, std::size_t index)
      : network_(network), index_(index), node_(network.nodes[index]) {}

  void run() const {
    check_inputs();
    check_shape(node_.out);
    require(std::isfinite(node_.scale) && node_.scale > 0, "its scale is not above 0");
    require(
        node_.clamp_low >= -128 && node_.clamp_low <= node_.clamp_high && node_.clamp_high <= 127,
        "its clamp is no range of 8 bits");
    require(node_.op == IntegerOp::kConv || node_.negative_requant.empty(),
            "has factors of sums below 0 and makes no sums");
    check_operation();
    if (node_.substitute) check_substitute();
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw UserError(
        SourcePlace{"", 0, node_.name.empty() ? fmt::format("node {}", index_) : node_.name},
        message);
  }
  template <class Message>
  void require(bool holds, const Message& message) const {
    if (!holds) fail(message);
  }
  template <class Number>
  void require_in(const char* what, Number value, std::int64_t low, std::int64_t high) const {
    if (value < low || value > high) {
      fail(fmt::format("{} {}: expected {} to {}", what, value, low, high));
    }
  }

  const Shape& in(std::size_t i = 0) const {
    return network_.nodes[std::size_t(node_.inputs[i])].out;
  }

  void check_inputs() const {
    const std::size_t count = node_.inputs.size();
    std::size_t least = 1;
    if (node_.op == IntegerOp::kInput) least = 0;
    if (combines_two(node_.op)) least = 2;
    const bool takes_many = node_.op == IntegerOp::kConcat || node_.op == IntegerOp::kSelect;
    require((node_.op == IntegerOp::kInput) == (index_ == 0),
            "expected one input, which is the first node");
    require(
        count == least || (takes_many && count > least),
        fmt::format("has {} inputs, expected {}{}", count, takes_many ? "at least " : "", least));
    for (const int input : node_.inputs) {
      require(input >= 0 && std::size_t(input) < index_,
              "reads a node that does not come before it");
    }
  }

  void check_shape(const Shape& shape) const {
    const bool is_small = shape.c >= 1 && shape.h >= 1 && shape.w >= 1 &&
                          shape.c <= kMostChannels && shape.h <= kMostExtent &&
                          shape.w <= kMostExtent &&
                          num_elements({shape.c, shape.h, shape.w}) <= kMostElements;
    require(is_small, fmt::format("a tensor of {}: expected extents from 1, heights and widths up "
                                  "to {}, up to {} channels and {} elements",
                                  text(shape), kMostExtent, kMostChannels, kMostElements));
  }
  void expect_shape(const Shape& expected) const {
    require(node_.out == expected,
            fmt::format("makes a tensor of {}, expected {}", text(node_.out), text(expected)));
  }
  void expect_size(const char* what, std::size_t size, std::int64_t expected) const {
    require(std::int64_t(size) == expected,
            fmt::format("has {} {}, expected {}", size, what, expected));
  }

  void check_factor(const FixedPoint& factor) const {
    require_in("multiplier", factor.multiplier, 0, kMostMultiplier);
    require_in("shift", factor.shift, 0, kMostShift);
  }
  void check_factors(std::int64_t expected) const {
    expect_size("factors", node_.requant.size(), expected);
    for (const FixedPoint& factor : node_.requant) check_factor(factor);
  }

  void check_negative_factors() const {
    if (node_.negative_requant.empty()) return;
    expect_size("factors of sums below 0", node_.negative_requant.size(), node_.out.c);
    for (const FixedPoint& factor : node_.negative_requant) {
      require_in("multiplier of sums below 0", factor.multiplier, -kMostMultiplier,
                 kMostMultiplier);
      require_in("shift of sums below 0", factor.shift, 0, kMostShift);
    }
  }

  void check_window(bool is_pool) const {
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

  void check_operation() const {
    switch (node_.op) {
      case IntegerOp::kInput:
        return;
      case IntegerOp::kConv:
        require_in("transposed_positions", node_.transposed_positions, 0, kMostElements);
        return check_convolution();
      case IntegerOp::kMaxPool:
        return check_window(true);
      case IntegerOp::kAvgPool:
        check_window(true);
        require_in("window of", std::int64_t{node_.window.r} * node_.window.s, 1,
                   kMostAccumulator / kLargestInput);
        // One, or one for each kind of window that hangs over the padded input.
        return check_factors(node_.requant.size() == 4 ? 4 : 1);
      case IntegerOp::kAdd:
      case IntegerOp::kMinimum:
      case IntegerOp::kMaximum:
        check_combination();
        return require_in("shift", node_.add_shift, 0, kMostShift);
      case IntegerOp::kMultiply:
        check_combination();
        return check_factors(1);
      case IntegerOp::kTable:
        expect_shape(in());
        if (node_.table.size() == kTableEntries) return;
        return expect_size("entries of tables", node_.table.size(),
                           std::int64_t{in().c} * std::int64_t(kTableEntries));
      case IntegerOp::kSelect:
        return check_selection();
      case IntegerOp::kConcat:
        return check_concatenation();
      case IntegerOp::kChannelPad:
        return check_channel_padding();
      case IntegerOp::kRescale:
        expect_shape(in());
        return check_factors(1);
      case IntegerOp::kFlatten:
        require(in().size() <= kMostElements, "flattens too much");
        return expect_shape({int(in().size()), 1, 1});
    }
    fail(fmt::format("operation {} does not exist", int(node_.op)));
  }

  void check_convolution() const {
    require_in("groups", node_.groups, 1, std::min(in().c, node_.out.c));
    require(in().c % node_.groups == 0 && node_.out.c % node_.groups == 0,
            fmt::format("{} groups do not divide {} input and {} output channels", node_.groups,
                        in().c, node_.out.c));
    check_window(false);
    const std::int64_t channels = in().c / node_.groups;
    const std::int64_t taps = num_elements({node_.window.r, node_.window.s});
    if (node_.form == WeightForm::kDirect) {
      expect_size("weights", node_.weights.size(), num_elements({node_.out.c, channels, taps}));
      expect_size("coefficients", node_.coefficients.size() + node_.basis.size(), 0);
    } else {
      require(node_.form == WeightForm::kDecomposed,
              fmt::format("form {} does not exist", int(node_.form)));
      require_in("terms", node_.terms, 1, kMostExtent);
      expect_size("coefficients", node_.coefficients.size(),
                  num_elements({node_.out.c, node_.terms, channels}));
      expect_size("basis values", node_.basis.size(), num_elements({node_.terms, taps}));
      expect_size("weights", node_.weights.size(), 0);
      require(std::all_of(node_.coefficients.begin(), node_.coefficients.end(),
                          [](std::int8_t value) { return value >= -1 && value <= 1; }),
              "has a coefficient that is not -1, 0 or 1");
    }
    expect_size("biases", node_.bias.size(), node_.out.c);
    check_factors(node_.out.c);
    check_negative_factors();
    const std::int64_t worst = worst_case_accumulator(node_, in().c);
    require(worst <= kMostAccumulator,
            fmt::format("its accumulators could reach {}: more than 32 bits hold", worst));
  }

  void check_combination() const {
    const std::optional<Shape> shape = broadcast(in(0), in(1));
    require(shape.has_value(),
            fmt::format("combines tensors of {} and {}", text(in(0)), text(in(1))));
    expect_shape(*shape);
  }

  void check_selection() const {
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < node_.inputs.size(); ++i) shapes.push_back(in(i));
    try {
      expect_shape(node_.selection.selected(shapes));
    } catch (const UserError& fault) {
      fail(fault.message());
    }
    check_factors(std::int64_t(node_.inputs.size()));
  }

  void check_concatenation() const {
    std::int64_t channels = 0;
    for (std::size_t i = 0; i < node_.inputs.size(); ++i) {
      require(in(i).h == in().h && in(i).w == in().w,
              fmt::format("joins maps of {} and {}", text(in()), text(in(i))));
      channels += in(i).c;
    }
    require(channels == node_.out.c, fmt::format("joins {} channels to {}", channels, node_.out.c));
    expect_shape({node_.out.c, in().h, in().w});
    check_factors(std::int64_t(node_.inputs.size()));
  }

  void check_channel_padding() const {
    require_in("padding", node_.pad_before, 0, kMostExtent);
    require_in("padding", node_.pad_after, 0, kMostExtent);
    const std::int64_t channels = std::int64_t{in().c} + node_.pad_before + node_.pad_after;
    require(channels == node_.out.c, fmt::format("pads {} channels to {}", channels, node_.out.c));
    expect_shape({node_.out.c, in().h, in().w});
  }

  void check_substitute() const {
    require(node_.op != IntegerOp::kFlatten, "values are drawn for what only is read otherwise");
    require(node_.substitute->shape == node_.out,
            fmt::format("values are drawn for a tensor of {}, it makes one of {}",
                        text(node_.substitute->shape), text(node_.out)));
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

  const IntegerNetwork& network_;
  std::size_t index_;
  const IntegerNode& node_;
};

void check_transform(const InputTransform& transform) {
  for (const std::vector<float>* values : {&transform.mean, &transform.std}) {
    if (std::all_of(values->begin(), values->end(), [](float v) { return std::isfinite(v); }))
      continue;
    throw UserError({"", 0, "transform"}, "expected means and deviations that are finite");
  }
}

}  // namespace

void IntegerNetwork::validate() const {
  if (nodes.empty()) throw UserError("the network has no nodes");
  for (std::size_t i = 0; i < nodes.size(); ++i) NodeCheck(*this, i).run();
  check_transform(transform);
  if (!std::isfinite(input_scale) || input_scale <= 0) {
    throw UserError({"", 0, "input_scale"}, "expected a number above 0");
  }
}

}  // namespace escalate
