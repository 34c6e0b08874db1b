// A map as a vector, in the order of its channels, rows and columns.
#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"

namespace escalate {
namespace {

class Flatten : public LayerKind {
 public:
  const char* name(const Node&) const override { return "flatten"; }
  Shape shape(const Node&, const std::vector<Shape>& inputs) const override {
    return {int(inputs[0].size()), 1, 1};
  }
  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    return {node.out, inputs[0]->values};
  }
  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  bool passes_values_on(const Node&) const override { return true; }
  bool is_identity(const Node&, const Node& source, bool) const override {
    return source.op == OpKind::kFlatten;
  }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kFlat;
  }

  std::vector<std::string> yaml_words() const override { return {"flatten"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {});
    node.op = OpKind::kFlatten;
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    writer.set_rank(index, 2);
    writer.add("Flatten", node, {writer.node(node.inputs[0]).name}).set("axis", std::int64_t{1});
  }

  void set_integers(const Node&, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kFlatten;
  }
};

class IntegerFlatten : public IntegerKind {
 public:
  void check(const IntegerCheck& check) const override {
    check.require(check.in().size() <= kMostElements, "flattens too much");
    check.expect_shape({int(check.in().size()), 1, 1});
  }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return {node.out, inputs[0]->values};
  }
};

}  // namespace

const LayerKind& flatten_layer() {
  static constexpr Flatten kKind;
  return kKind;
}

const IntegerKind& integer_flatten() {
  static constexpr IntegerFlatten kKind;
  return kKind;
}

}  // namespace escalate
