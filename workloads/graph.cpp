#include "workloads/graph.h"

#include <fmt/format.h>

#include <algorithm>

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

[[noreturn]] void fail(const Node& node, std::string_view message) {
  throw UserError(SourcePlace{"", 0, node.name}, message);
}

std::string text(const Shape& shape) { return text_of(shape); }

std::size_t least_inputs(OpKind op) {
  if (op == OpKind::kInput) return 0;
  return combines_two(op) || op == OpKind::kConcat ? 2 : 1;
}

bool takes_many_inputs(OpKind op) { return op == OpKind::kConcat || op == OpKind::kSelect; }

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

void check_window(const Node& node) {
  const Window& window = node.window;
  for (const int extent : {window.r, window.s, window.stride_h, window.stride_w, window.dilation_h,
                           window.dilation_w}) {
    if (extent < 1 || extent > kMostExtent) {
      fail(node, fmt::format("has a kernel size, stride or dilation of {}; expected 1 to {}",
                             extent, kMostExtent));
    }
  }
  for (const std::int64_t span : {window.span_h(), window.span_w()}) {
    if (span > kMostExtent) {
      fail(node, fmt::format("has a dilated kernel of {}; expected up to {}", span, kMostExtent));
    }
  }
  for (const int pad : {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) {
    if (pad < 0 || pad > kMostExtent) {
      fail(node, fmt::format("has a padding of {}; expected 0 to {}", pad, kMostExtent));
    }
  }
  const bool is_pool = node.op == OpKind::kMaxPool || node.op == OpKind::kAvgPool;
  if (is_pool && window.is_dilated()) fail(node, "is a dilated pool; expected dilations of 1");
  if (is_pool && (std::max(window.pad_top, window.pad_bottom) >= window.r ||
                  std::max(window.pad_left, window.pad_right) >= window.s)) {
    fail(node, "pads as much as its kernel or more, so that a window could meet nothing else");
  }
}

Shape windowed(const Node& node, const Shape& in, int channels) {
  check_window(node);
  const Shape out{channels, node.window.out_h(in.h), node.window.out_w(in.w)};
  if (out.h <= 0 || out.w <= 0) {
    fail(node, fmt::format("a {}x{} window does not fit into its {} input", node.window.span_h(),
                           node.window.span_w(), text(in)));
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

void check_weights(const Node& node, const Shape& in, std::int64_t expected) {
  if (expected > kMostElements) {
    fail(node, fmt::format("is too large: has more than {} weights", kMostElements));
  }
  if (!node.weights.empty() && std::int64_t(node.weights.size()) != expected) {
    fail(node, fmt::format("has {} weights, expected {} for a {} input", node.weights.size(),
                           expected, text(in)));
  }
}

// `channels` and `taps` of each kernel.
void check_decomposition(const Node& node, std::int64_t channels, std::int64_t taps) {
  if (!node.decomposition) return;
  const Decomposition& parts = *node.decomposition;
  const std::int64_t terms = parts.terms;
  if (terms < 1 ||
      std::int64_t(parts.coefficients.size()) !=
          num_elements({node.out_channels, terms, channels}) ||
      std::int64_t(parts.basis.size()) != num_elements({terms, taps}) ||
      parts.channel_scale.size() != std::size_t(node.out_channels)) {
    fail(node, fmt::format("is decomposed into {} coefficients, {} basis values and {} scales, "
                           "expected {} terms of {} output channels, {} input channels and {} taps",
                           parts.coefficients.size(), parts.basis.size(),
                           parts.channel_scale.size(), terms, node.out_channels, channels, taps));
  }
}

Shape convolved(const Node& node, const Shape& in) {
  check_per_channel(node);
  if (node.groups <= 0 || in.c % node.groups != 0 || node.out_channels % node.groups != 0) {
    fail(node, fmt::format("{} groups do not divide {} input and {} output channels", node.groups,
                           in.c, node.out_channels));
  }
  check_window(node);
  check_weights(
      node, in,
      num_elements({node.out_channels, in.c / node.groups, node.window.r, node.window.s}));
  check_decomposition(node, in.c / node.groups, std::int64_t{node.window.r} * node.window.s);
  return windowed(node, in, node.out_channels);
}

Shape fully_connected(const Node& node, const Shape& in) {
  check_per_channel(node);
  if (node.window != Window{} || node.groups != 1) {
    fail(node, "is fully connected and has a window or groups");
  }
  check_weights(node, in, num_elements({node.out_channels, in.size()}));
  check_decomposition(node, in.size(), 1);
  return {node.out_channels, 1, 1};
}

Shape concatenated(const Graph& graph, const Node& node) {
  Shape out = graph.nodes[node.inputs[0]].out;
  std::int64_t channels = 0;
  for (const int input : node.inputs) {
    const Shape& in = graph.nodes[input].out;
    if (in.h != out.h || in.w != out.w) {
      fail(node, fmt::format("joins maps of different size: {} and {}", text(in),
                             text(graph.nodes[node.inputs[0]].out)));
    }
    channels += in.c;
  }
  if (channels > kMostElements) fail(node, "joins too many channels");
  out.c = int(channels);
  return out;
}

Shape combined(const Node& node, const Shape& a, const Shape& b) {
  const std::optional<Shape> shape = broadcast(a, b);
  if (!shape) {
    fail(node, fmt::format("combines maps of different shape: {} and {}", text(a), text(b)));
  }
  return *shape;
}

Shape selected(const Graph& graph, const Node& node) {
  std::vector<Shape> inputs;
  for (const int input : node.inputs) inputs.push_back(graph.nodes[std::size_t(input)].out);
  try {
    return node.selection.selected(inputs);
  } catch (const UserError& fault) {
    fail(node, fault.message());
  }
}

Shape channel_padded(const Node& node, const Shape& in) {
  for (const int pad : {node.pad_before, node.pad_after}) {
    if (pad < 0 || pad > kMostExtent) {
      fail(node, fmt::format("pads by {} channels; expected 0 to {}", pad, kMostExtent));
    }
  }
  const std::int64_t channels = std::int64_t{in.c} + node.pad_before + node.pad_after;
  if (channels > kMostElements) fail(node, "has too many channels");
  return {int(channels), in.h, in.w};
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
      return channel_padded(node, in);
    case OpKind::kFlatten:
      return {int(in.size()), 1, 1};
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kMinimum:
    case OpKind::kMaximum:
      return combined(node, in, graph.nodes[node.inputs[1]].out);
    case OpKind::kSelect:
      return selected(graph, node);
    case OpKind::kPointwise:
      if (!node.function.is_uniform() && node.function.channels() != in.c) {
        fail(node, fmt::format("has a function of {} channels, expected one for each of {}",
                               node.function.channels(), in.c));
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

void check_size(const Node& node) {
  const Shape& out = node.out;
  if (out.h > kMostExtent || out.w > kMostExtent ||
      num_elements({out.c, out.h, out.w}) > kMostElements) {
    fail(node, fmt::format("a tensor of {} is too large; expected up to {} elements", text(out),
                           kMostElements));
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

bool combines_two(OpKind op) {
  return op == OpKind::kAdd || op == OpKind::kMultiply || op == OpKind::kMinimum ||
         op == OpKind::kMaximum;
}

void Graph::infer_shapes() {
  if (nodes.empty()) throw UserError("the network has no layers");
  for (std::size_t i = 0; i < nodes.size(); ++i) infer_shape(*this, i);
}

void infer_shape(Graph& graph, std::size_t i) {
  check_inputs(graph, i);
  graph.nodes[i].out = shape_of(graph, graph.nodes[i]);
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
