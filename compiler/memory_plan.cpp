#include "compiler/memory_plan.h"

#include <algorithm>

namespace escalate {

std::optional<std::int64_t> SpanAllocator::allocate(std::int64_t size, int first, int last,
                                                    Phase phase) {
  const auto in_phase = [phase](std::int64_t address) {
    const std::int64_t beyond = (address - phase.rest) % phase.modulus;
    return address + (beyond == 0 ? 0 : beyond < 0 ? -beyond : phase.modulus - beyond);
  };
  std::int64_t at = in_phase(0);
  for (const Piece& piece : pieces_) {
    if (piece.last < first || piece.first > last) continue;
    if (piece.begin >= at + size) break;
    if (piece.end > at) at = in_phase(piece.end);
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

namespace {

// Whether a layer of one position finds its channels in whatever order they lie. One that pads runs
// with a wider kernel, whose taps are positions.
bool follows_any_order(const IntegerNode& reader) {
  const Window& window = reader.window;
  const bool has_one_tap = window.r == 1 && window.s == 1;
  const bool pads = window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
  return reader.op == IntegerOp::kConv && reader.groups == 1 && has_one_tap && !pads;
}

}  // namespace

std::vector<int> tensor_nodes(const IntegerNetwork& network) {
  const auto consumers = network.consumers();
  std::vector<bool> is_read_in_order(network.nodes.size(), false);
  for (std::size_t i = network.nodes.size(); i-- > 0;) {
    for (const int reader : consumers[i]) {
      const IntegerNode& node = network.nodes[std::size_t(reader)];
      const bool in_order = node.op == IntegerOp::kFlatten ? is_read_in_order[std::size_t(reader)]
                                                           : !follows_any_order(node);
      is_read_in_order[i] = is_read_in_order[i] || in_order;
    }
  }
  std::vector<int> tensors(network.nodes.size());
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& node = network.nodes[i];
    tensors[i] = int(i);
    if (node.op != IntegerOp::kFlatten) continue;
    const Shape& from = network.nodes[std::size_t(node.inputs.at(0))].out;
    const bool is_layer = is_read_in_order[i] && from.h * from.w > 1;
    if (!is_layer) tensors[i] = tensors[std::size_t(node.inputs[0])];
  }
  return tensors;
}

namespace {

/// What is fused into convolutions: functions and additions that are the only readers of what they
/// read, which is then never written.
class Fusion {
 public:
  explicit Fusion(const IntegerNetwork& network)
      : nodes_(network.nodes),
        consumers_(network.consumers()),
        tensors_(tensor_nodes(network)),
        fused_(network.nodes.size(), false) {}

  bool is_fused(int node) const { return fused_[std::size_t(node)]; }

  void fuse(LayerStep& step) {
    if (nodes_[std::size_t(step.node)].op != IntegerOp::kConv) return;
    const int reader = only_reader(step.node);
    if (reader >= 0 && is_shared_table(nodes_[std::size_t(reader)])) {
      step.fused_table = reader;
      fused_[std::size_t(reader)] = true;
    }
    fuse_addition(step);
  }

 private:
  // -1 if there are others, or if the tensor is wanted for itself.
  int only_reader(int node) const {
    const IntegerNode& made = nodes_[std::size_t(node)];
    const std::vector<int>& readers = consumers_[std::size_t(node)];
    return readers.size() == 1 && !made.substitute && !made.is_output ? readers[0] : -1;
  }

  static bool is_shared_table(const IntegerNode& node) {
    return node.op == IntegerOp::kTable && node.table.size() == kTableEntries;
  }

  void fuse_addition(LayerStep& step) {
    const int own = step.added_node();
    const int reader = only_reader(own);
    if (reader < 0) return;
    const IntegerNode& add = nodes_[std::size_t(reader)];
    const auto shape_of = [&](int node) { return nodes_[std::size_t(node)].out; };
    if (add.op != IntegerOp::kAdd || add.inputs[0] == add.inputs[1] ||
        shape_of(add.inputs[0]) != shape_of(add.inputs[1])) {
      return;
    }
    const int other = tensors_[std::size_t(add.inputs[add.inputs[0] == own ? 1 : 0])];
    if (other >= step.node) return;
    step.fused_add = reader;
    step.residual = other;
    step.inputs.push_back(other);
    fused_[std::size_t(reader)] = true;
  }

  const std::vector<IntegerNode>& nodes_;
  std::vector<std::vector<int>> consumers_;
  std::vector<int> tensors_;
  std::vector<bool> fused_;
};

}  // namespace

std::vector<LayerStep> layer_steps(const IntegerNetwork& network) {
  const std::vector<int> tensors = tensor_nodes(network);
  Fusion fusion(network);
  std::vector<LayerStep> steps;
  for (int i = 0; i < int(network.nodes.size()); ++i) {
    const IntegerNode& node = network.nodes[std::size_t(i)];
    if (node.op == IntegerOp::kInput || tensors[std::size_t(i)] != i || fusion.is_fused(i)) {
      continue;
    }
    LayerStep step;
    step.node = i;
    for (const int input : node.inputs) step.inputs.push_back(tensors[std::size_t(input)]);
    fusion.fuse(step);
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
  const std::vector<int> tensors = tensor_nodes(network);
  for (const int output : network.output_nodes()) {
    last[std::size_t(tensors[std::size_t(output)])] = int(steps.size());
  }
  return last;
}

}  // namespace escalate
