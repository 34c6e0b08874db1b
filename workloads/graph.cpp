#include "workloads/graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "workloads/layers/kinds.h"
#include "workloads/shape_inference.h"

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

void check_inputs(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const InputCount expected = kind_of(node).inputs();
  const std::size_t count = node.inputs.size();
  if (count < expected.least || (count > expected.least && !expected.many)) {
    fail_layer(node, fmt::format("has {} inputs, expected {}{}", count,
                                 expected.many ? "at least " : "", expected.least));
  }
  for (const int input : node.inputs) {
    if (input < 0 || std::size_t(input) >= index)
      fail_layer(node, "reads a node that does not come before it");
  }
}

void check_size(const Node& node) {
  const Shape& out = node.out;
  if (out.h > kMostExtent || out.w > kMostExtent ||
      num_elements({out.c, out.h, out.w}) > kMostElements) {
    fail_layer(node, fmt::format("a tensor of {} is too large; expected up to {} elements",
                                 text_of(out), kMostElements));
  }
}

}  // namespace

int Window::out_h(int h) const {
  return positions(h, int(span_h()), stride_h, pad_top, pad_bottom, ceil_mode);
}

int Window::out_w(int w) const {
  return positions(w, int(span_w()), stride_w, pad_left, pad_right, ceil_mode);
}

int Window::overhang_h(int h) const {
  return std::max(0, (out_h(h) - 1) * stride_h + int(span_h()) - h - pad_top - pad_bottom);
}

int Window::overhang_w(int w) const {
  return std::max(0, (out_w(w) - 1) * stride_w + int(span_w()) - w - pad_left - pad_right);
}

void Graph::infer_shapes() {
  if (nodes.empty()) throw UserError("the network has no layers");
  for (std::size_t i = 0; i < nodes.size(); ++i) infer_shape(*this, i);
}

void infer_shape(Graph& graph, std::size_t i) {
  check_inputs(graph, i);
  Node& node = graph.nodes[i];
  node.out = kind_of(node).shape(node, input_shapes(graph, node));
  check_size(graph.nodes[i]);
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
  const std::int64_t positions = node.transposed_positions > 0
                                     ? node.transposed_positions
                                     : std::int64_t{node.out.h} * node.out.w;
  return positions * node.out.c * (in.c / node.groups) * node.window.r * node.window.s;
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

std::vector<int> Graph::output_nodes() const {
  std::vector<int> outputs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].is_output || i + 1 == nodes.size()) outputs.push_back(int(i));
  }
  return outputs;
}

}  // namespace escalate
