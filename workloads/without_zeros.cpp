#include "workloads/without_zeros.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

void fill(std::vector<std::int8_t>& values, std::size_t first, std::size_t last) {
  std::replace(values.begin() + std::ptrdiff_t(first), values.begin() + std::ptrdiff_t(last),
               std::int8_t{0}, std::int8_t{1});
}

void fill_made(const IntegerNode& maker, Activations& made) {
  const std::size_t plane = std::size_t(made.shape.h) * std::size_t(made.shape.w);
  const bool pads = maker.op == IntegerOp::kChannelPad;
  const std::size_t before = pads ? std::size_t(maker.pad_before) * plane : 0;
  const std::size_t after = pads ? std::size_t(maker.pad_after) * plane : 0;
  fill(made.values, before, made.values.size() - after);
}

}  // namespace

IntegerNetwork without_zeros(const IntegerNetwork& network, const std::vector<Activations>& tensors,
                             bool activations) {
  ensure(tensors.size() == network.nodes.size(), "every node has a tensor");
  IntegerNetwork result = network;
  for (IntegerNode& node : result.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    fill(node.coefficients, 0, node.coefficients.size());
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
