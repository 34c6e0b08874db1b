#include "workloads/layer_rules.h"

#include <algorithm>

#include "workloads/layers/kinds.h"

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
  const auto reads_signed = [&](const Node& node) {
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [&](int input) { return is_signed[std::size_t(input)]; });
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    is_signed[i] = kind_of(node).can_be_negative(node, reads_signed(node));
  }
  return is_signed;
}

}  // namespace escalate
