#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/error.h"
#include "workloads/onnx/lowering.h"
#include "workloads/onnx/operators/window.h"

namespace escalate {
namespace {

// Kernel height and width of weights whose first two dimensions are channels.
std::vector<int> kernel_of(const OnnxNode& node, const OnnxTensor& weights, std::size_t rank) {
  if (weights.dims.size() != rank || (rank != 3 && rank != 4)) {
    node.fail(rank == 3 || rank == 4
                  ? "expected weights of as many dimensions as its input has, [K, C, R, S]"
                  : fmt::format("reads a value of {} dimensions; expected a map", rank));
  }
  const auto kernel = [&](std::size_t i) { return node.extent("its kernel", weights.dims[i]); };
  return rank == 4 ? std::vector<int>{kernel(2), kernel(3)} : std::vector<int>{1, kernel(2)};
}

void take_bias(OnnxNetwork& network, const OnnxNode& node, Node& made) {
  if (!node.has_input(2)) return;
  made.bias = network.floats(node, 2, "bias");
  if (network.constant(node, 2, "bias").dims != OnnxDims{made.out_channels}) {
    node.fail(fmt::format("has a bias of {} values; expected a list of {}", made.bias.size(),
                          made.out_channels));
  }
}

void check_kernel(const OnnxNode& node, const Window& window, const std::vector<int>& kernel) {
  if (window.r != kernel[0] || window.s != kernel[1]) {
    node.fail("kernel_shape is not that of the weights");
  }
}

// Groups of a convolution whose input has its channels in another order: by group of the file, that
// of the layer. Nothing if channels change from group to group.
std::optional<std::vector<int>> moved_groups(const std::vector<int>& order, int groups) {
  const auto share = int(order.size()) / groups;
  std::vector<int> made;
  for (int g = 0; g < groups; ++g) {
    const int moved = order[std::size_t(g * share)] / share;
    for (int j = 0; j < share; ++j) {
      if (order[std::size_t(g * share + j)] / share != moved) return std::nullopt;
    }
    made.push_back(moved);
  }
  return made;
}

// By output channel of the file, that of the layer.
std::vector<int> moved_outputs(const std::vector<int>& groups, int outputs) {
  const auto share = outputs / int(groups.size());
  std::vector<int> made;
  for (int k = 0; k < outputs; ++k) {
    made.push_back(groups[std::size_t(k / share)] * share + k % share);
  }
  return made;
}

// Kernels [K][C/groups][taps] and biases for channels in another order: by channel of the file,
// that of what the layer reads and of what it makes.
void reorder(Node& layer, const std::vector<int>& inputs, const std::vector<int>& outputs) {
  const std::size_t taps = std::size_t(layer.window.r) * std::size_t(layer.window.s);
  const std::size_t share = inputs.size() / std::size_t(layer.groups);
  const std::size_t made_by_group = outputs.size() / std::size_t(layer.groups);
  const std::vector<float> weights = layer.weights, bias = layer.bias;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t k = i / (share * taps), c = i / taps % share;
    const auto to = std::size_t(inputs[k / made_by_group * share + c]) % share;
    layer.weights[(std::size_t(outputs[k]) * share + to) * taps + i % taps] = weights[i];
  }
  for (std::size_t k = 0; k < bias.size(); ++k) layer.bias[std::size_t(outputs[k])] = bias[k];
}

// Takes the order of the channels that a convolution reads into its weights, if its groups allow
// it; returns that of its output, by channel of the file.
std::vector<int> take_order(const OnnxNetwork& network, Node& layer, OnnxView& view) {
  OnnxView moved = view;
  const std::vector<int> order = network.take_channel_order(moved);
  if (order.empty()) return {};
  const auto groups = moved_groups(order, layer.groups);
  if (!groups) return {};
  view = std::move(moved);
  const std::vector<int> outputs = moved_outputs(*groups, layer.out_channels);
  reorder(layer, order, outputs);
  return outputs;
}

void convolution(OnnxNetwork& network, const OnnxNode& node) {
  OnnxView view = network.view(node, 0);
  const OnnxTensor& weights = network.constant(node, 1, "weights");
  const std::vector<int> kernel = kernel_of(node, weights, view.rank());
  const int h = view.rank() == 4 ? view.extent(2) : 1, w = view.extent(view.rank() - 1);
  Node made = OnnxNetwork::layer(OpKind::kConv, {});
  made.out_channels = node.extent("the first dimension of its weights", weights.dims[0]);
  made.groups = node.extent("group", node.integer("group", 1));
  made.window = window_of(node, kernel, view.rank(), h, w);
  check_kernel(node, made.window, kernel);
  if (made.groups < 1 || weights.dims[1] < 1 || view.extent(1) % made.groups != 0 ||
      weights.dims[1] != view.extent(1) / made.groups) {
    node.fail(fmt::format("has weights for {} channels in each of {} groups; its input has {}",
                          weights.dims[1], made.groups, view.extent(1)));
  }
  made.weights = network.floats(node, 1, "weights");
  made.given_steps = weights.steps;
  take_bias(network, node, made);
  const std::vector<int> order = take_order(network, made, view);
  if (view.has_fill() && view.fill != 0) view = network.without_fill(node, view);
  const PaddedMap in = network.padded_map(node, view);
  add_sides(node, in.sides, made.window);
  made.inputs = {in.node};
  network.finish(node, network.add(node, std::move(made)), view.rank(), order);
}

// What a transposed convolution does along one axis.
struct Along {
  int extent, kernel, span, stride;
  int before = 0, behind = 0;  ///< taken off the result
  int more = 0;                ///< output padding

