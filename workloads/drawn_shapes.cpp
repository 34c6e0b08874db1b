#include "workloads/drawn_shapes.h"

#include <algorithm>

#include "workloads/layer_rules.h"

namespace escalate {

Graph drawn_shapes(Graph graph, const DrawnDensities& densities) {
  graph.quantization = {};
  const std::vector<bool> is_signed = signed_outputs(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (!node.is_weighted()) continue;
    if (node.decomposition) {
      node.form = LayerForm::kDecomposed;
      node.terms = node.decomposition->terms;
    }
    if (node.form == LayerForm::kUnset) node.form = default_form(graph, static_cast<int>(i));
    const int input = node.inputs.at(0);
    node.drawn = densities;
    node.drawn->signed_input = is_signed[std::size_t(input)];
    if (graph.nodes[std::size_t(input)].op == OpKind::kInput) node.drawn->activation = 1;
    node.decomposition.reset();
    node.weights.clear();
    node.weight_scale.clear();
    node.bias.clear();
  }
  return graph;
}

}  // namespace escalate
