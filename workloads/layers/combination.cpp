// Two tensors made one, element by element and broadcast: sum, product, minimum and maximum.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

float at(const Tensor& tensor, int c, int h, int w) {
  return tensor.values[(std::size_t(c) * tensor.shape.h + h) * tensor.shape.w + w];
}

/// combine(a, b) of each pair of elements, with extents of 1 read again.
template <class Combine>
Tensor combined(const Tensor& a, const Tensor& b, const Shape& shape, Combine&& combine) {
  if (a.shape == shape && b.shape == shape) {
    Tensor out = a;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      out.values[i] = combine(out.values[i], b.values[i]);
    }
    return out;
  }
  Tensor out{shape, {}};
  out.values.reserve(std::size_t(shape.size()));
  const auto element = [](const Tensor& of, int c, int h, int w) {
    return at(of, of.shape.c == 1 ? 0 : c, of.shape.h == 1 ? 0 : h, of.shape.w == 1 ? 0 : w);
  };
  for (int c = 0; c < shape.c; ++c) {
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        out.values.push_back(combine(element(a, c, h, w), element(b, c, h, w)));
      }
    }
  }
  return out;
}

/// Of two tensors of moments `a` and `b`, what brings their result to the deviation of drawn ones.
double drawn_factor(double square) {
  return std::min(1.0, kDrawnDeviation / std::sqrt(std::max(square, 1.0)));
}

/// a * factors[0] + b * factors[1], or the smaller or larger of both: one shift for two factors.
void set_pair_of_factors(const float (&factors)[2], const LayerScales& scales, IntegerNode& made) {
  const double real[2] = {factors[0] * scales.inputs.at(0) / scales.output,
                          factors[1] * scales.inputs.at(1) / scales.output};
  made.add_shift = to_fixed_point(std::max(std::abs(real[0]), std::abs(real[1]))).shift;
  for (int n = 0; n < 2; ++n) {
    constexpr double kMost = std::numeric_limits<std::int32_t>::max();
    const double multiplier = std::round(std::ldexp(real[n], made.add_shift));
    made.add_multiplier[n] = std::int32_t(std::clamp(multiplier, -kMost, kMost));
  }
}

class Combination : public LayerKind {
 public:
  constexpr Combination(const char* word, const char* onnx) : word_(word), onnx_(onnx) {}

  const char* name(const Node&) const override { return word_; }
  InputCount inputs() const override { return {2}; }
  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    const std::optional<Shape> shape = broadcast(inputs[0], inputs[1]);
    if (!shape) {
      fail_layer(node, fmt::format("combines maps of different shape: {} and {}",
                                   text_of(inputs[0]), text_of(inputs[1])));
    }
    return *shape;
  }
  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return same_channels(node, inputs);
  }

  std::vector<std::string> yaml_words() const override { return {word_}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {"then"});
    check_joined(map, node);
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    writer.add(onnx_, writer.node(node), writer.equal_inputs(node));
  }
  bool clamps() const override { return true; }

 private:
  const char* word_;
  const char* onnx_;
};

