#include "retrain/transformations.h"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/error.h"
#include "common/parallel.h"
#include "common/random.h"
#include "compress/coefficient_places.h"
#include "compress/kernel_svd.h"
#include "compress/shrink.h"
#include "compress/ternary_fit.h"
#include "workloads/layer_rules.h"
#include "workloads/layer_selection.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

constexpr double kPi = 3.14159265358979323846;

KernelShape kernel_shape(const TrainedNetwork& network, int node) {
  const Node& layer = network.structure().nodes[std::size_t(node)];
  return {layer.out_channels, network.channels_of(node), layer.window.r * layer.window.s};
}

/// The batch norm that alone reads a node, or -1.
int batch_norm_after(const Graph& graph, int node) {
  const std::vector<int> readers = graph.consumers()[std::size_t(node)];
  const bool is_one =
      readers.size() == 1 && graph.nodes[std::size_t(readers[0])].op == OpKind::kBatchNorm;
  return is_one ? readers[0] : -1;
}

Node identity_batch_norm(const Node& layer, int index) {
  Node norm;
  norm.name = layer.name + ".batch_norm";
  norm.op = OpKind::kBatchNorm;
  norm.inputs = {index};
  norm.out = layer.out;
  const auto channels = std::size_t(layer.out_channels);
  norm.bn_scale.assign(channels, std::sqrt(1 + norm.bn_epsilon));
  norm.bn_bias.assign(channels, 0.0f);
  norm.bn_mean.assign(channels, 0.0f);
  norm.bn_variance.assign(channels, 1.0f);
  return norm;
}

/// Output channels whose weights are all masked get no offset either: their output is 0 for good.
void end_dead_channels(TrainedNetwork& network) {
  for (auto& [node, layer] : network.layers()) {
    if (!layer.mask.defined()) continue;
    const at::Tensor alive =
        (layer.mask.reshape({layer.mask.size(0), -1}).sum(1) > 0).to(at::kFloat);
    const int norm = batch_norm_after(network.structure(), node);
    if (norm >= 0) network.batch_norms().at(norm).mask = alive;
    if (layer.bias.defined()) layer.bias.mul_(alive);
  }
}

void set_mask(TrainedLayer& layer, const at::Tensor& kept) {
  const at::Tensor mask = kept.to(at::kFloat);
  layer.mask = layer.mask.defined() ? layer.mask * mask : mask;
  layer.sparse().mul_(layer.mask);
}

/// Weighted layers but those that `--direct` names.
std::vector<int> layers_not_named(const Graph& graph, const std::vector<std::string>& direct) {
  std::vector<int> weighted;
  std::vector<std::string> names;
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    if (!graph.nodes[std::size_t(i)].is_weighted()) continue;
    weighted.push_back(i);
    names.push_back(graph.nodes[std::size_t(i)].name);
  }
  if (direct.empty()) return weighted;
  const std::vector<bool> is_direct = select_names(names, direct, "--direct");
  std::vector<int> others;
  for (std::size_t n = 0; n < weighted.size(); ++n) {
    if (!is_direct[n]) others.push_back(weighted[n]);
  }
  return others;
}

at::Tensor indices(const std::vector<int>& values) {
  return at::tensor(std::vector<std::int64_t>(values.begin(), values.end()));
}

/// A layer of real basis kernels with the channels that are left, without dead terms.
TrainedLayer shrunk_layer(const TrainedLayer& layer, const std::vector<int>& outputs,
                          const std::vector<int>& inputs) {
  TrainedLayer made = layer;
  const auto choose = [&](const at::Tensor& values) {
    return values.index_select(0, indices(outputs).to(values.device()))
        .index_select(2, indices(inputs).to(values.device()));
  };
  made.coefficients =
      choose(layer.mask.defined() ? layer.coefficients * layer.mask : layer.coefficients);
  const at::Tensor is_alive = at::abs(made.coefficients).sum(c10::IntArrayRef{0, 2}) > 0;
  at::Tensor alive = at::nonzero(is_alive).reshape({-1});
  if (alive.numel() == 0) alive = at::zeros({1}, alive.options());
  made.coefficients = made.coefficients.index_select(1, alive).clone();
  made.basis = layer.basis.index_select(0, alive).clone();
  if (layer.mask.defined()) made.mask = choose(layer.mask).index_select(1, alive).clone();
  if (layer.bias.defined()) {
    made.bias = layer.bias.index_select(0, indices(outputs).to(layer.bias.device())).clone();
  }
  return made;
}

