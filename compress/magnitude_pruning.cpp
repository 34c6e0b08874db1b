#include "compress/magnitude_pruning.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "common/error.h"

namespace escalate {
namespace {

/// A step of channel k's weights, in those of all channels: its requantisation multiplier.
double step_of(const IntegerNode& layer, std::size_t k) {
  const FixedPoint& factor = layer.requant.at(k);
  return std::ldexp(static_cast<double>(factor.multiplier), -factor.shift);
}

void prune(IntegerNode& layer, double kept) {
  const std::size_t per_channel = layer.weights.size() / static_cast<std::size_t>(layer.out.c);
  std::vector<double> magnitudes(layer.weights.size());
  for (std::size_t i = 0; i < magnitudes.size(); ++i) {
    magnitudes[i] = std::abs(int{layer.weights[i]}) * step_of(layer, i / per_channel);
  }
  std::vector<std::size_t> order(magnitudes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return magnitudes[a] > magnitudes[b]; });
  const auto first_pruned =
      static_cast<std::size_t>(std::ceil(kept * static_cast<double>(order.size())));
  for (std::size_t i = first_pruned; i < order.size(); ++i) layer.weights[order[i]] = 0;
}

}  // namespace

IntegerNetwork pruned_by_magnitude(IntegerNetwork network, double kept) {
  ensure(kept > 0 && kept <= 1, "a share of weights to keep");
  for (IntegerNode& node : network.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    const IntegerNode& source = network.nodes[static_cast<std::size_t>(node.inputs.at(0))];
    const bool is_depthwise = node.groups > 1 && node.groups == source.out.c;
    if (source.op == IntegerOp::kInput || is_depthwise) continue;
    if (node.form != WeightForm::kDirect) {
      throw UserError("layer '" + node.name +
                      "' is decomposed: expected a network to prune whose "
                      "layers are all direct");
    }
    prune(node, kept);
  }
  return network;
}

}  // namespace escalate
