// A network as the machine runs it: its steps, and which of its tensors each of them reads.
#pragma once

#include <vector>

#include "compiler/memory_plan.h"

namespace escalate {

class NetworkSteps {
 public:
  /// Refers to the network.
  explicit NetworkSteps(const IntegerNetwork& network);

  const IntegerNetwork& network() const { return network_; }
  const IntegerNode& node(int i) const { return network_.nodes[std::size_t(i)]; }
  int size() const { return static_cast<int>(steps_.size()); }
  const LayerStep& at(int step) const { return steps_[std::size_t(step)]; }
  /// The node that runs in a step.
  const IntegerNode& node_of(int step) const { return node(at(step).node); }

  /// Nodes whose tensors the network gives.
  std::vector<int> outputs() const;
  /// The last step that reads a tensor (last_readers()).
  int last_reader(int tensor) const { return last_reader_[std::size_t(tensor)]; }

  /// Whether the step reads a tensor of several positions as one.
  bool is_flattened(int step) const;
  /// Whether some step reads the tensor as one position of all its bytes, those between its
  /// positions included.
  bool padding_is_read(int tensor) const;

 private:
  const IntegerNetwork& network_;
  std::vector<int> tensor_of_;
  std::vector<LayerStep> steps_;
  std::vector<int> last_reader_;
};

}  // namespace escalate
