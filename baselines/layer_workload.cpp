#include "baselines/layer_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "common/error.h"
#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

/// A flattened tensor stands for the one that it was made of.
std::size_t tensor_of(const IntegerNetwork& network, std::size_t node) {
  while (network.nodes[node].op == IntegerOp::kFlatten) {
    node = static_cast<std::size_t>(network.nodes[node].inputs.at(0));
  }
  return node;
}

/// The layer whose outputs `add` finishes: the later of its operands, to which the other is added
/// as soon as both are there.
std::size_t finished_by(const IntegerNetwork& network, const IntegerNode& add) {
  std::size_t last = 0;
  for (const int input : add.inputs) {
    last = std::max(last, tensor_of(network, static_cast<std::size_t>(input)));
  }
  return last;
}

/// The weighted layer whose results, or sums of them with another's, are the network's output; the
/// number of nodes if a pool or the like makes it, which is no layer of a baseline.
std::size_t output_layer(const IntegerNetwork& network) {
  std::size_t node = tensor_of(network, network.nodes.size() - 1);
  if (network.nodes[node].op == IntegerOp::kAdd) node = finished_by(network, network.nodes[node]);
  return network.nodes[node].op == IntegerOp::kConv ? node : network.nodes.size();
}

LayerWorkload shape_of(const IntegerNetwork& network, std::size_t index) {
  const IntegerNode& node = network.nodes[index];
  LayerWorkload layer;
  const IntegerNode& source = network.nodes[static_cast<std::size_t>(node.inputs.at(0))];
  layer.name = node.name;
  layer.reads_network_input = tensor_of(network, static_cast<std::size_t>(node.inputs.at(0))) == 0;
  layer.writes_network_output = index == output_layer(network);
  layer.in = source.out;
  layer.out = node.out;
  layer.groups = node.groups;
  layer.window = node.window;
  layer.transposed_positions = node.transposed_positions;
  const bool pointwise_vector = layer.in.h == 1 && layer.in.w == 1 && layer.out.h == 1 &&
                                layer.out.w == 1 && layer.window.r == 1 && layer.window.s == 1;
  layer.kind = pointwise_vector                                 ? "fc"
               : node.groups > 1 && node.groups == source.out.c ? "depthwise"
                                                                : "conv";
  layer.weights = node.form == WeightForm::kDirect
                      ? BitTensor::nonzeros_of(node.weights)
                      : BitTensor::nonzeros_of(reconstruct_weights(node, layer.in.c));
  return layer;
}

/// Outputs of a weighted layer to which others are added.
std::int64_t residual_additions(const IntegerNetwork& network,
                                const std::vector<std::vector<int>>& consumers, std::size_t layer) {
  std::int64_t additions = 0;
  for (const int consumer : consumers[layer]) {
    const IntegerNode& node = network.nodes[static_cast<std::size_t>(consumer)];
    if (node.op != IntegerOp::kAdd) continue;
    if (finished_by(network, node) == layer) additions += node.out.size();
  }
  return additions;
}

/// Density at which what `node` makes is read, after pools, sums and joins; 1 if nobody was drawn.
double drawn_density(const IntegerNetwork& network, const std::vector<std::vector<int>>& consumers,
                     std::size_t node) {
  std::vector<std::size_t> open = {node};
  std::set<std::size_t> seen;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (!seen.insert(at).second) continue;
    if (network.nodes[at].substitute) {
      const std::vector<std::int8_t>& values = network.nodes[at].substitute->values;
      return static_cast<double>(BitTensor::nonzeros_of(values).count()) /
             static_cast<double>(values.size());
    }
    for (const int consumer : consumers[at]) {
      if (network.nodes[static_cast<std::size_t>(consumer)].op != IntegerOp::kConv) {
        open.push_back(static_cast<std::size_t>(consumer));
      }
    }
  }
  return 1;
}

/// The drawn tensor that a weighted layer reads, behind a flatten.
const Activations& drawn_input(const IntegerNetwork& network, const IntegerNode& layer) {
  const IntegerNode* node = &network.nodes[static_cast<std::size_t>(layer.inputs.at(0))];
  while (!node->substitute && node->op == IntegerOp::kFlatten) {
    node = &network.nodes[static_cast<std::size_t>(node->inputs.at(0))];
  }
  if (!node->substitute) {
    throw UserError(fmt::format("layer '{}': its input was not drawn", layer.name));
  }
  return *node->substitute;
}

/// Indices in 0 .. extent-1 that tap `tap` meets with an output in 0 .. outputs-1.
bool meets(int index, int tap, int stride, int pad, int outputs) {
  const int shifted = index + pad - tap;
  return shifted >= 0 && shifted % stride == 0 && shifted / stride < outputs;
}

