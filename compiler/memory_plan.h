// Where tensors lie and for how long: first fit over address and layers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/mapping.h"

namespace escalate {

/// Hands out pieces of one address space, each for a span of layers.
class SpanAllocator {
 public:
  explicit SpanAllocator(std::int64_t capacity) : capacity_(capacity) {}

  /// Addresses that leave `rest` when divided by `modulus`.
  struct Phase {
    std::int64_t rest = 0, modulus = 1;
  };
  /// The lowest such address at which `size` bytes are free in all layers [first, last]; none if
  /// there is no such place.
  std::optional<std::int64_t> allocate(std::int64_t size, int first, int last) {
    return allocate(size, first, last, Phase{});
  }
  std::optional<std::int64_t> allocate(std::int64_t size, int first, int last, Phase phase);

  /// The largest piece that is free in `layer`.
  struct Gap {
    std::int64_t begin = 0, end = 0;
    std::int64_t size() const { return end - begin; }
  };
  Gap largest_gap(int layer) const;

  /// The end of the highest piece handed out so far.
  std::int64_t high_water() const { return high_water_; }

 private:
  struct Piece {
    std::int64_t begin, end;
    int first, last;
  };
  std::int64_t capacity_;
  std::int64_t high_water_ = 0;
  std::vector<Piece> pieces_;  // by address
};

/// The steps of a network as the machine runs them: nodes that compute, in order.
struct LayerStep {
  int node = 0;
  int fused_table = -1;     ///< function that the drains of `node` look up
  int fused_add = -1;       ///< addition done by the drains of `node`, of what they look up
  int residual = -1;        ///< its other operand: the node that makes it
  std::vector<int> inputs;  ///< nodes whose tensors are read
  int added_node() const { return fused_table >= 0 ? fused_table : node; }
  int output() const { return fused_add >= 0 ? fused_add : added_node(); }
};

/// For each node, the node whose tensor it is: itself, or what it flattens if the flattening is a
/// change of reading. It is one if there is one position, or if only fully connected layers read
/// it, whose coefficients can follow the order in which the tensor lies. Where anything else reads
/// it, the flattening is a layer that puts its tensor into the order of its channels.
std::vector<int> tensor_nodes(const IntegerNetwork& network);

std::vector<LayerStep> layer_steps(const IntegerNetwork& network);

/// For each node, the last step that reads its tensor: its own step if none does, or beyond the
/// last for the network's output; -1 for nodes without a tensor.
std::vector<int> last_readers(const IntegerNetwork& network, const std::vector<LayerStep>& steps);

}  // namespace escalate
