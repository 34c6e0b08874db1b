// Zeros before and after the channels.
#include <fmt/format.h>

#include <algorithm>

#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

class ChannelPad : public LayerKind {
 public:
  const char* name(const Node&) const override { return "channel_pad"; }

  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs[0];
    for (const int pad : {node.pad_before, node.pad_after}) {
      if (pad < 0 || pad > kMostExtent) {
        fail_layer(node, fmt::format("pads by {} channels; expected 0 to {}", pad, kMostExtent));
      }
    }
    const std::int64_t channels = std::int64_t{in.c} + node.pad_before + node.pad_after;
    if (channels > kMostElements) fail_layer(node, "has too many channels");
    return {int(channels), in.h, in.w};
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    const Tensor& in = *inputs[0];
    Tensor out{node.out, std::vector<float>(std::size_t(node.out.size()), 0.0f)};
    const std::ptrdiff_t before = std::ptrdiff_t(node.pad_before) * in.shape.h * in.shape.w;
    std::copy(in.values.begin(), in.values.end(), out.values.begin() + before);
    return out;
  }

  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  bool passes_values_on(const Node&) const override { return true; }
  bool is_identity(const Node& node, const Node&, bool) const override {
    return node.pad_before == 0 && node.pad_after == 0;
  }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kInOrder;
  }
  void keep_channels(Node& node, const std::vector<int>& kept) const override {
    const int before = node.pad_before, first_after = node.out.c - node.pad_after;
    node.pad_before =
        int(std::count_if(kept.begin(), kept.end(), [&](int c) { return c < before; }));
    node.pad_after =
        int(std::count_if(kept.begin(), kept.end(), [&](int c) { return c >= first_after; }));
  }

  std::vector<std::string> yaml_words() const override { return {"channel_pad"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {"before", "after"});
    node.op = OpKind::kChannelPad;
    const auto channels = [&](const char* key) {
      return map.has(key) ? static_cast<int>(map.integer(key, 0, kMostExtent)) : 0;
    };
    node.pad_before = channels("before");
    node.pad_after = channels("after");
  }
  void write_yaml(YamlLine& line, const Node& node) const override {
    line.add("before", node.pad_before).add("after", node.pad_after);
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    writer.own().pads.insert(node.name);
    write_pad(writer.builder(), node, node.name, writer.map_input(node),
              {0, node.pad_before, 0, 0, 0, node.pad_after, 0, 0}, node.name);
  }

  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kChannelPad;
    made.pad_before = node.pad_before;
    made.pad_after = node.pad_after;
  }
};

class IntegerChannelPad : public IntegerKind {
 public:
  void check(const IntegerCheck& check) const override {
    const IntegerNode& node = check.node();
    check.require_in("padding", node.pad_before, 0, kMostExtent);
    check.require_in("padding", node.pad_after, 0, kMostExtent);
    const std::int64_t channels = std::int64_t{check.in().c} + node.pad_before + node.pad_after;
    check.require(channels == node.out.c,
                  fmt::format("pads {} channels to {}", channels, node.out.c));
    check.expect_shape({node.out.c, check.in().h, check.in().w});
  }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    const Activations& in = *inputs[0];
    Activations out{node.out, std::vector<std::int8_t>(std::size_t(node.out.size()), 0)};
    const std::size_t before = std::size_t(node.pad_before) * in.shape.h * in.shape.w;
    std::copy(in.values.begin(), in.values.end(), out.values.begin() + std::ptrdiff_t(before));
    return out;
  }
  bool is_filled(const IntegerNode& node, int c, int, int) const override {
    return c < node.pad_before || c >= node.out.c - node.pad_after;
  }
  std::int64_t num_filled(const IntegerNode& node) const override {
    return (std::int64_t{node.pad_before} + node.pad_after) * node.out.h * node.out.w;
  }
};

}  // namespace

const LayerKind& channel_pad_layer() {
  static constexpr ChannelPad kKind;
  return kKind;
}

const IntegerKind& integer_channel_pad() {
  static constexpr IntegerChannelPad kKind;
  return kKind;
}

}  // namespace escalate
