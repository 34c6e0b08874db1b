#include "workloads/shuffle.h"

#include <utility>

#include "common/error.h"
#include "common/random.h"

namespace escalate {
namespace {

// Fisher-Yates with our own numbers: std::shuffle differs between standard libraries.
void shuffle(std::vector<std::int8_t>& values, Random random) {
  for (std::size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[std::size_t(random.below(left))]);
  }
}

}  // namespace

IntegerNetwork shuffled_network(const IntegerNetwork& network,
                                const std::vector<Activations>& tensors, std::uint64_t seed) {
  ensure(tensors.size() == network.nodes.size(), "every node has a tensor");
  IntegerNetwork result = network;
  std::vector<bool> is_shuffled(network.nodes.size(), false);
  for (IntegerNode& node : result.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    shuffle(node.coefficients, Random(seed_for(seed, node.name + "/coefficients")));
    shuffle(node.weights, Random(seed_for(seed, node.name + "/weights")));
    int input = node.inputs.at(0);
    while (result.nodes[std::size_t(input)].op == IntegerOp::kFlatten) {
      input = result.nodes[std::size_t(input)].inputs[0];
    }
    IntegerNode& maker = result.nodes[std::size_t(input)];
    if (is_shuffled[std::size_t(input)]) continue;
    is_shuffled[std::size_t(input)] = true;
    maker.substitute = tensors[std::size_t(input)];
    shuffle(maker.substitute->values, Random(seed_for(seed, maker.name + "/output")));
  }
  return result;
}

}  // namespace escalate
