#include "workloads/layer_rules.h"

#include <algorithm>

namespace escalate {
namespace {

// Known only of functions that end in a step whose result is never below 0.
bool can_be_negative(const PointwiseFunction& function) {
  using Op = PointwiseFunction::Op;
  const Op last = function.steps().back().op;
  return last != Op::kAbs && last != Op::kExp && last != Op::kSqrt && last != Op::kSigmoid &&
         last != Op::kSoftplus;
}

}  // namespace

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
  const auto reads_signed = [&](const Node& node) {
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [&](int input) { return is_signed[std::size_t(input)]; });
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    switch (node.op) {
      case OpKind::kInput:
      case OpKind::kConv:
      case OpKind::kFullyConnected:
      case OpKind::kBatchNorm:
        break;
      case OpKind::kPointwise:
        is_signed[i] = can_be_negative(node.function);
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
      case OpKind::kMultiply:
      case OpKind::kMinimum:
      case OpKind::kMaximum:
      case OpKind::kSelect:
      case OpKind::kConcat:
      case OpKind::kChannelPad:
      case OpKind::kFlatten:
        is_signed[i] = reads_signed(node);
        break;
      case OpKind::kAdd:
        is_signed[i] = reads_signed(node) || node.add_factor[0] < 0 || node.add_factor[1] < 0;
        break;
    }
  }
  return is_signed;
}

}  // namespace escalate