  std::int64_t full() const { return std::int64_t{extent - 1} * stride + span + more; }
  // Takes off so much that the result is of that length.
  void shorten_to(const OnnxNode& node, std::int64_t length, bool upper) {
    const std::int64_t total = full() - length;
    if (total < 0 || length < 1)
      node.fail(fmt::format("cannot make {} of {} values", length, extent));
    const std::int64_t half = total / 2;
    before = node.extent("its padding", upper ? half : total - half);
    behind = node.extent("its padding", total - before);
  }
};

std::array<Along, 2> transposed_axes(const OnnxNode& node, const std::vector<int>& kernel,
                                     const OnnxView& view) {
  const std::size_t rank = view.rank();
  const std::vector<int> size = two_of(node, "kernel_shape", kernel, rank);
  if (size != kernel) node.fail("kernel_shape is not that of the weights");
  const std::vector<int> strides = two_of(node, "strides", {1, 1}, rank);
  const std::vector<int> dilations = two_of(node, "dilations", {1, 1}, rank);
  std::vector<int> more = node.integers("output_padding", std::vector<int>(rank - 2, 0));
  std::vector<int> pads = node.integers("pads", std::vector<int>(2 * (rank - 2), 0));
  const OnnxDims shape = node.longs("output_shape", {});
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (more.size() != rank - 2 || pads.size() != 2 * (rank - 2)) {
    node.fail("expected a window over two dimensions");
  }
  if (rank == 3) {
    more = {0, more[0]};
    pads = {0, pads[0], 0, pads[1]};
  }
  std::array<Along, 2> made{};
  for (std::size_t i = 0; i < 2; ++i) {
    const int extent = rank == 3 && i == 0 ? 1 : view.extent(rank - 2 + i);
    for (const int step : {strides[i], dilations[i]}) {
      if (step < 1 || step > kMostExtent)
        node.fail(fmt::format("has a stride or dilation of {}", step));
    }
    if (pads[i] < 0 || pads[i + 2] < 0 || more[i] < 0) node.fail("has negative pads");
    const std::int64_t span = std::int64_t{kernel[i] - 1} * dilations[i] + 1;
    made[i] = {extent, kernel[i], node.extent("its kernel", span), strides[i]};
    made[i].more = more[i];
    made[i].before = pads[i];
    made[i].behind = pads[i + 2];
    const std::size_t given = rank == 3 ? i - 1 : i;
    if (rank == 3 && i == 0) continue;
    const bool upper = automatic == "SAME_UPPER";
    if (!shape.empty()) {
      if (shape.size() < rank - 2) node.fail("its output_shape has too few numbers");
      made[i].shorten_to(node, shape[shape.size() - (rank - 2) + given], upper);
    } else if (upper || automatic == "SAME_LOWER") {
      made[i].shorten_to(node, std::int64_t{extent} * strides[i], upper);
    } else if (automatic == "VALID") {
      made[i].before = made[i].behind = 0;
    }
  }
  return made;
}

// Places along an axis with zeros between and around, and what of the zeros around is padding.
std::vector<int> spread(const OnnxNode& node, const Along& along, int& before, int& behind) {
  std::vector<int> places;
  const std::int64_t length = std::int64_t{along.extent - 1} * along.stride + 1;
  if (length > kMostExtent) node.fail("makes too large a map");
  for (std::int64_t i = 0; i < length; ++i) {
    places.push_back(i % along.stride == 0 ? int(i / along.stride) : MovementStep::kFill);
  }
  before = along.span - 1 - along.before;
  behind = along.span - 1 - along.behind + along.more;
  if (std::int64_t{before} + behind + length < along.span)
    node.fail("leaves nothing of its result");
  if (before < 0) places.erase(places.begin(), places.begin() - before);
  if (behind < 0) places.erase(places.end() + behind, places.end());
  before = std::max(before, 0);
  behind = std::max(behind, 0);
  return places;
}

// Weights [C][K/groups][R][S] as those of the convolution [K][C/groups][R][S] that turns them over.
std::vector<float> turned(const std::vector<float>& weights, std::size_t channels,
                          std::size_t outputs, std::size_t groups, std::size_t taps) {
  std::vector<float> made(weights.size());
  const std::size_t depth = channels / groups;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t t = 0; t < taps; ++t) {
        const std::size_t output = c / depth * outputs + k;
        made[(output * depth + c % depth) * taps + taps - 1 - t] =
            weights[(c * outputs + k) * taps + t];
      }
    }
  }
  return made;
}