class Addition : public Combination {
 public:
  constexpr Addition() : Combination("add", "Add") {}

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    const float left = node.add_factor[0], right = node.add_factor[1];
    return combined(*inputs[0], *inputs[1], node.out,
                    [=](float x, float y) { return left * x + right * y; });
  }
  bool can_be_negative(const Node& node, bool reads_negative) const override {
    return reads_negative || node.add_factor[0] < 0 || node.add_factor[1] < 0;
  }

  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {"then", "factors"});
    node.op = OpKind::kAdd;
    check_joined(map, node);
    if (!map.has("factors")) return;
    const std::vector<float> factors = map.numbers("factors");
    if (factors.size() != 2) map.fail("factors", "expected two numbers, one for each layer");
    std::copy(factors.begin(), factors.end(), node.add_factor);
  }
  void write_yaml(YamlLine& line, const Node& node) const override {
    if (node.add_factor[0] == 1 && node.add_factor[1] == 1) return;
    line.add("factors", fmt::format("[{}, {}]", node.add_factor[0], node.add_factor[1]));
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    write_sum(writer.builder(), writer.own(), writer.node(node), writer.equal_inputs(node));
  }

  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kAdd;
    set_pair_of_factors(node.add_factor, scales, made);
  }
  /// Both inputs are scaled by the same factor, so that their sum has the target as root mean
  /// square.
  Moments draw(const Node& node, const std::vector<Shape>&, const std::vector<Moments>& moments,
               IntegerNode& made) const override {
    const Moments a = moments[0], b = moments[1];
    const double square = a.square + b.square + 2 * a.mean * b.mean;
    const double factor = drawn_factor(square);
    const float signs[2] = {node.add_factor[0] < 0 ? -1.0f : 1.0f,
                            node.add_factor[1] < 0 ? -1.0f : 1.0f};
    made.op = IntegerOp::kAdd;
    set_pair_of_factors(signs, {{factor, factor}, 1}, made);
    return {factor * (a.mean + b.mean), factor * factor * square};
  }
};

class Product : public Combination {
 public:
  constexpr Product() : Combination("multiply", "Mul") {}

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    return combined(*inputs[0], *inputs[1], node.out, [](float x, float y) { return x * y; });
  }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    Combination::read_yaml(map, word, node);
    node.op = OpKind::kMultiply;
  }

  void set_integers(const Node&, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kMultiply;
    made.requant = {to_fixed_point(scales.inputs.at(0) * scales.inputs.at(1) / scales.output)};
  }
  /// The product of two independent tensors gets the target as root mean square.
  Moments draw(const Node& node, const std::vector<Shape>& inputs,
               const std::vector<Moments>& moments, IntegerNode& made) const override {
    const Moments a = moments[0], b = moments[1];
    const double factor = drawn_factor(a.square * b.square);
    set_integers(node, inputs, {{factor, 1}, 1}, made);
    return {factor * a.mean * b.mean, factor * factor * a.square * b.square};
  }
};

/// The smaller or the larger of two values.
class Choice : public Combination {
 public:
  constexpr Choice(const char* word, const char* onnx, OpKind op, IntegerOp integer)
      : Combination(word, onnx), op_(op), integer_(integer) {}

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    if (op_ == OpKind::kMinimum) {
      return combined(*inputs[0], *inputs[1], node.out,
                      [](float x, float y) { return std::min(x, y); });
    }
    return combined(*inputs[0], *inputs[1], node.out,
                    [](float x, float y) { return std::max(x, y); });
  }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    Combination::read_yaml(map, word, node);
    node.op = op_;
  }

  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = integer_;
    set_pair_of_factors(node.add_factor, scales, made);
  }
  Moments draw(const Node& node, const std::vector<Shape>& inputs,
               const std::vector<Moments>& moments, IntegerNode& made) const override {
    const Moments a = moments[0], b = moments[1];
    set_integers(node, inputs, {{1, 1}, 1}, made);
    return {(a.mean + b.mean) / 2, (a.square + b.square) / 2};
  }

 private:
  OpKind op_;
  IntegerOp integer_;
};

/// combine(a, b) of each pair of integers, with extents of 1 read again.
template <class Combine>
Activations combined(const IntegerNode& node, const std::vector<const Activations*>& inputs,
                     Combine&& combine) {
  const Activations &a = *inputs[0], &b = *inputs.at(1);
  Activations out{node.out, {}};
  out.values.reserve(std::size_t(node.out.size()));
  const auto element = [](const Activations& of, int c, int h, int w) {
    return of.at(of.shape.c == 1 ? 0 : c, of.shape.h == 1 ? 0 : h, of.shape.w == 1 ? 0 : w);
  };
  for (int c = 0; c < node.out.c; ++c) {
    for (int h = 0; h < node.out.h; ++h) {
      for (int w = 0; w < node.out.w; ++w) {
        out.values.push_back(combine(element(a, c, h, w), element(b, c, h, w)));
      }
    }
  }
  return out;
}

