#include "compress/graph_passes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "common/error.h"
#include "compress/given_scales.h"
#include "compress/merged_selections.h"
#include "workloads/layer_rules.h"
#include "workloads/layers/kinds.h"
#include "workloads/sign_slopes.h"

namespace escalate {
namespace {

/// A batch norm as y = scale x + bias.
struct Affine {
  std::vector<double> scale, bias;
};

Affine affine_of(const Node& node) {
  Affine affine;
  for (std::size_t c = 0; c < node.bn_scale.size(); ++c) {
    const double deviation = std::sqrt(double(node.bn_variance[c]) + double(node.bn_epsilon));
    const double scale = double(node.bn_scale[c]) / deviation;
    const double bias = double(node.bn_bias[c]) - double(node.bn_mean[c]) * scale;
    if (!std::isfinite(scale) || !std::isfinite(bias)) {
      throw UserError(
          SourcePlace{"", 0, node.name},
          "this batch norm has a factor that is not finite in channel " + std::to_string(c));
    }
    affine.scale.push_back(scale);
    affine.bias.push_back(bias);
  }
  return affine;
}

void fold_into(Node& layer, const Affine& affine) {
  const auto outputs = std::size_t(layer.out_channels);
  if (layer.bias.empty()) layer.bias.assign(outputs, 0.0f);
  const std::size_t per_output = layer.weights.size() / outputs;
  for (std::size_t k = 0; k < outputs; ++k) {
    layer.bias[k] = float(double(layer.bias[k]) * affine.scale[k] + affine.bias[k]);
    if (layer.decomposition) {
      float& scale = layer.decomposition->channel_scale[k];
      scale = float(double(scale) * affine.scale[k]);
    }
    for (std::size_t i = k * per_output; i < (k + 1) * per_output; ++i) {
      layer.weights[i] = float(double(layer.weights[i]) * affine.scale[k]);
    }
  }
  layer.weight_scale.clear();  // int8 steps are chosen anew
}

/// The fully connected layer that alone reads node `i`, directly or flattened, if it has float
/// weights; -1 if there is none.
int fully_connected_behind(const Graph& graph, const std::vector<std::vector<int>>& readers,
                           std::size_t i) {
  while (readers[i].size() == 1 && !graph.nodes[i].is_output) {
    i = std::size_t(readers[i][0]);
    const Node& reader = graph.nodes[i];
    if (reader.op == OpKind::kFullyConnected) {
      return reader.weights.empty() || reader.decomposition || reader.drawn ? -1 : int(i);
    }
    if (reader.op != OpKind::kFlatten) return -1;
  }
  return -1;
}

/// W (scale x + bias) + b of a layer whose inputs are the channels in order, each as often as it
/// has positions.
void fold_ahead(Node& layer, const Affine& affine) {
  const auto outputs = std::size_t(layer.out_channels);
  if (layer.bias.empty()) layer.bias.assign(outputs, 0.0f);
  const std::size_t inputs = layer.weights.size() / outputs;
  const std::size_t positions = inputs / affine.scale.size();
  for (std::size_t k = 0; k < outputs; ++k) {
    double bias = double(layer.bias[k]);
    for (std::size_t i = 0; i < inputs; ++i) {
      float& weight = layer.weights[k * inputs + i];
      bias += double(weight) * affine.bias[i / positions];
      weight = float(double(weight) * affine.scale[i / positions]);
    }
    layer.bias[k] = float(bias);
  }
  layer.weight_scale.clear();  // int8 steps are chosen anew
  layer.given_steps = 0;
}

Node depthwise(const Node& batch_norm, const Affine& affine) {
  Node node;
  node.name = batch_norm.name;
  node.op = OpKind::kConv;
  node.inputs = batch_norm.inputs;
  node.out = batch_norm.out;
  node.is_output = batch_norm.is_output;
  node.out_channels = node.groups = int(affine.scale.size());
  node.form = LayerForm::kDirect;
  node.weights.assign(affine.scale.begin(), affine.scale.end());
  node.bias.assign(affine.bias.begin(), affine.bias.end());
  return node;
}

/// Removes the nodes marked; their readers read `input 0` of them instead.
void remove_marked(Graph& graph, const std::vector<bool>& marked) {
  std::vector<int> moved(graph.nodes.size(), -1);
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    for (int& input : node.inputs) input = moved[input];
    if (marked[i]) {
      moved[i] = node.inputs.empty() ? -1 : node.inputs[0];
      continue;
    }
    moved[i] = int(kept.size());
    kept.push_back(std::move(node));
  }
  graph.nodes = std::move(kept);
}

/// Steps that all values of a node's output are, and their bounds.
struct Steps {
  float step, low, high;
};

/// By node; nothing where values may be any.
std::vector<std::optional<Steps>> steps_of_outputs(const Graph& graph) {
  std::vector<std::optional<Steps>> made(graph.nodes.size());
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.is_quantizer()) made[i] = Steps{node.clip_step, node.clip_min, node.clip_max};
    const bool is_relu = node.op == OpKind::kRelu;
    if (!is_relu && !kind_of(node).passes_values_on(node)) continue;
    made[i] = made[std::size_t(node.inputs[0])];
    if (!made[i]) continue;
    made[i]->high = std::max(made[i]->high, 0.0f);  // of padding
    made[i]->low = is_relu ? std::max(made[i]->low, 0.0f) : std::min(made[i]->low, 0.0f);
  }
  return made;
}

