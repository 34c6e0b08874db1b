// Operators over channels or whole maps that the machine has no layer for: means, squares, tables
// and products make them.
#include "workloads/onnx/operators/normalization.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

using F = PointwiseFunction;
using Op = PointwiseFunction::Op;

int add_function(OnnxNetwork& network, const OnnxNode& node, int from, F function,
                 const std::string& tail) {
  Node made = OnnxNetwork::layer(OpKind::kPointwise, {from});
  made.function = function;
  const int layer = network.add(node, std::move(made), tail);
  network.functions[layer] = std::move(function);
  return layer;
}

int add_select(OnnxNetwork& network, const OnnxNode& node, int from, std::vector<int> channels,
               const std::string& tail) {
  Node made = OnnxNetwork::layer(OpKind::kSelect, {from});
  made.selection.channels = std::move(channels);
  return network.add(node, std::move(made), tail);
}

F square() { return F::binary(Op::kMul, {}, {}); }

// 1 / sqrt(x + epsilon).
F inverse_root(float epsilon) {
  return F::unary(Op::kReciprocal,
                  F::unary(Op::kSqrt, F::binary(Op::kAdd, {}, F::constant(epsilon))));
}

// x * scale + shift by channel; nothing where that is x.
int add_line(OnnxNetwork& network, const OnnxNode& node, int from, const std::vector<float>& scale,
             const std::vector<float>& shift) {
  const auto all = [](const std::vector<float>& values, float of) {
    return std::all_of(values.begin(), values.end(), [of](float value) { return value == of; });
  };
  if (all(scale, 1) && all(shift, 0)) return from;
  Node made = OnnxNetwork::layer(OpKind::kBatchNorm, {from});
  made.bn_scale = scale;
  made.bn_bias = shift;
  made.bn_mean.assign(scale.size(), 0.0f);
  made.bn_variance.assign(scale.size(), 1.0f);
  made.bn_epsilon = 0;
  return network.add(node, std::move(made), "scaled");
}

// What values are brought to mean 0 and variance 1 over: positions, channels of a group, or both.
struct Over {
  bool positions = true;
  int groups = 0;  ///< 0: each channel by itself

  int mean(OnnxNetwork& network, const OnnxNode& node, int from, const std::string& tail) const {
    const int channels = network.shape(from).c;
    if (positions) {
      from = network.add(node, OnnxNetwork::layer(OpKind::kGlobalAvgPool, {from}),
                         groups == 0 ? tail : tail + ".positions");
    }
    if (groups == 0 || groups == channels) return from;
    // Without positions all is one group, whose mean is one channel.
    return positions ? group_mean(network, node, from, groups, tail)
                     : channel_sum(network, node, from, 1 / float(channels), tail);
  }

 private:
  static int group_mean(OnnxNetwork& network, const OnnxNode& node, int from, int groups,
                        const std::string& tail) {
    Node made = OnnxNetwork::layer(OpKind::kConv, {from});
    made.out_channels = network.shape(from).c;
    made.groups = groups;
    const int share = made.out_channels / groups;
    made.weights.assign(std::size_t(made.out_channels) * std::size_t(share), 1 / float(share));
    return network.add(node, std::move(made), tail);
  }
};

// Layers: x - mean, its square's mean, the inverse root of that, and the product.
int normalised(OnnxNetwork& network, const OnnxNode& node, int from, const Over& over,
               float epsilon) {
  Node centred = OnnxNetwork::layer(OpKind::kAdd, {from, over.mean(network, node, from, "mean")});
  centred.add_factor[1] = -1;
  const int off = network.add(node, std::move(centred), "centred");
  const int squares = add_function(network, node, off, square(), "squares");
  const int variance = over.mean(network, node, squares, "variance");
  const int factor = add_function(network, node, variance, inverse_root(epsilon), "factor");
  return network.add(node, OnnxNetwork::layer(OpKind::kMultiply, {off, factor}), "normalised");
}

float epsilon_of(const OnnxNode& node) { return node.number("epsilon", 1e-5f); }

std::vector<float> numbers(const OnnxNetwork& network, const OnnxNode& node, int i,
                           const char* what, std::size_t count) {
  std::vector<float> made = network.floats(node, i, what);
  if (made.size() != count) {
    node.fail(fmt::format("has {} values as its {}; expected {}", made.size(), what, count));
  }
  return made;
}

// By channel from one a group.
std::vector<float> spread(const std::vector<float>& values, int channels) {
  std::vector<float> made;
  for (const float value : values) {
    made.insert(made.end(), std::size_t(channels) / values.size(), value);
  }
  return made;
}

void define_like(OnnxNetwork& network, const OnnxNode& node, OnnxView view, int layer) {
  view.node = layer;
  view.name = node.name();
  network.define(node.output(), std::move(view));
}

// Behind the network the host computes it at one go.
void leave_if_last(const OnnxNetwork& network, const OnnxNode& node) {
  if (network.in_order) node.fail("this operator is no layer of a network");
}

// A view [1, G, ...] of a map's elements in order is G groups of its channels.
int groups_of(const OnnxNetwork& network, const OnnxNode& node, const OnnxView& view) {
  const Shape shape = network.shape(view.node);
  const int groups = view.rank() > 1 ? view.extent(1) : 0;
  OnnxView flat = view;
  Movement joined;
  MovementStep step;
  step.dims = {1, shape.size()};
  joined.steps = {step};
  const bool in_order = groups > 0 && shape.c % groups == 0 && view.rank() > 2 &&
                        num_elements(view.extents()) == shape.size() && flat.move(joined) &&
                        flat.dims[1] == places_apart(int(shape.size()), 1);
  if (!in_order) node.fail("expected a map [N, C, H, W], or its channels in groups [N, G, ...]");
  return groups;
}

