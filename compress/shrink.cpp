#include "compress/shrink.h"

#include <algorithm>
#include <numeric>

#include "common/error.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

/// The weights of a layer as a table of outputs, inputs and what lies between them.
struct WeightView {
  const Node* node;
  int inputs;  ///< channels of the input tensor (per group)
  int per_input;

  bool is_zero(int k, int c) const {
    if (!node->decomposition) {
      const std::size_t first = (std::size_t(k) * inputs + c) * per_input;
      return std::all_of(node->weights.begin() + std::ptrdiff_t(first),
                         node->weights.begin() + std::ptrdiff_t(first + per_input),
                         [](float weight) { return weight == 0; });
    }
    const Decomposition& parts = *node->decomposition;
    const int channels = inputs * features();
    for (int m = 0; m < parts.terms; ++m) {
      for (int f = 0; f < features(); ++f) {
        const std::size_t at =
            (std::size_t(k) * parts.terms + m) * channels + std::size_t(c) * features() + f;
        if (parts.coefficients[at] != 0) return false;
      }
    }
    return true;
  }
  /// Coefficients of an input channel: the positions of the map in front of a fully connected one.
  int features() const {
    return node->decomposition && node->op == OpKind::kFullyConnected ? per_input : 1;
  }
};

/// Channels of all nodes, tied together where one cannot go without the other.
class ChannelTies {
 public:
  explicit ChannelTies(const Graph& graph) : graph_(graph) {
    first_.push_back(0);
    for (const Node& node : graph.nodes) first_.push_back(first_.back() + node.out.c);
    parent_.resize(std::size_t(first_.back()));
    std::iota(parent_.begin(), parent_.end(), 0);
    pinned_.assign(parent_.size(), false);
    is_read_ = is_nonzero_ = pinned_;
    for (int i = 0; i < int(graph.nodes.size()); ++i) tie(i);
    for (const int output : graph.output_nodes()) {
      for (int c = 0; c < graph.nodes[std::size_t(output)].out.c; ++c) pin(output, c);
    }
    gather();
  }

  /// Channels that stay, by node.
  std::vector<std::vector<int>> kept() {
    for (bool changed = true; changed;) {  // no node may be left without a channel
      changed = false;
      for (int i = 0; i < int(graph_.nodes.size()); ++i) {
        if (!kept_of(i).empty()) continue;
        pinned_[std::size_t(root(first_[std::size_t(i)]))] = changed = true;
      }
    }
    std::vector<std::vector<int>> all;
    for (int i = 0; i < int(graph_.nodes.size()); ++i) all.push_back(kept_of(i));
    return all;
  }

 private:
  int root(int slot) {
    while (parent_[std::size_t(slot)] != slot) {
      slot = parent_[std::size_t(slot)] = parent_[std::size_t(parent_[std::size_t(slot)])];
    }
    return slot;
  }
  int slot(int node, int channel) const { return first_[std::size_t(node)] + channel; }
  void join(int a, int b) { parent_[std::size_t(root(a))] = root(b); }
  void pin(int node, int channel) { pinned_[std::size_t(slot(node, channel))] = true; }

  std::vector<int> kept_of(int node) {
    std::vector<int> kept;
    for (int c = 0; c < graph_.nodes[std::size_t(node)].out.c; ++c) {
      const auto group = std::size_t(root(slot(node, c)));
      if (pinned_[group] || (is_read_[group] && is_nonzero_[group])) kept.push_back(c);
    }
    return kept;
  }

  /// What is known of single channels becomes known of all that are tied to them.
  void gather() {
    for (auto* known : {&pinned_, &is_read_, &is_nonzero_}) {
      for (int s = 0; s < int(parent_.size()); ++s) {
        if ((*known)[std::size_t(s)]) (*known)[std::size_t(root(s))] = true;
      }
    }
  }

