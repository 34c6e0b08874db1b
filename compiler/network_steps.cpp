#include "compiler/network_steps.h"

namespace escalate {

NetworkSteps::NetworkSteps(const IntegerNetwork& network)
    : network_(network),
      tensor_of_(tensor_nodes(network)),
      steps_(layer_steps(network)),
      last_reader_(last_readers(network, steps_)) {}

std::vector<int> NetworkSteps::outputs() const {
  std::vector<int> tensors;
  for (const int output : network_.output_nodes()) {
    tensors.push_back(tensor_of_[std::size_t(output)]);
  }
  return tensors;
}

bool NetworkSteps::is_flattened(int step) const {
  const int source = node_of(step).inputs.at(0);
  const int tensor = tensor_of_[std::size_t(source)];
  return node(source).op == IntegerOp::kFlatten && tensor != source &&
         node(tensor).op != IntegerOp::kFlatten;
}

bool NetworkSteps::padding_is_read(int tensor) const {
  const Shape& shape = node(tensor).out;
  if (shape.c % 8 == 0 || shape.h * shape.w == 1) return false;
  for (int i = 0; i < size(); ++i) {
    if (node_of(i).op == IntegerOp::kConv && is_flattened(i) && at(i).inputs[0] == tensor) {
      return true;
    }
  }
  return false;
}

}  // namespace escalate
