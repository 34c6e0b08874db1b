// A function of each value by itself: a table of 256 entries in integers.
#include <fmt/format.h>

#include "workloads/function_table.h"
#include "workloads/layers/by_channel.h"
#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

class Function : public LayerKind {
 public:
  const char* name(const Node&) const override { return "function"; }
  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    if (!node.function.is_uniform() && node.function.channels() != inputs[0].c) {
      fail_layer(node, fmt::format("has a function of {} channels, expected one for each of {}",
                                   node.function.channels(), inputs[0].c));
    }
    return inputs[0];
  }
  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    Tensor out = *inputs[0];
    by_channel(out, [&](float value, int c) { return node.function(value, c); });
    return out;
  }

  /// Known only of functions that end in a step whose result is never below 0.
  bool can_be_negative(const Node& node, bool) const override {
    using Op = PointwiseFunction::Op;
    const Op last = node.function.steps().back().op;
    return last != Op::kAbs && last != Op::kExp && last != Op::kSqrt && last != Op::kSigmoid &&
           last != Op::kSoftplus;
  }
  bool is_identity(const Node& node, const Node&, bool) const override {
    return node.function.is_identity();
  }
  bool maps_zero_to_zero(const Node& node, int channel) const override {
    return node.function(0, channel) == 0;
  }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return node.function.is_uniform() ? same_channels(node, inputs) : ChannelFlow::kFixed;
  }

  std::vector<std::string> yaml_words() const override { return {"function"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {"is"});
    set_activation(map, "is", node);
  }
  void write_yaml(YamlLine& line, const Node& node) const override {
    line.add("is", yaml_quoted(node.function.text()));
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    const std::string input = writer.equal_inputs(node)[0];
    write_function(writer.builder(), writer.own(), writer.node(node), input, writer.rank(node));
  }

  IntegerRole role() const override { return IntegerRole::kFunction; }
  bool takes_any_scale() const override { return true; }
  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kTable;
    made.table = function_table(node.function, scales.inputs.at(0), scales.output);
  }
  Moments draw(const Node& node, const std::vector<Shape>& inputs,
               const std::vector<Moments>& moments, IntegerNode& made) const override {
    set_integers(node, inputs, {{1 / kDrawnDeviation}, 1 / kDrawnDeviation}, made);
    return moments[0];
  }
};

class IntegerTable : public IntegerKind {
 public:
  void check(const IntegerCheck& check) const override {
    check.expect_shape(check.in());
    if (check.node().table.size() == kTableEntries) return;
    check.expect_size("entries of tables", check.node().table.size(),
                      std::int64_t{check.in().c} * std::int64_t(kTableEntries));
  }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    const Activations& in = *inputs[0];
    Activations out = in;
    const std::size_t positions = std::size_t(in.shape.h) * in.shape.w;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const std::size_t first =
          node.table.size() == kTableEntries ? 0 : i / positions * kTableEntries;
      out.values[i] = node.table[first + std::size_t(int{in.values[i]} + 128)];
    }
    return out;
  }
};

}  // namespace

const LayerKind& function_layer() {
  static constexpr Function kKind;
  return kKind;
}

const IntegerKind& integer_table() {
  static constexpr IntegerTable kKind;
  return kKind;
}

}  // namespace escalate
