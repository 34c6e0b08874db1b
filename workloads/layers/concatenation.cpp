// Tensors joined along their channels.
#include <fmt/format.h>

#include "common/error.h"
#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/layers/rescaled.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"

namespace escalate {
namespace {

class Concatenation : public LayerKind {
 public:
  const char* name(const Node&) const override { return "concat"; }
  InputCount inputs() const override { return {2, true}; }

  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    Shape out = inputs[0];
    std::int64_t channels = 0;
    for (const Shape& in : inputs) {
      if (in.h != out.h || in.w != out.w) {
        fail_layer(node, fmt::format("joins maps of different size: {} and {}", text_of(in),
                                     text_of(inputs[0])));
      }
      channels += in.c;
    }
    if (channels > kMostElements) fail_layer(node, "joins too many channels");
    out.c = int(channels);
    return out;
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    Tensor out{node.out, {}};
    for (const Tensor* part : inputs) {
      out.values.insert(out.values.end(), part->values.begin(), part->values.end());
    }
    return out;
  }

  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kInOrder;
  }

  std::vector<std::string> yaml_words() const override { return {"concat"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {"then"});
    node.op = OpKind::kConcat;
    check_joined(map, node);
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    writer.add("Concat", writer.node(node), writer.equal_inputs(node)).set("axis", std::int64_t{1});
  }

  bool takes_any_scale() const override { return true; }
  void set_integers(const Node&, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kConcat;
    made.requant = rescaling_factors(scales);
  }
};

class IntegerConcatenation : public IntegerKind {
 public:
  InputCount inputs() const override { return {1, true}; }

  void check(const IntegerCheck& check) const override {
    const IntegerNode& node = check.node();
    std::int64_t channels = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Shape& in = check.in(i);
      check.require(in.h == check.in().h && in.w == check.in().w,
                    fmt::format("joins maps of {} and {}", text_of(check.in()), text_of(in)));
      channels += in.c;
    }
    check.require(channels == node.out.c,
                  fmt::format("joins {} channels to {}", channels, node.out.c));
    check.expect_shape({node.out.c, check.in().h, check.in().w});
    check.check_factors(std::int64_t(node.inputs.size()));
  }

  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    ensure(node.requant.size() == inputs.size(), "a concatenation has one factor an input");
    Activations out{node.out, {}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      append_rescaled(node, node.requant[i], *inputs[i], out.values);
    }
    return out;
  }
};

}  // namespace

const LayerKind& concatenation_layer() {
  static constexpr Concatenation kKind;
  return kKind;
}

const IntegerKind& integer_concatenation() {
  static constexpr IntegerConcatenation kKind;
  return kKind;
}

}  // namespace escalate