void instance_norm(OnnxNetwork& network, const OnnxNode& node) {
  leave_if_last(network, node);
  OnnxView view = network.without_fill(node, network.view(node, 0));
  const auto axes = view.axes(network.shape(view.node));
  if (view.rank() == 4 && (!axes || (*axes)[1] != 0)) {
    view = network.whole_of(node, network.map(node, view), view);
  }
  const int channels = network.shape(view.node).c, groups = groups_of(network, node, view);
  const auto scale = numbers(network, node, 1, "scale", std::size_t(groups));
  const auto bias = numbers(network, node, 2, "bias", std::size_t(groups));
  const Over over{true, groups == channels ? 0 : groups};
  const int layer = normalised(network, node, view.node, over, epsilon_of(node));
  define_like(network, node, view,
              add_line(network, node, layer, spread(scale, channels), spread(bias, channels)));
}

void group_norm(OnnxNetwork& network, const OnnxNode& node) {
  node.ignore("stash_type");
  const int from = network.map(node, 0), channels = network.shape(from).c;
  const std::int64_t groups = node.integer("num_groups", 0);
  if (groups < 1 || channels % groups != 0) {
    node.fail(fmt::format("has {} groups for {} channels", groups, channels));
  }
  const auto scale = numbers(network, node, 1, "scale", std::size_t(channels));
  const auto bias = numbers(network, node, 2, "bias", std::size_t(channels));
  const int layer = normalised(network, node, from, {true, int(groups)}, epsilon_of(node));
  network.finish(node, add_line(network, node, layer, scale, bias), network.view(node, 0).rank());
}

void layer_norm(OnnxNetwork& network, const OnnxNode& node) {
  leave_if_last(network, node);
  node.ignore("stash_type");
  const OnnxView view = network.without_fill(node, network.view(node, 0));
  const auto axes = view.axes(network.shape(view.node));
  const int rank = int(view.rank());
  if (!axes || node.axis("axis", -1, rank) != rank - 1 || axes->back() != 0) {
    node.fail("expected the norm of each position over its channels, as the last dimension");
  }
  const auto channels = std::size_t(network.shape(view.node).c);
  const auto scale = numbers(network, node, 1, "scale", channels);
  std::vector<float> bias(channels, 0.0f);
  if (node.has_input(2)) bias = numbers(network, node, 2, "bias", channels);
  const int layer = normalised(network, node, view.node, {false, 1}, epsilon_of(node));
  define_like(network, node, view, add_line(network, node, layer, scale, bias));
}

// x / (k + a/n (sum of n channels' squares))^b: a convolution of 1x1 adds up the squares.
void local_response(OnnxNetwork& network, const OnnxNode& node) {
  const std::int64_t size = node.integer("size", 0);
  const float alpha = node.number("alpha", 1e-4f), beta = node.number("beta", 0.75f);
  const int from = network.map(node, 0), channels = network.shape(from).c;
  if (size < 1) node.fail("expected a size of 1 or more");
  Node sums =
      OnnxNetwork::layer(OpKind::kConv, {add_function(network, node, from, square(), "squares")});
  sums.out_channels = channels;
  sums.weights.assign(std::size_t(channels) * std::size_t(channels), 0.0f);
  for (int k = 0; k < channels; ++k) {
    const std::int64_t first = std::max<std::int64_t>(0, k - (size - 1) / 2);
    const std::int64_t last = std::min<std::int64_t>(channels - 1, k + size / 2);
    for (std::int64_t c = first; c <= last; ++c) {
      sums.weights[std::size_t(k) * std::size_t(channels) + std::size_t(c)] = alpha / float(size);
    }
  }
  const int sum = network.add(node, std::move(sums), "sums");
  const F base = F::binary(Op::kAdd, {}, F::constant(node.number("bias", 1)));
  const int factor =
      add_function(network, node, sum, F::binary(Op::kPow, base, F::constant(-beta)), "factor");
  const int layer = network.add(node, OnnxNetwork::layer(OpKind::kMultiply, {from, factor}));
  network.finish(node, layer, network.view(node, 0).rank());
}

}  // namespace

int channel_sum(OnnxNetwork& network, const OnnxNode& node, int from, float factor,
                const std::string& tail) {
  Node made = OnnxNetwork::layer(OpKind::kConv, {from});
  made.out_channels = 1;
  made.weights.assign(std::size_t(network.shape(from).c), factor);
  return network.add(node, std::move(made), tail);
}

// Halves, of which an odd number of channels share one, until one is left.
int channel_maximum(OnnxNetwork& network, const OnnxNode& node, int from) {
  for (int channels = network.shape(from).c, i = 0; channels > 1; ++i) {
    const int half = (channels + 1) / 2;
    const auto part = [&](int begin, const char* which) {
      return add_select(network, node, from, Selection::places(begin, 1, half),
                        fmt::format("{}{}", which, i));
    };
    const int low = part(0, "low"), high = part(channels - half, "high");
    from = network.add(node, OnnxNetwork::layer(OpKind::kMaximum, {low, high}),
                       fmt::format("max{}", i));
    channels = half;
  }
  return from;
}

OnnxLowerings normalization_lowerings() {
  return {{"InstanceNormalization", instance_norm},
          {"GroupNormalization", group_norm},
          {"LayerNormalization", layer_norm},
          {"LRN", local_response}};
}

}  // namespace escalate