/// Which coefficients [K][M][C/groups] of the layer at `index` may differ from 0.
std::vector<bool> places_of(const Node& before, const KernelShape& shape, int terms,
                            const NmPattern& pattern) {
  if (before.decomposition) {
    const std::vector<std::int8_t>& codes = before.decomposition->coefficients;
    if (!keeps_to(codes, shape.channels, 1, pattern)) {
      throw UserError(SourcePlace{"", 0, before.name},
                      fmt::format("came decomposed, with more than {} of {} coefficients",
                                  pattern.kept, pattern.group));
    }
    return largest_of_groups(std::vector<float>(codes.begin(), codes.end()), shape.channels, 1,
                             pattern);
  }
  const CoefficientPlaces places(before.weights, shape, terms, pattern);
  std::vector<bool> allowed;
  for (int k = 0; k < shape.outputs; ++k) {
    for (int m = 0; m < terms; ++m) {
      for (int c = 0; c < shape.channels; ++c) {
        allowed.push_back(places.allows(Eigen::Index{k} * shape.channels + c, m));
      }
    }
  }
  return allowed;
}

}  // namespace

Graph with_batch_norms(const Graph& graph) {
  Graph made = graph;
  made.nodes.clear();
  made.quantization = {};
  std::vector<int> moved(graph.nodes.size());
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    Node node = graph.nodes[std::size_t(i)];
    for (int& input : node.inputs) input = moved[std::size_t(input)];
    made.nodes.push_back(node);
    moved[std::size_t(i)] = int(made.nodes.size()) - 1;
    if (node.op != OpKind::kConv || batch_norm_after(graph, i) >= 0) continue;
    made.nodes.push_back(identity_batch_norm(node, int(made.nodes.size()) - 1));
    moved[std::size_t(i)] = int(made.nodes.size()) - 1;
  }
  made.infer_shapes();
  return made;
}

void settle_batch_norms(TrainedNetwork& network, const Graph& original, const at::Tensor& images) {
  const c10::NoGradGuard no_gradients;
  const std::vector<at::Tensor> outputs = network.forward_all(images, false);
  const Graph& graph = network.structure();
  for (auto& [node, norm] : network.batch_norms()) {
    const Node& made = graph.nodes[std::size_t(node)];
    if (original.find(made.name) >= 0) continue;
    const at::Tensor in = outputs[std::size_t(made.inputs[0])];
    norm.mean = at::mean(in, {0, 2, 3});
    norm.variance = at::var(in, {0, 2, 3}, false);
    norm.scale = at::sqrt(norm.variance + double(made.bn_epsilon));
    norm.offset = norm.mean.clone();
  }
}

Graph with_random_weights(const Graph& graph, std::uint64_t seed) {
  Graph made = graph;
  made.quantization = {};
  for (int i = 0; i < int(made.nodes.size()); ++i) {
    Node& node = made.nodes[std::size_t(i)];
    if (node.op == OpKind::kBatchNorm) {
      node.bn_scale.assign(node.bn_scale.size(), 1.0f);
      node.bn_bias.assign(node.bn_bias.size(), 0.0f);
      node.bn_mean.assign(node.bn_mean.size(), 0.0f);
      node.bn_variance.assign(node.bn_variance.size(), 1.0f);
    }
    if (!node.is_weighted()) continue;
    const Shape in = made.input_shape_of(i);
    const std::int64_t channels =
        node.op == OpKind::kFullyConnected ? in.size() : in.c / node.groups;
    const std::int64_t inputs = channels * node.window.r * node.window.s;
    node.drawn.reset();
    node.decomposition.reset();
    node.npy_files.clear();
    node.weight_scale.clear();
    node.bias.assign(std::size_t(node.out_channels), 0.0f);
    if (batch_norm_after(made, i) >= 0) node.bias.clear();
    node.weights.resize(std::size_t(node.out_channels * inputs));
    Random random(seed_for(seed, node.name));
    const double deviation = std::sqrt(2.0 / double(inputs));
    for (float& weight : node.weights) {  // Box and Muller
      const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
      weight = float(deviation * radius * std::cos(2 * kPi * random.uniform()));
    }
  }
  return made;
}