// As a convolution over the map with zeros between its elements.
void transposed_convolution(OnnxNetwork& network, const OnnxNode& node) {
  OnnxView view = network.without_fill(node, network.view(node, 0));
  const OnnxTensor& weights = network.constant(node, 1, "weights");
  const std::vector<int> kernel = kernel_of(node, weights, view.rank());
  const std::array<Along, 2> axes = transposed_axes(node, kernel, view);
  Node made = OnnxNetwork::layer(OpKind::kConv, {});
  made.groups = node.extent("group", node.integer("group", 1));
  if (made.groups < 1 || weights.dims[0] != view.extent(1) || view.extent(1) % made.groups != 0) {
    node.fail(fmt::format("has weights for {} channels in {} groups; its input has {}",
                          weights.dims[0], made.groups, view.extent(1)));
  }
  made.out_channels =
      node.extent("its number of outputs", num_elements({weights.dims[1], made.groups}));
  made.weights = turned(network.floats(node, 1, "weights"), std::size_t(weights.dims[0]),
                        std::size_t(weights.dims[1]), std::size_t(made.groups),
                        std::size_t(kernel[0]) * std::size_t(kernel[1]));
  made.given_steps = weights.steps;
  take_bias(network, node, made);
  made.transposed_positions = std::int64_t{axes[0].extent} * axes[1].extent;
  made.window.r = kernel[0];
  made.window.s = kernel[1];
  const std::vector<int> dilations = two_of(node, "dilations", {1, 1}, view.rank());
  made.window.dilation_h = kernel[0] == 1 ? 1 : dilations[0];
  made.window.dilation_w = kernel[1] == 1 ? 1 : dilations[1];
  Movement zeros;
  MovementStep step;
  step.kind = MovementStep::Kind::kPick;
  step.axis = int(view.rank()) - 1;
  step.picks = spread(node, axes[1], made.window.pad_left, made.window.pad_right);
  zeros.steps.push_back(step);
  step.axis = 2;
  step.picks = spread(node, axes[0], made.window.pad_top, made.window.pad_bottom);
  if (view.rank() == 4) zeros.steps.push_back(step);
  ensure(view.move(zeros), "zeros between elements are a view");
  view.name = node.name() + ".zeros";
  made.inputs = {network.map(node, view)};
  network.finish(node, network.add(node, std::move(made)), view.rank());
}

}  // namespace

OnnxLowerings convolution_lowerings() {
  return {{"Conv", convolution}, {"ConvTranspose", transposed_convolution}};
}

}  // namespace escalate
