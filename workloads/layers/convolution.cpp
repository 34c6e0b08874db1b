// Convolutions: also grouped, depthwise, dilated and transposed ones, in floats and in integers.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/layers/weights.h"
#include "workloads/layers/window.h"
#include "workloads/onnx/weighted_writer.h"
#include "workloads/yaml_densities.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

/// Half a kernel on all sides, so that a stride of 1 keeps the map's size.
void set_same_padding(const YamlMap& map, Window& window) {
  if (window.r % 2 == 0 || window.s % 2 == 0) {
    map.fail("pad", "is required with an even kernel");
  }
  window.pad_top = window.pad_bottom = window.r / 2 * window.dilation_h;
  window.pad_left = window.pad_right = window.s / 2 * window.dilation_w;
}

class Convolution : public LayerKind {
 public:
  const char* name(const Node&) const override { return "conv"; }
  bool has_window() const override { return true; }

  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs[0];
    check_per_channel(node);
    if (node.groups <= 0 || in.c % node.groups != 0 || node.out_channels % node.groups != 0) {
      fail_layer(node, fmt::format("{} groups do not divide {} input and {} output channels",
                                   node.groups, in.c, node.out_channels));
    }
    check_window(node);
    const std::int64_t channels = in.c / node.groups;
    check_weights(node, in,
                  num_elements({node.out_channels, channels, node.window.r, node.window.s}));
    check_decomposition(node, channels, std::int64_t{node.window.r} * node.window.s);
    return windowed(node, in, node.out_channels);
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>&) const override {
    run_without_weights(node);
  }
  bool can_be_negative(const Node&, bool) const override { return true; }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kWeighted;
  }

  std::vector<std::string> yaml_words() const override { return {"conv"}; }

  void read_yaml(const YamlMap& map, const std::string&, Node& node) const override {
    check_weighted_keys(map, {"conv", "from", "then", "output", "K", "kernel", "stride", "pad",
                              "dilation", "groups", "transposed_positions"});
    node.op = OpKind::kConv;
    node.out_channels = static_cast<int>(map.integer("K", 1, kMostExtent));
    if (map.has("groups")) node.groups = static_cast<int>(map.integer("groups", 1, kMostExtent));
    read_window(map, node.window);
    if (map.has("dilation")) {
      const std::vector<int> steps = map.integers("dilation", 1, kMostExtent, 2);
      node.window.dilation_h = steps.front();
      node.window.dilation_w = steps.back();
    }
    if (map.has("transposed_positions")) {
      node.transposed_positions = map.integer("transposed_positions", 1, kMostElements);
    }
    if (!map.has("pad")) set_same_padding(map, node.window);
  }

  void write_yaml(YamlLine& line, const Node& node) const override {
    line.add("K", node.out_channels).add(node.window);
    if (node.window.is_dilated()) {
      line.add_pair("dilation", node.window.dilation_h, node.window.dilation_w);
    }
    if (node.groups != 1) line.add("groups", node.groups);
    if (node.transposed_positions > 0) {
      line.add("transposed_positions", fmt::format("{}", node.transposed_positions));
    }
    write_yaml_values(line, node);
  }

  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    write_weighted_onnx(writer, node);
  }

  IntegerRole role() const override { return IntegerRole::kWeighted; }
  bool clamps() const override { return true; }
  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode&) const override {
    fail_without_integers(node);
  }
};

void check_values(const IntegerCheck& check, std::int64_t channels, std::int64_t taps) {
  const IntegerNode& node = check.node();
  if (node.form == WeightForm::kDirect) {
    check.expect_size("weights", node.weights.size(), num_elements({node.out.c, channels, taps}));
    check.expect_size("coefficients", node.coefficients.size() + node.basis.size(), 0);
    return;
  }
  check.require(node.form == WeightForm::kDecomposed,
                fmt::format("form {} does not exist", int(node.form)));
  check.require_in("terms", node.terms, 1, kMostExtent);
  check.expect_size("coefficients", node.coefficients.size(),
                    num_elements({node.out.c, node.terms, channels}));
  check.expect_size("basis values", node.basis.size(), num_elements({node.terms, taps}));
  check.expect_size("weights", node.weights.size(), 0);
  check.require(std::all_of(node.coefficients.begin(), node.coefficients.end(),
                            [](std::int8_t value) { return value >= -1 && value <= 1; }),
                "has a coefficient that is not -1, 0 or 1");
}

class IntegerConvolution : public IntegerKind {
 public:
  bool has_window() const override { return true; }

  void check(const IntegerCheck& check) const override {
    const IntegerNode& node = check.node();
    const Shape& in = check.in();
    check.require_in("transposed_positions", node.transposed_positions, 0, kMostElements);
    check.require_in("groups", node.groups, 1, std::min(in.c, node.out.c));
    check.require(in.c % node.groups == 0 && node.out.c % node.groups == 0,
                  fmt::format("{} groups do not divide {} input and {} output channels",
                              node.groups, in.c, node.out.c));
    check.check_window(false);
    check_values(check, in.c / node.groups, num_elements({node.window.r, node.window.s}));
    check.expect_size("biases", node.bias.size(), node.out.c);
    check.check_factors(node.out.c);
    check.check_negative_factors();
    const std::int64_t worst = worst_case_accumulator(node, in.c);
    check.require(worst <= kMostAccumulator,
                  fmt::format("its accumulators could reach {}: more than 32 bits hold", worst));
  }

  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    const std::vector<std::int32_t> sums = reference_accumulators(node, *inputs[0]);
    Activations out{node.out, std::vector<std::int8_t>(sums.size())};
    const std::size_t positions = std::size_t(node.out.h) * node.out.w;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      out.values[i] = requantized(node, int(i / positions), sums[i]);
    }
    return out;
  }
};

}  // namespace

const LayerKind& convolution_layer() {
  static constexpr Convolution kKind;
  return kKind;
}

const IntegerKind& integer_convolution() {
  static constexpr IntegerConvolution kKind;
  return kKind;
}

}  // namespace escalate
