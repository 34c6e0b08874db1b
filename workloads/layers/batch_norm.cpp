// Batch norms, which compression folds into layers with weights.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "workloads/layers/by_channel.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"

namespace escalate {
namespace {

class BatchNorm : public LayerKind {
 public:
  const char* name(const Node&) const override { return "batch_norm"; }

  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs[0];
    for (const auto* values : {&node.bn_scale, &node.bn_bias, &node.bn_mean, &node.bn_variance}) {
      if (values->size() != std::size_t(in.c)) {
        fail_layer(node, fmt::format("has {} values, expected one for each of {} channels",
                                     values->size(), in.c));
      }
    }
    return in;
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    Tensor out = *inputs[0];
    by_channel(out, [&](float value, int c) {
      const auto i = std::size_t(c);
      return (value - node.bn_mean[i]) / std::sqrt(node.bn_variance[i] + node.bn_epsilon) *
                 node.bn_scale[i] +
             node.bn_bias[i];
    });
    return out;
  }

  bool can_be_negative(const Node&, bool) const override { return true; }
  bool maps_zero_to_zero(const Node& node, int channel) const override {
    const auto i = std::size_t(channel);
    return double(node.bn_bias[i]) -
               double(node.bn_mean[i]) * double(node.bn_scale[i]) /
                   std::sqrt(double(node.bn_variance[i]) + double(node.bn_epsilon)) ==
           0;
  }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return same_channels(node, inputs);
  }
  void keep_channels(Node& node, const std::vector<int>& kept) const override {
    for (auto* values : {&node.bn_scale, &node.bn_bias, &node.bn_mean, &node.bn_variance}) {
      std::vector<float> left;
      for (const int c : kept) left.push_back((*values)[std::size_t(c)]);
      *values = std::move(left);
    }
  }

  void write_yaml(YamlLine&, const Node& node) const override {
    fail_layer(node, "a workload has no batch norms");
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    OnnxModelBuilder::Strings inputs = writer.equal_inputs(index);
    const auto add = [&](const char* what, const std::vector<float>& values) {
      inputs.push_back(writer.builder().constant(node, what, {node.out.c}, values));
    };
    add("scale", node.bn_scale);
    add("bias", node.bn_bias);
    add("mean", node.bn_mean);
    add("variance", node.bn_variance);
    writer.add("BatchNormalization", node, inputs).set("epsilon", node.bn_epsilon);
  }

  IntegerRole role() const override { return IntegerRole::kNone; }
  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode&) const override {
    fail_without_integers(node);
  }
};

}  // namespace

const LayerKind& batch_norm_layer() {
  static constexpr BatchNorm kKind;
  return kKind;
}

}  // namespace escalate