/// Whether what it reads is whole steps already, within its bounds.
bool quantises_again(const Node& node, const std::vector<std::optional<Steps>>& steps) {
  if (!node.is_quantizer()) return false;
  const std::optional<Steps>& read = steps[std::size_t(node.inputs[0])];
  return read && read->step == node.clip_step && read->low >= node.clip_min &&
         read->high <= node.clip_max;
}

/// Nodes from which no way leads to an output; the input is always kept.
std::vector<bool> unread(const Graph& graph) {
  std::vector<bool> is_read(graph.nodes.size(), false);
  is_read.front() = true;
  for (const int output : graph.output_nodes()) is_read[std::size_t(output)] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (!is_read[i]) continue;
    for (const int input : graph.nodes[i].inputs) is_read[input] = true;
  }
  is_read.flip();
  return is_read;
}

}  // namespace

void fold_batch_norms(Graph& graph) {
  std::vector<bool> moved(graph.nodes.size(), false);
  const std::vector<std::vector<int>> readers = graph.consumers();
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (node.op != OpKind::kBatchNorm) continue;
    const Affine affine = affine_of(node);
    const auto before = std::size_t(node.inputs.at(0));
    Node& layer = graph.nodes[before];
    if (layer.is_weighted() && !layer.drawn && !layer.is_output && readers[before].size() == 1) {
      // The layer takes the batch norm's place, which may be that of an output.
      fold_into(layer, affine);
      const bool is_output = node.is_output;
      node = layer;
      node.is_output = is_output;
      moved[before] = true;
    } else if (const int behind = fully_connected_behind(graph, readers, i); behind >= 0) {
      fold_ahead(graph.nodes[std::size_t(behind)], affine);
      moved[i] = true;
    } else {
      node = depthwise(node, affine);
    }
  }
  remove_marked(graph, moved);
}

void remove_identities(Graph& graph) {
  remove_marked(graph, unread(graph));
  const std::vector<bool> is_signed = signed_outputs(graph);
  const std::vector<std::optional<Steps>> steps = steps_of_outputs(graph);
  std::vector<bool> marked(graph.nodes.size(), false);
  for (std::size_t i = 1; i + 1 < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto source = std::size_t(node.inputs[0]);
    const bool is_identity =
        kind_of(node).is_identity(node, graph.nodes[source], is_signed[source]);
    marked[i] = !node.is_output && (is_identity || quantises_again(node, steps));
  }
  remove_marked(graph, marked);
}