  void tie(int index) {
    const Node& node = graph_.nodes[std::size_t(index)];
    switch (kind_of(node).channel_flow(node, input_shapes(graph_, node))) {
      case ChannelFlow::kWeighted:
        return tie_weighted(index);
      case ChannelFlow::kInOrder:
        return tie_in_order(index);
      case ChannelFlow::kFlat:
        for (int c = 0; c < node.out.c; ++c) {
          const Shape& in = graph_.nodes[std::size_t(node.inputs[0])].out;
          join(slot(index, c), slot(node.inputs[0], c / (in.h * in.w)));
        }
        return;
      case ChannelFlow::kSame:
        for (const int input : node.inputs) {
          for (int c = 0; c < node.out.c; ++c) join(slot(index, c), slot(input, c));
        }
        return mark_offsets(index);
      case ChannelFlow::kFixed:
        for (int c = 0; c < node.out.c; ++c) pin(index, c);
        return pin_inputs(node);
    }
  }

  /// Values that a layer gives where its input is 0.
  void mark_offsets(int index) {
    const Node& node = graph_.nodes[std::size_t(index)];
    for (int c = 0; c < node.out.c; ++c) {
      if (!kind_of(node).maps_zero_to_zero(node, c))
        is_nonzero_[std::size_t(slot(index, c))] = true;
    }
  }

  void pin_inputs(const Node& node) {
    for (const int input : node.inputs) {
      for (int c = 0; c < graph_.nodes[std::size_t(input)].out.c; ++c) pin(input, c);
    }
  }

  void tie_in_order(int index) {
    const Node& node = graph_.nodes[std::size_t(index)];
    int at = node.pad_before;
    for (const int input : node.inputs) {
      for (int c = 0; c < graph_.nodes[std::size_t(input)].out.c; ++c) {
        join(slot(index, at++), slot(input, c));
      }
    }
  }

  void tie_weighted(int index) {
    const Node& node = graph_.nodes[std::size_t(index)];
    if (node.weights.empty() && !node.decomposition) {
      throw UserError(SourcePlace{"", 0, node.name}, "has no weights");
    }
    const int input = node.inputs[0];
    const Shape& in = graph_.nodes[std::size_t(input)].out;
    const auto has_bias = [&](int k) {
      return !node.bias.empty() && node.bias[std::size_t(k)] != 0;
    };
    for (int k = 0; k < node.out_channels; ++k) {
      if (has_bias(k)) is_nonzero_[std::size_t(slot(index, k))] = true;
    }
    if (node.op == OpKind::kConv && node.groups > 1) {
      const bool depthwise = node.groups == in.c && node.groups == node.out_channels;
      for (int k = 0; k < node.out_channels; ++k) {
        depthwise ? join(slot(index, k), slot(input, k)) : pin(index, k);
      }
      if (!depthwise) pin_inputs(node);
      return;
    }
    const bool is_conv = node.op == OpKind::kConv;
    const WeightView weights{&node, in.c, is_conv ? node.window.r * node.window.s : in.h * in.w};
    for (int k = 0; k < node.out_channels; ++k) {
      for (int c = 0; c < in.c; ++c) {
        if (weights.is_zero(k, c)) continue;
        is_nonzero_[std::size_t(slot(index, k))] = true;
        is_read_[std::size_t(slot(input, c))] = true;
      }
    }
  }

  const Graph& graph_;
  std::vector<int> first_;   ///< by node: its first channel's slot
  std::vector<int> parent_;  ///< union-find over slots
  std::vector<bool> pinned_, is_read_, is_nonzero_;
};

template <class Value>
std::vector<Value> chosen(const std::vector<Value>& values, const std::vector<int>& indices) {
  std::vector<Value> made;
  if (values.empty()) return made;
  for (const int i : indices) made.push_back(values[std::size_t(i)]);
  return made;
}

/// The rows and columns that are left of a table [outputs][terms][inputs][inner].
template <class Value>
std::vector<Value> chosen(const std::vector<Value>& values, const std::vector<int>& outputs,
                          int terms, const std::vector<int>& inputs, int all_inputs, int inner) {
  std::vector<Value> made;
  if (values.empty()) return made;
  for (const int k : outputs) {
    for (int m = 0; m < terms; ++m) {
      for (const int c : inputs) {
        const std::size_t first =
            ((std::size_t(k) * terms + m) * std::size_t(all_inputs) + std::size_t(c)) * inner;
        made.insert(made.end(), values.begin() + std::ptrdiff_t(first),
                    values.begin() + std::ptrdiff_t(first + std::size_t(inner)));
      }
    }
  }
  return made;
}

