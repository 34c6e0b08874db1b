#include "compiler/memory_plan.h"

#include <algorithm>

namespace escalate {

std::optional<std::int64_t> SpanAllocator::allocate(std::int64_t size, int first, int last) {
  std::int64_t at = 0;
  for (const Piece& piece : pieces_) {
    if (piece.last < first || piece.first > last) continue;
    if (piece.begin >= at + size) break;
    at = std::max(at, piece.end);
  }
  if (at + size > capacity_) return std::nullopt;
  const Piece piece{at, at + size, first, last};
  pieces_.insert(std::upper_bound(pieces_.begin(), pieces_.end(), piece,
                                  [](const Piece& a, const Piece& b) { return a.begin < b.begin; }),
                 piece);
  high_water_ = std::max(high_water_, piece.end);
  return at;
}

SpanAllocator::Gap SpanAllocator::largest_gap(int layer) const {
  Gap best;
  std::int64_t at = 0;
  const auto consider = [&](std::int64_t end) {
    if (end - at > best.size()) best = {at, end};
  };
  for (const Piece& piece : pieces_) {
    if (piece.last < layer || piece.first > layer) continue;
    consider(piece.begin);
    at = std::max(at, piece.end);
  }
  consider(capacity_);
  return best;
}

int tensor_node(const IntegerNetwork& network, int node) {
  while (network.nodes[node].op == IntegerOp::kFlatten) node = network.nodes[node].inputs.at(0);
  return node;
}

std::vector<LayerStep> layer_steps(const IntegerNetwork& network) {
  const auto consumers = network.consumers();
  const int num_nodes = int(network.nodes.size());
  std::vector<bool> fused(num_nodes, false);
  std::vector<LayerStep> steps;
  for (int i = 0; i < num_nodes; ++i) {
    const IntegerNode& node = network.nodes[i];
    if (node.op == IntegerOp::kInput || node.op == IntegerOp::kFlatten || fused[i]) continue;
    LayerStep step;
    step.node = i;
    for (const int input : node.inputs) step.inputs.push_back(tensor_node(network, input));
    if (node.op == IntegerOp::kConv && consumers[i].size() == 1 && !node.substitute) {
      const int reader = consumers[i][0];
      const IntegerNode& add = network.nodes[reader];
      if (add.op == IntegerOp::kAdd && add.inputs[0] != add.inputs[1]) {
        const int other = tensor_node(network, add.inputs[0] == i ? add.inputs[1] : add.inputs[0]);
        if (other < i) {
          step.fused_add = reader;
          step.residual = other;
          step.inputs.push_back(other);
          fused[reader] = true;
        }
      }
    }
    steps.push_back(step);
  }
  return steps;
}

std::vector<int> last_readers(const IntegerNetwork& network, const std::vector<LayerStep>& steps) {
  std::vector<int> last(network.nodes.size(), -1);
  for (int i = 0; i < int(steps.size()); ++i) {
    last[steps[i].output()] = std::max(last[steps[i].output()], i);
    for (const int input : steps[i].inputs) last[input] = std::max(last[input], i);
  }
  last[tensor_node(network, int(network.nodes.size()) - 1)] = int(steps.size());
  return last;
}

}  // namespace escalate