std::vector<int> layers_to_decompose(const Graph& graph, const std::vector<std::string>& direct,
                                     bool pointwise) {
  std::vector<int> chosen;
  for (const int i : layers_not_named(graph, direct)) {
    const Node& node = graph.nodes[std::size_t(i)];
    const LayerForm form = node.form == LayerForm::kUnset ? default_form(graph, i) : node.form;
    const bool is_pointwise = node.window.r * node.window.s == 1;
    if (form == LayerForm::kDecomposed && (pointwise || !is_pointwise)) chosen.push_back(i);
  }
  return chosen;
}

void decompose(TrainedNetwork& network, const std::vector<int>& layers, int terms) {
  const c10::NoGradGuard no_gradients;
  for (const int node : layers) {
    TrainedLayer& layer = network.layers().at(node);
    const KernelShape shape = kernel_shape(network, node);
    const Window& window = network.structure().nodes[std::size_t(node)].window;
    const int count = std::min(terms, shape.taps);
    const KernelSvd svd = kernel_svd(floats_of(layer.effective_weight()), shape, count);
    layer.weighting = Weighting::kRealBasis;
    layer.coefficients = tensor_of(svd.coefficients, {shape.outputs, shape.channels, count})
                             .permute({0, 2, 1})
                             .contiguous()
                             .to(network.device());
    layer.basis = tensor_of({svd.basis.begin(), svd.basis.end()}, {count, window.r, window.s})
                      .to(network.device());
    layer.weight = at::Tensor();
    layer.mask = at::Tensor();
  }
}

Graph with_ternary_layers(const Graph& graph, const std::vector<int>& layers,
                          const TernaryStart& start) {
  Graph made = graph;
  made.quantization = {};
  parallel_for(std::int64_t(layers.size()), start.jobs, [&](std::int64_t n) {
    const int index = layers[std::size_t(n)];
    Node& node = made.nodes[std::size_t(index)];
    if (node.decomposition) return;
    const Shape in = made.input_shape_of(index);
    const int taps = node.window.r * node.window.s;
    const auto channels =
        node.op == OpKind::kFullyConnected ? in.size() : std::int64_t{in.c / node.groups};
    TernaryOptions options;
    options.terms = taps > 1 ? std::min(start.terms, taps) : start.pointwise_terms;
    options.density = start.density;
    if (start.pattern && has_groups(int(channels), *start.pattern)) options.pattern = start.pattern;
    node.decomposition =
        fit_ternary(node.weights, {node.out_channels, int(channels), taps}, options);
    node.form = LayerForm::kDecomposed;
    node.terms = options.terms;
    node.weights.clear();
    node.weight_scale.clear();
  });
  return made;
}

void hold_to_pattern(TrainedNetwork& network, const Graph& before, const std::vector<int>& layers,
                     const NmPattern& pattern) {
  const c10::NoGradGuard no_gradients;
  for (const int index : layers) {
    TrainedLayer& layer = network.layers().at(index);
    const KernelShape shape = kernel_shape(network, index);
    if (layer.weighting != Weighting::kTernary || !has_groups(shape.channels, pattern)) continue;
    const std::vector<bool> allowed = places_of(before.nodes[std::size_t(index)], shape,
                                                int(layer.coefficients.size(1)), pattern);
    const at::Tensor mask = tensor_of({allowed.begin(), allowed.end()}, layer.coefficients.sizes());
    set_mask(layer, mask.to(network.device()));
  }
}

void prune_coefficients(TrainedNetwork& network, double factor) {
  const c10::NoGradGuard no_gradients;
  for (auto& [node, layer] : network.layers()) {
    if (layer.weighting != Weighting::kRealBasis) continue;
    const double threshold = factor * at::std(layer.coefficients, false).item<double>();
    set_mask(layer, at::abs(layer.coefficients) >= threshold);
  }
  end_dead_channels(network);
}

