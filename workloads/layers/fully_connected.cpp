// Fully connected layers, which are 1x1 convolutions of a vector in integers.
#include "workloads/layers/kinds.h"
#include "workloads/layers/weights.h"
#include "workloads/onnx/weighted_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

class FullyConnected : public LayerKind {
 public:
  const char* name(const Node&) const override { return "fc"; }

  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs[0];
    check_per_channel(node);
    if (node.window != Window{} || node.groups != 1) {
      fail_layer(node, "is fully connected and has a window or groups");
    }
    check_weights(node, in, num_elements({node.out_channels, in.size()}));
    check_decomposition(node, in.size(), 1);
    return {node.out_channels, 1, 1};
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>&) const override {
    run_without_weights(node);
  }
  bool can_be_negative(const Node&, bool) const override { return true; }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kWeighted;
  }

  std::vector<std::string> yaml_words() const override { return {"fc"}; }
  void read_yaml(const YamlMap& map, const std::string&, Node& node) const override {
    check_weighted_keys(map, {"fc", "from", "then", "output", "K"});
    node.op = OpKind::kFullyConnected;
    node.out_channels = static_cast<int>(map.integer("K", 1, kMostExtent));
  }
  void write_yaml(YamlLine& line, const Node& node) const override {
    line.add("K", node.out_channels);
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

}  // namespace

const LayerKind& fully_connected_layer() {
  static constexpr FullyConnected kKind;
  return kKind;
}

}  // namespace escalate