void make_channel_scales_positive(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (!node.decomposition) continue;
    Decomposition& parts = *node.decomposition;
    const std::size_t per_output = parts.coefficients.size() / parts.channel_scale.size();
    for (std::size_t k = 0; k < parts.channel_scale.size(); ++k) {
      float& scale = parts.channel_scale[k];
      if (scale > 0) continue;
      const int factor = scale < 0 ? -1 : 0;
      scale = scale < 0 ? -scale : 1.0f;
      for (std::size_t i = k * per_output; i < (k + 1) * per_output; ++i) {
        parts.coefficients[i] = static_cast<std::int8_t>(factor * parts.coefficients[i]);
      }
    }
  }
}

Graph prepared(Graph graph) {
  fold_batch_norms(graph);
  graph.infer_shapes();
  merge_selections(graph);
  remove_identities(graph);
  make_channel_scales_positive(graph);
  graph.infer_shapes();
  return graph;
}

namespace {

/// Whether the calibration of a graph, if it has any, lets a layer do a function.
bool takes_slopes(const Graph& graph, const Node& layer) {
  if (graph.quantization.empty()) return true;
  const auto found = graph.quantization.layers.find(layer.name);
  return found != graph.quantization.layers.end() && !found->second.negative_multiplier.empty();
}

}  // namespace

std::vector<int> fused_slopes(const Graph& graph) {
  std::vector<int> fused(graph.nodes.size(), -1);
  const std::vector<std::vector<int>> readers = graph.consumers();
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != OpKind::kPointwise || !fusible_slopes(node.function)) continue;
    const auto before = std::size_t(node.inputs[0]);
    const Node& maker = graph.nodes[before];
    if (maker.is_weighted() && !maker.is_output && readers[before].size() == 1 &&
        takes_slopes(graph, maker)) {
      fused[before] = int(i);
    }
  }
  return fused;
}

std::vector<int> fused_clamps(const Graph& graph) {
  std::vector<int> fused(graph.nodes.size(), -1);
  const std::vector<int> slopes_of = fused_slopes(graph);
  const auto is_slopes = [&](int node) {
    const std::vector<int>& inputs = graph.nodes[std::size_t(node)].inputs;
    return !inputs.empty() && slopes_of[std::size_t(inputs[0])] == node;
  };
  const std::vector<std::vector<int>> readers = graph.consumers();
  const std::vector<bool> is_signed = signed_outputs(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (kind_of(node).role() != IntegerRole::kClamp) continue;
    const int before = node.inputs[0];
    const Node& maker = graph.nodes[std::size_t(before)];
    const bool clamps = kind_of(maker).clamps() || is_slopes(before);
    const bool takes_scale = node.is_quantizer() && kind_of(maker).takes_any_scale() &&
                             is_int8_alone(node, is_signed[std::size_t(before)]);
    if ((clamps || takes_scale) && !maker.is_output && readers[before].size() == 1)
      fused[before] = int(i);
  }
  return fused;
}

std::vector<int> last_fused(const Graph& graph) {
  const std::vector<int> slopes_of = fused_slopes(graph), clamp_of = fused_clamps(graph);
  std::vector<int> last;
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const int slopes = slopes_of[std::size_t(i)];
    const int made = slopes < 0 ? i : slopes;
    const int clamp = clamp_of[std::size_t(made)];
    last.push_back(clamp < 0 ? made : clamp);
  }
  return last;
}

void refuse_inner_softmaxes(const Graph& graph) {
  const std::vector<std::vector<int>> readers = graph.consumers();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == OpKind::kSoftmax && !readers[i].empty()) names.push_back(node.name);
  }
  if (names.empty()) return;
  throw UserError(SourcePlace{"", 0, fmt::format("{}", fmt::join(names, ", "))},
                  "a softmax can only be the last node of a network that runs in integers");
}

}  // namespace escalate
