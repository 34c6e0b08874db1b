#include "workloads/graph.h"

#include <fmt/format.h>

#include <algorithm>

namespace escalate {
namespace {

// Number of window positions over `extent` inputs; <= 0 if the window does not fit once.
int positions(int extent, int kernel, int stride, int pad_before, int pad_after, bool ceil_mode) {
  const int room = extent + pad_before + pad_after - kernel;
  if (room < 0) return 0;
  int count = (ceil_mode ? room + stride - 1 : room) / stride + 1;
  if (ceil_mode && (count - 1) * stride >= extent + pad_before) --count;
  return count;
}

[[noreturn]] void fail(const Node& node, std::string_view message) {
  throw UserError(SourcePlace{"", 0, node.name}, message);
}

std::string text(const Shape& shape) { return fmt::format("{}x{}x{}", shape.c, shape.h, shape.w); }

std::size_t least_inputs(OpKind op) {
  if (op == OpKind::kInput) return 0;
  return op == OpKind::kAdd || op == OpKind::kConcat ? 2 : 1;
}

bool takes_many_inputs(OpKind op) { return op == OpKind::kConcat; }

void check_inputs(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::size_t least = least_inputs(node.op);
  if (node.inputs.size() < least || (node.inputs.size() > least && !takes_many_inputs(node.op))) {
    fail(node, fmt::format("has {} inputs, expected {}{}", node.inputs.size(),
                           takes_many_inputs(node.op) ? "at least " : "", least));
  }
  for (const int input : node.inputs) {
    if (input < 0 || std::size_t(input) >= index)
      fail(node, "reads a node that does not come before it");
  }
}

Shape windowed(const Node& node, const Shape& in, int channels) {
  const Shape out{channels, node.window.out_h(in.h), node.window.out_w(in.w)};
  if (out.h <= 0 || out.w <= 0) {
    fail(node, fmt::format("a {}x{} window does not fit into its {} input", node.window.r,
                           node.window.s, text(in)));
  }
  return out;
}

void check_per_channel(const Node& node) {
  if (node.out_channels <= 0) fail(node, "has no output channels");
  for (const auto* values : {&node.bias, &node.weight_scale}) {
    if (!values->empty() && values->size() != std::size_t(node.out_channels)) {
      fail(node, fmt::format("has {} biases or weight scales, expected one for each of {} output "
                             "channels",
                             values->size(), node.out_channels));
    }
  }
}

Shape convolved(const Node& node, const Shape& in) {
  check_per_channel(node);
  if (node.groups <= 0 || in.c % node.groups != 0 || node.out_channels % node.groups != 0) {
    fail(node, fmt::format("{} groups do not divide {} input and {} output channels", node.groups,
                           in.c, node.out_channels));
  }
  const std::size_t weights =
      std::size_t(node.out_channels) * (in.c / node.groups) * node.window.r * node.window.s;
  if (!node.weights.empty() && node.weights.size() != weights) {
    fail(node, fmt::format("has {} weights, expected {} for a {} input", node.weights.size(),
                           weights, text(in)));
  }
  return windowed(node, in, node.out_channels);
}

Shape fully_connected(const Node& node, const Shape& in) {
  check_per_channel(node);
  const std::int64_t weights = node.out_channels * in.size();
  if (!node.weights.empty() && std::int64_t(node.weights.size()) != weights) {
    fail(node, fmt::format("has {} weights, expected {} for a {} input", node.weights.size(),
                           weights, text(in)));
  }
  return {node.out_channels, 1, 1};
}

Shape concatenated(const Graph& graph, const Node& node) {
  Shape out = graph.nodes[node.inputs[0]].out;
  out.c = 0;
  for (const int input : node.inputs) {
    const Shape& in = graph.nodes[input].out;
    if (in.h != out.h || in.w != out.w) {
      fail(node, fmt::format("joins maps of different size: {} and {}", text(in),
                             text(graph.nodes[node.inputs[0]].out)));
    }
    out.c += in.c;
  }
  return out;
}

Shape shape_of(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kInput) {
    if (node.out.c <= 0 || node.out.h <= 0 || node.out.w <= 0)
      fail(node, "has an empty input shape");
    return node.out;
  }
  const Shape in = graph.nodes[node.inputs[0]].out;
  switch (node.op) {
    case OpKind::kConv:
      return convolved(node, in);
    case OpKind::kFullyConnected:
      return fully_connected(node, in);
    case OpKind::kMaxPool:
    case OpKind::kAvgPool:
      return windowed(node, in, in.c);
    case OpKind::kGlobalAvgPool:
      return {in.c, 1, 1};
    case OpKind::kConcat:
      return concatenated(graph, node);
    case OpKind::kChannelPad:
      return {in.c + node.pad_before + node.pad_after, in.h, in.w};
    case OpKind::kFlatten:
      return {int(in.size()), 1, 1};
    case OpKind::kAdd:
      if (graph.nodes[node.inputs[1]].out != in) {
        fail(node, fmt::format("adds maps of different shape: {} and {}", text(in),
                               text(graph.nodes[node.inputs[1]].out)));
      }
      return in;
    case OpKind::kBatchNorm:
      for (const auto* values : {&node.bn_scale, &node.bn_bias, &node.bn_mean, &node.bn_variance}) {
        if (values->size() != std::size_t(in.c)) {
          fail(node, fmt::format("has {} values, expected one for each of {} channels",
                                 values->size(), in.c));
        }
      }
      return in;
    case OpKind::kSoftmax:
      if (in.h != 1 || in.w != 1) {
        fail(node, fmt::format("is a softmax of a {} map; expected a vector", text(in)));
      }
      return in;
    case OpKind::kInput:
    case OpKind::kRelu:
    case OpKind::kClip:
      break;
  }
  return in;
}

}  // namespace

int Window::out_h(int h) const { return positions(h, r, stride_h, pad_top, pad_bottom, ceil_mode); }

int Window::out_w(int w) const { return positions(w, s, stride_w, pad_left, pad_right, ceil_mode); }

void Graph::infer_shapes() {
  if (nodes.empty()) throw UserError("the network has no layers");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    check_inputs(*this, i);
    nodes[i].out = shape_of(*this, nodes[i]);
  }
}

int Graph::find(const std::string& node_name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const Node& node) { return node.name == node_name; });
  return found == nodes.end() ? -1 : int(found - nodes.begin());
}

std::int64_t Graph::dense_macs(int i) const {
  const Node& node = nodes[i];
  if (!node.is_weighted()) return 0;
  const Shape in = input_shape_of(i);
  if (node.op == OpKind::kFullyConnected) return node.out_channels * in.size();
  return node.out.size() * (in.c / node.groups) * node.window.r * node.window.s;
}

std::int64_t Graph::dense_macs() const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) sum += dense_macs(int(i));
  return sum;
}

std::vector<std::vector<int>> Graph::consumers() const {
  std::vector<std::vector<int>> readers(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const int input : nodes[i].inputs) readers[input].push_back(int(i));
  }
  return readers;
}

}  // namespace escalate