/// Checks those whose two factors have one shift.
class IntegerCombination : public IntegerKind {
 public:
  InputCount inputs() const override { return {2}; }
  void check(const IntegerCheck& check) const override {
    check_shape(check);
    check.require_in("shift", check.node().add_shift, 0, kMostShift);
  }

 protected:
  static void check_shape(const IntegerCheck& check) {
    const std::optional<Shape> shape = broadcast(check.in(0), check.in(1));
    check.require(shape.has_value(), fmt::format("combines tensors of {} and {}",
                                                 text_of(check.in(0)), text_of(check.in(1))));
    check.expect_shape(*shape);
  }
};

class IntegerAddition : public IntegerCombination {
 public:
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return combined(node, inputs, [&](std::int8_t a, std::int8_t b) {
      return add_requantized(a, b, node.add_multiplier[0], node.add_multiplier[1], node.add_shift,
                             node.clamp_low, node.clamp_high);
    });
  }
};

class IntegerProduct : public IntegerCombination {
 public:
  void check(const IntegerCheck& check) const override {
    check_shape(check);
    check.check_factors(1);
  }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return combined(node, inputs, [&, factor = node.requant.at(0)](std::int8_t a, std::int8_t b) {
      return requantize(std::int32_t{a} * b, 0, factor, node.clamp_low, node.clamp_high);
    });
  }
};

/// choose(a, b) of both inputs brought to the output's scale.
template <class Choose>
Activations chosen(const IntegerNode& node, const std::vector<const Activations*>& inputs,
                   Choose&& choose) {
  return combined(node, inputs, [&](std::int8_t a, std::int8_t b) {
    const std::int64_t left = std::int64_t{a} * node.add_multiplier[0];
    const std::int64_t right = std::int64_t{b} * node.add_multiplier[1];
    return round_shifted(choose(left, right), node.add_shift, node.clamp_low, node.clamp_high);
  });
}

class IntegerMinimum : public IntegerCombination {
 public:
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return chosen(node, inputs, [](std::int64_t a, std::int64_t b) { return std::min(a, b); });
  }
};

class IntegerMaximum : public IntegerCombination {
 public:
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return chosen(node, inputs, [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
  }
};

}  // namespace

bool combines_two(OpKind op) {
  return op == OpKind::kAdd || op == OpKind::kMultiply || op == OpKind::kMinimum ||
         op == OpKind::kMaximum;
}

bool combines_two(IntegerOp op) {
  return op == IntegerOp::kAdd || op == IntegerOp::kMultiply || op == IntegerOp::kMinimum ||
         op == IntegerOp::kMaximum;
}

const LayerKind& addition_layer() {
  static constexpr Addition kKind;
  return kKind;
}

const LayerKind& product_layer() {
  static constexpr Product kKind;
  return kKind;
}

const LayerKind& minimum_layer() {
  static constexpr Choice kKind("minimum", "Min", OpKind::kMinimum, IntegerOp::kMinimum);
  return kKind;
}

const LayerKind& maximum_layer() {
  static constexpr Choice kKind("maximum", "Max", OpKind::kMaximum, IntegerOp::kMaximum);
  return kKind;
}

const IntegerKind& integer_addition() {
  static constexpr IntegerAddition kKind;
  return kKind;
}

const IntegerKind& integer_product() {
  static constexpr IntegerProduct kKind;
  return kKind;
}

const IntegerKind& integer_minimum() {
  static constexpr IntegerMinimum kKind;
  return kKind;
}

const IntegerKind& integer_maximum() {
  static constexpr IntegerMaximum kKind;
  return kKind;
}

}  // namespace escalate
