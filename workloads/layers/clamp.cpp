// ReLU and clips, which layers before them do where they can.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/layers/rescaled.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class Clamp : public LayerKind {
 public:
  Shape shape(const Node&, const std::vector<Shape>& inputs) const override { return inputs[0]; }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return same_channels(node, inputs);
  }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {});
    set_clamp(word, node);
  }

  IntegerRole role() const override { return IntegerRole::kClamp; }
  void set_integers(const Node&, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kRescale;
    made.requant = rescaling_factors(scales);
  }
};

void clamp_all(Tensor& tensor, float low, float high) {
  for (float& value : tensor.values) value = std::clamp(value, low, high);
}

class Relu : public Clamp {
 public:
  const char* name(const Node&) const override { return "relu"; }
  Tensor run(const Node&, const std::vector<const Tensor*>& inputs) const override {
    Tensor out = *inputs[0];
    clamp_all(out, 0, kInfinity);
    return out;
  }
  bool can_be_negative(const Node&, bool) const override { return false; }
  bool is_identity(const Node&, const Node&, bool reads_negative) const override {
    return !reads_negative;
  }
  std::vector<std::string> yaml_words() const override { return {"relu"}; }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    writer.add("Relu", writer.node(node), writer.equal_inputs(node));
  }
  std::pair<float, float> bounds(const Node&) const override { return {0.0f, kInfinity}; }
};

bool is_relu6(const Node& node) {
  return node.clip_min == 0 && node.clip_max == 6 && !node.is_quantizer();
}

/// A clip as a function.
std::string function_text(const Node& node) {
  std::string steps = "x";
  if (node.is_quantizer()) steps += fmt::format(" {0} div round {0} mul", node.clip_step);
  if (std::isfinite(node.clip_min)) steps += fmt::format(" {} max", node.clip_min);
  if (std::isfinite(node.clip_max)) steps += fmt::format(" {} min", node.clip_max);
  return steps;
}

class Clip : public Clamp {
 public:
  const char* name(const Node& node) const override {
    return is_relu6(node) ? "relu6" : "function";
  }
  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    Tensor out = *inputs[0];
    const float step = node.clip_step;
    if (step > 0) {
      for (float& value : out.values) value = std::nearbyint(value / step) * step;
    }
    clamp_all(out, node.clip_min, node.clip_max);
    return out;
  }
  bool can_be_negative(const Node& node, bool reads_negative) const override {
    return node.clip_min < 0 && reads_negative;
  }
  bool is_identity(const Node& node, const Node&, bool reads_negative) const override {
    return !node.is_quantizer() && node.clip_max == kInfinity &&
           (node.clip_min == -kInfinity || (node.clip_min <= 0 && !reads_negative));
  }
  bool maps_zero_to_zero(const Node& node, int) const override {
    return node.clip_min <= 0 && node.clip_max >= 0;
  }

  std::vector<std::string> yaml_words() const override { return {"relu6"}; }
  void write_yaml(YamlLine& line, const Node& node) const override {
    if (!is_relu6(node)) line.add("is", yaml_quoted(function_text(node)));
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    OnnxModelBuilder::Strings inputs = writer.equal_inputs(index);
    if (node.is_quantizer()) {
      return write_quantizer(writer.builder(), writer.own(), node, inputs[0]);
    }
    if (writer.opset() < 11) {
      MadeNode made = writer.add("Clip", node, inputs);
      if (!std::isinf(node.clip_min)) made.set("min", node.clip_min);
      if (!std::isinf(node.clip_max)) made.set("max", node.clip_max);
      return;
    }
    const auto constant = [&](const char* what, float value) {
      return writer.builder().constant(node, what, {}, std::vector<float>{value});
    };
    inputs.push_back(std::isinf(node.clip_min) ? "" : constant("minimum", node.clip_min));
    if (!std::isinf(node.clip_max)) inputs.push_back(constant("maximum", node.clip_max));
    writer.add("Clip", node, inputs);
  }
  std::pair<float, float> bounds(const Node& node) const override {
    return {node.clip_min, node.clip_max};
  }
};

class IntegerRescaling : public IntegerKind {
 public:
  void check(const IntegerCheck& check) const override {
    check.expect_shape(check.in());
    check.check_factors(1);
  }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    Activations out{node.out, {}};
    append_rescaled(node, node.requant.at(0), *inputs[0], out.values);
    return out;
  }
};

}  // namespace

bool set_clamp(const std::string& word, Node& node) {
  if (word != "relu" && word != "relu6") return false;
  node.op = word == "relu" ? OpKind::kRelu : OpKind::kClip;
  if (word == "relu6") {
    node.clip_min = 0;
    node.clip_max = 6;
  }
  return true;
}

const LayerKind& relu_layer() {
  static constexpr Relu kKind;
  return kKind;
}

const LayerKind& clip_layer() {
  static constexpr Clip kKind;
  return kKind;
}

const IntegerKind& integer_rescaling() {
  static constexpr IntegerRescaling kKind;
  return kKind;
}

}  // namespace escalate
