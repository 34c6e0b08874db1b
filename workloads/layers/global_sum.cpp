// The sum of each channel's map.
#include <Eigen/Core>

#include "workloads/layers/kinds.h"
#include "workloads/layers/window.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"

namespace escalate {
namespace {

class GlobalSum : public LayerKind {
 public:
  const char* name(const Node&) const override { return "global_sum"; }
  Shape shape(const Node&, const std::vector<Shape>& inputs) const override {
    return {inputs[0].c, 1, 1};
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    const Tensor& in = *inputs[0];
    Tensor out{node.out, {}};
    const auto positions = std::ptrdiff_t(in.shape.h) * in.shape.w;
    for (int c = 0; c < in.shape.c; ++c) {
      const Eigen::Map<const Eigen::ArrayXf> map(&in.values[std::size_t(c * positions)], positions);
      out.values.push_back(map.sum());
    }
    return out;
  }

  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return same_channels(node, inputs);
  }

  std::vector<std::string> yaml_words() const override { return {"global_sum"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {});
    node.op = OpKind::kGlobalSum;
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    OnnxModelBuilder::Strings inputs = {writer.map_input(node)};
    if (writer.opset() < 13) {
      writer.add("ReduceSum", node, inputs).set("axes", MadeNode::Numbers{2, 3});
      return;
    }
    inputs.push_back(writer.builder().constant(node, "axes", {2, 3}));
    writer.add("ReduceSum", node, inputs);
  }

  bool takes_any_scale() const override { return true; }
  /// A mean of the whole map whose factor does not divide by its positions.
  void set_integers(const Node&, const std::vector<Shape>& inputs, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kAvgPool;
    made.window = whole_map(inputs[0]);
    made.requant = {to_fixed_point(scales.inputs.at(0) / scales.output)};
  }
  /// Brings the sum to the scale of a mean, whose moments follow those of the input as other
  /// pools' do.
  Moments draw(const Node& node, const std::vector<Shape>& inputs,
               const std::vector<Moments>& moments, IntegerNode& made) const override {
    const double positions = double(inputs[0].h) * inputs[0].w;
    set_integers(node, inputs, {{1}, positions}, made);
    return moments[0];
  }
};

}  // namespace

const LayerKind& global_sum_layer() {
  static constexpr GlobalSum kKind;
  return kKind;
}

}  // namespace escalate
