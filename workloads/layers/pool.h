// What the kinds of pools share.
#pragma once

#include <string>
#include <vector>

#include "workloads/layers/layer_kind.h"
#include "workloads/onnx/model_builder.h"

namespace escalate {

/// A window over each channel.
class Pooling : public LayerKind {
 public:
  bool has_window() const override { return true; }
  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override;
  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  bool is_identity(const Node& node, const Node&, bool) const override {
    return node.window == Window{};
  }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return same_channels(node, inputs);
  }
  void write_yaml(YamlLine& line, const Node& node) const override;

 protected:
  /// kernel, stride (the kernel's extents if it is not said), pad and ceil, and the keys `more`.
  static void read_pool(const YamlMap& map, const std::string& word,
                        const std::vector<std::string>& more, Node& node);
  /// A node of that operator with its window.
  static MadeNode write_pool(OnnxLayerWriter& writer, const char* op, int node);
};

}  // namespace escalate