void shrink_weighted(Node& node, const Shape& in, const std::vector<int>& outputs,
                     const std::vector<int>& inputs) {
  const bool is_conv = node.op == OpKind::kConv;
  const int positions = is_conv ? 1 : in.h * in.w;
  const bool grouped = is_conv && node.groups > 1;
  const std::vector<int> one = {0};
  const int all_inputs = grouped ? in.c / node.groups : in.c;
  std::vector<int> every(static_cast<std::size_t>(all_inputs));
  std::iota(every.begin(), every.end(), 0);
  const std::vector<int>& columns = grouped ? every : inputs;
  node.weights = chosen(node.weights, outputs, 1, columns, all_inputs,
                        positions * node.window.r * node.window.s);
  node.bias = chosen(node.bias, outputs);
  node.weight_scale = chosen(node.weight_scale, outputs);
  if (node.decomposition) {
    Decomposition& parts = *node.decomposition;
    parts.coefficients =
        chosen(parts.coefficients, outputs, parts.terms, columns, all_inputs, positions);
    parts.channel_scale = chosen(parts.channel_scale, outputs);
  }
  if (grouped && node.groups == in.c) node.groups = int(inputs.size());
  node.out_channels = int(outputs.size());
}

void remove_dead_terms(Node& node) {
  if (!node.decomposition) return;
  Decomposition& parts = *node.decomposition;
  const std::size_t channels =
      parts.coefficients.size() / (std::size_t(node.out_channels) * parts.terms);
  std::vector<int> alive;
  for (int m = 0; m < parts.terms; ++m) {
    bool is_alive = false;
    for (int k = 0; k < node.out_channels && !is_alive; ++k) {
      const auto first = parts.coefficients.begin() +
                         std::ptrdiff_t((std::size_t(k) * parts.terms + m) * channels);
      is_alive = std::any_of(first, first + std::ptrdiff_t(channels),
                             [](std::int8_t code) { return code != 0; });
    }
    if (is_alive) alive.push_back(m);
  }
  if (alive.empty()) alive.push_back(0);
  std::vector<int> outputs(std::size_t(node.out_channels));
  std::iota(outputs.begin(), outputs.end(), 0);
  parts.coefficients = chosen(parts.coefficients, outputs, 1, alive, parts.terms, int(channels));
  parts.basis = chosen(parts.basis, {0}, 1, alive, parts.terms, node.window.r * node.window.s);
  parts.terms = node.terms = int(alive.size());
}

Graph with_channels(Graph graph, const std::vector<std::vector<int>>& kept) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (node.is_weighted()) {
      const auto from = std::size_t(node.inputs[0]);
      shrink_weighted(node, graph.nodes[from].out, kept[i], kept[from]);
    } else {
      kind_of(node).keep_channels(node, kept[i]);
    }
  }
  graph.infer_shapes();
  return graph;
}

}  // namespace

ShrunkGraph shrink(const Graph& graph) {
  ShrunkGraph made{graph, {}, 0};
  made.graph.quantization = {};
  for (const Node& node : graph.nodes) {
    made.kept.emplace_back(std::size_t(node.out.c));
    std::iota(made.kept.back().begin(), made.kept.back().end(), 0);
  }
  for (;; ++made.rounds) {
    const std::vector<std::vector<int>> kept = ChannelTies(made.graph).kept();
    std::size_t before = 0, after = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      before += made.kept[i].size();
      after += kept[i].size();
      made.kept[i] = chosen(made.kept[i], kept[i]);
    }
    if (before == after) break;
    made.graph = with_channels(std::move(made.graph), kept);
  }
  for (Node& node : made.graph.nodes) remove_dead_terms(node);
  return made;
}

}  // namespace escalate
