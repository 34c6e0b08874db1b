#include "workloads/layer_rules.h"

#include <algorithm>

namespace escalate {

LayerForm default_form(const Graph& graph, int node) {
  const Node& layer = graph.nodes[node];
  if (layer.op != OpKind::kConv) return LayerForm::kDecomposed;
  const auto first = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [](const Node& n) { return n.op == OpKind::kConv; });
  if (&*first == &layer) return LayerForm::kDirect;
  const bool depthwise = layer.groups > 1 && layer.groups == graph.input_shape_of(node).c;
  return depthwise ? LayerForm::kDirect : LayerForm::kDecomposed;
}

std::vector<bool> signed_outputs(const Graph& graph) {
  std::vector<bool> is_signed(graph.nodes.size(), true);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    switch (node.op) {
      case OpKind::kInput:
      case OpKind::kConv:
      case OpKind::kFullyConnected:
      case OpKind::kBatchNorm:
        break;
      case OpKind::kRelu:
      case OpKind::kSoftmax:
        is_signed[i] = false;
        break;
      case OpKind::kClip:
        is_signed[i] = node.clip_min < 0 && is_signed[node.inputs.at(0)];
        break;
      case OpKind::kMaxPool:
      case OpKind::kAvgPool:
      case OpKind::kGlobalAvgPool:
      case OpKind::kAdd:
      case OpKind::kConcat:
      case OpKind::kChannelPad:
      case OpKind::kFlatten:
        is_signed[i] = std::any_of(node.inputs.begin(), node.inputs.end(),
                                   [&](int input) { return is_signed[input]; });
        break;
    }
  }
  return is_signed;
}

}  // namespace escalate