void prune_weights(TrainedNetwork& network, double density) {
  const c10::NoGradGuard no_gradients;
  std::vector<at::Tensor> magnitudes;
  for (auto& [node, layer] : network.layers()) {
    if (layer.weighting == Weighting::kPlain) {
      magnitudes.push_back(at::abs(layer.weight).reshape({-1}));
    }
  }
  ensure(!magnitudes.empty(), "a network has layers");
  const at::Tensor sorted = std::get<0>(at::sort(at::cat(magnitudes)));
  const auto removed = std::int64_t(std::floor((1 - density) * double(sorted.numel())));
  if (removed < 1) return;
  const double threshold = sorted[removed - 1].item<double>();
  for (auto& [node, layer] : network.layers()) {
    if (layer.weighting == Weighting::kPlain) set_mask(layer, at::abs(layer.weight) > threshold);
  }
  end_dead_channels(network);
}

void prune_to_pattern(TrainedNetwork& network, const NmPattern& pattern,
                      const std::vector<std::string>& whole) {
  const c10::NoGradGuard no_gradients;
  for (const int node : layers_not_named(network.structure(), whole)) {
    TrainedLayer& layer = network.layers().at(node);
    const KernelShape shape = kernel_shape(network, node);
    if (layer.weighting != Weighting::kPlain || !has_groups(shape.channels, pattern)) continue;
    const std::vector<bool> kept =
        largest_of_groups(floats_of(layer.weight), shape.channels, shape.taps, pattern);
    const at::Tensor mask = tensor_of({kept.begin(), kept.end()}, layer.weight.sizes());
    set_mask(layer, mask.to(network.device()));
  }
}

TrainedNetwork shrunk(const TrainedNetwork& network) {
  const c10::NoGradGuard no_gradients;
  const ShrunkGraph small = shrink(network.graph());
  TrainedNetwork made(small.graph, network.device());
  for (const auto& [node, layer] : network.layers()) {
    const std::vector<int>& outputs = small.kept[std::size_t(node)];
    const int input = network.structure().nodes[std::size_t(node)].inputs[0];
    TrainedLayer& taken = made.layers().at(node);
    if (layer.weighting == Weighting::kRealBasis) {
      std::vector<int> inputs = small.kept[std::size_t(input)];
      if (layer.coefficients.size(2) != network.structure().nodes[std::size_t(input)].out.c) {
        inputs.resize(std::size_t(layer.coefficients.size(2)));  // grouped: none has gone
        std::iota(inputs.begin(), inputs.end(), 0);
      }
      taken = shrunk_layer(layer, outputs, inputs);
    } else if (layer.mask.defined()) {  // what was pruned stays so
      const at::Tensor values = taken.weighting == Weighting::kTernary
                                    ? ternary_codes_of(taken.coefficients)
                                    : taken.weight;
      taken.mask = (values != 0).to(at::kFloat);
    }
  }
  return made;
}

Graph graph_of_pairs(const TrainedNetwork& network) {
  const c10::NoGradGuard no_gradients;
  const Graph graph = network.graph();
  Graph made = graph;
  made.nodes.clear();
  std::vector<int> moved(graph.nodes.size());
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    Node node = graph.nodes[std::size_t(i)];
    for (int& input : node.inputs) input = moved[std::size_t(input)];
    const auto layer = network.layers().find(i);
    if (layer != network.layers().end() && layer->second.weighting == Weighting::kRealBasis) {
      const at::Tensor& basis = layer->second.basis;
      const at::Tensor coefficients = layer->second.mask.defined()
                                          ? layer->second.coefficients * layer->second.mask
                                          : layer->second.coefficients;
      Node combine = node;
      combine.name = node.name + ".combine";
      combine.out_channels = node.out_channels * int(basis.size(0));
      combine.window = Window{};
      combine.weights = floats_of(coefficients);
      combine.bias.clear();
      made.nodes.push_back(std::move(combine));
      node.inputs = {int(made.nodes.size()) - 1};
      node.groups = node.out_channels;
      node.weights = floats_of(basis.unsqueeze(0).expand(
          {node.out_channels, basis.size(0), basis.size(1), basis.size(2)}));
    }
    moved[std::size_t(i)] = int(made.nodes.size());
    made.nodes.push_back(std::move(node));
  }
  made.infer_shapes();
  return made;
}

}  // namespace escalate