/// Non-zero activations of channel `c` that each tap meets with an output, added to `met` [R][S].
void count_met(const LayerWorkload& layer, const BitTensor& input, int c, std::int64_t* met) {
  const Window& window = layer.window;
  const std::int64_t first = std::int64_t{c} * layer.in.h * layer.in.w;
  std::vector<std::int64_t> by_column(static_cast<std::size_t>(window.s));
  for (int h = 0; h < layer.in.h; ++h) {
    std::fill(by_column.begin(), by_column.end(), 0);
    const std::int64_t row = first + std::int64_t{h} * layer.in.w;
    input.for_each(row, layer.in.w, [&](std::int64_t i) {
      for (int s = 0; s < window.s; ++s) {
        by_column[static_cast<std::size_t>(s)] +=
            meets(static_cast<int>(i - row), s, window.stride_w, window.pad_left, layer.out.w);
      }
    });
    for (int r = 0; r < window.r; ++r) {
      if (!meets(h, r, window.stride_h, window.pad_top, layer.out.h)) continue;
      for (int s = 0; s < window.s; ++s) {
        met[r * window.s + s] += by_column[static_cast<std::size_t>(s)];
      }
    }
  }
}

}  // namespace

std::int64_t LayerWorkload::input_nonzeros() const {
  std::int64_t sum = 0;
  for (const BitTensor& input : inputs) sum += input.count();
  return sum;
}

void LayerWorkload::validate() const {
  ensure(groups >= 1 && in.c % groups == 0 && out.c % groups == 0, "groups do not divide channels");
  ensure(weights.size() == out.c * weights_per_filter(), "the weights' bit map has another size");
  ensure(!inputs.empty(), "a layer without images");
  for (const BitTensor& input : inputs) {
    ensure(input.size() == in.size(), "an input's bit map has another size");
  }
  ensure(window.out_h(in.h) == out.h && window.out_w(in.w) == out.w,
         "window, input and output do not fit together");
}

std::int64_t matched_pairs(const LayerWorkload& layer, Skips skips) {
  const std::int64_t taps = std::int64_t{layer.window.r} * layer.window.s;
  const BitTensor dense =
      !skips_activations(skips) ? BitTensor::ones(layer.in.size()) : BitTensor();
  std::vector<std::int64_t> met(static_cast<std::size_t>(layer.in.c * taps));
  for (int c = 0; c < layer.in.c; ++c) {
    for (const BitTensor& input : layer.inputs) {
      count_met(layer, skips_activations(skips) ? input : dense, c, met.data() + c * taps);
    }
  }
  const std::int64_t per_filter = layer.weights_per_filter();
  if (!skips_weights(skips)) {
    return layer.filters_per_group() * std::accumulate(met.begin(), met.end(), std::int64_t{0});
  }
  std::int64_t pairs = 0;
  for (std::int64_t k = 0; k < layer.out.c; ++k) {
    const std::int64_t* group_met = met.data() + k / layer.filters_per_group() * per_filter;
    layer.weights.for_each(k * per_filter, per_filter,
                           [&](std::int64_t i) { pairs += group_met[i - k * per_filter]; });
  }
  return pairs;
}

std::vector<LayerWorkload> make_layer_workloads(
    const IntegerNetwork& network, const std::vector<std::vector<Activations>>& outputs) {
  std::vector<LayerWorkload> layers;
  const std::vector<std::vector<int>> consumers = network.consumers();
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& node = network.nodes[i];
    if (node.op != IntegerOp::kConv) continue;
    LayerWorkload layer = shape_of(network, i);
    layer.residual_additions =
        static_cast<std::int64_t>(outputs.size()) * residual_additions(network, consumers, i);
    for (const std::vector<Activations>& image : outputs) {
      const auto source = static_cast<std::size_t>(node.inputs[0]);
      layer.inputs.push_back(BitTensor::nonzeros_of(image.at(source).values));
      layer.output_nonzeros += BitTensor::nonzeros_of(image.at(i).values).count();
    }
    layer.validate();
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::vector<LayerWorkload> make_drawn_workloads(const IntegerNetwork& network, int images) {
  std::vector<LayerWorkload> layers;
  const std::vector<std::vector<int>> consumers = network.consumers();
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& node = network.nodes[i];
    if (node.op != IntegerOp::kConv) continue;
    LayerWorkload layer = shape_of(network, i);
    layer.residual_additions = images * residual_additions(network, consumers, i);
    layer.inputs.assign(static_cast<std::size_t>(images),
                        BitTensor::nonzeros_of(drawn_input(network, node).values));
    layer.output_nonzeros = images * std::llround(drawn_density(network, consumers, i) *
                                                  static_cast<double>(layer.out.size()));
    layer.validate();
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::vector<LayerWorkload> make_yaml_workloads(const std::string& path, int images,
                                               std::uint64_t seed) {
  DrawOptions options;
  options.plain_weights = true;
  if (seed != 0) options.seed = seed;
  return make_drawn_workloads(draw_network(read_yaml_workload(path), options).network, images);
}

}  // namespace escalate
