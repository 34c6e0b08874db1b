#include "workloads/without_zeros.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

void fill_made(const IntegerNode& maker, Activations& made) {
  std::size_t at = 0;
  for (int c = 0; c < made.shape.c; ++c) {
    for (int h = 0; h < made.shape.h; ++h) {
      for (int w = 0; w < made.shape.w; ++w, ++at) {
        if (made.values[at] == 0 && !is_filled(maker, c, h, w)) made.values[at] = 1;
      }
    }
  }
}

}  // namespace

IntegerNetwork without_zeros(const IntegerNetwork& network, const std::vector<Activations>& tensors,
                             bool activations) {
  ensure(tensors.size() == network.nodes.size(), "every node has a tensor");
  IntegerNetwork result = network;
  for (IntegerNode& node : result.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    std::replace(node.coefficients.begin(), node.coefficients.end(), std::int8_t{0},
                 std::int8_t{1});
    int input = node.inputs.at(0);
    while (result.nodes[std::size_t(input)].op == IntegerOp::kFlatten) {
      input = result.nodes[std::size_t(input)].inputs[0];
    }
    IntegerNode& maker = result.nodes[std::size_t(input)];
    maker.substitute = tensors[std::size_t(input)];
    if (activations) fill_made(maker, *maker.substitute);
  }
  return result;
}

}  // namespace escalate
