#include "compress/calibrate.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <vector>

#include "common/error.h"
#include "common/parallel.h"
#include "compress/direct_weights.h"
#include "compress/graph_passes.h"
#include "compress/integer_builder.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

using Histograms = std::vector<MagnitudeHistogram>;  ///< by node of the graph

void count_activations(const Graph& graph, const std::vector<Tensor>& outputs,
                       Histograms& histograms) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!histograms[i].add(outputs[i].values)) {
      throw UserError(SourcePlace{"", 0, graph.nodes[i].name},
                      "has an activation that is not finite");
    }
  }
}

Histograms measure(const Graph& graph, std::int64_t images, int jobs,
                   const std::function<Tensor(std::int64_t)>& image) {
  const FloatExecutor executor(graph);
  Histograms all(graph.nodes.size());
  std::mutex mutex;
  parallel_for(images, jobs, [&](std::int64_t i) {
    Histograms one(graph.nodes.size());
    count_activations(graph, executor.run(image(i)), one);
    const std::lock_guard lock(mutex);
    for (std::size_t n = 0; n < all.size(); ++n) all[n].merge(one[n]);
  });
  return all;
}

bool passes_values_on(const Node& node) {
  return node.op == OpKind::kMaxPool || node.op == OpKind::kChannelPad ||
         node.op == OpKind::kFlatten || (node.op == OpKind::kSelect && node.inputs.size() == 1);
}

/// The nodes that choose the scales of the network's int8 outputs: not a softmax, which is left
/// out.
std::set<std::size_t> outputs_of(const Graph& graph) {
  std::set<std::size_t> outputs;
  for (const int node : graph.output_nodes()) {
    auto output = std::size_t(node);
    while (graph.nodes[output].op == OpKind::kSoftmax || passes_values_on(graph.nodes[output])) {
      output = std::size_t(graph.nodes[output].inputs[0]);
    }
    outputs.insert(output);
  }
  return outputs;
}

void calibrate_on(Graph& graph, std::int64_t images, int jobs,
                  const std::function<Tensor(std::int64_t)>& image) {
  if (images < 1) throw UserError("calibration needs at least one image");
  graph = calibration_form(std::move(graph));
  const std::vector<float> scales = activation_scales(graph, measure(graph, images, jobs, image));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (node.op == OpKind::kSoftmax) continue;
    graph.quantization.tensor_scale[node.name] = scales[i];
    if (!node.is_weighted()) continue;
    const float input_scale = scales[node.inputs[0]];
    drop_vanishing_channels(node, input_scale, scales[i]);
    graph.quantization.layers[node.name] = requantization_of(node, input_scale, scales[i]);
  }
}

}  // namespace

Graph calibration_form(Graph graph) {
  graph = prepared(std::move(graph));
  graph.quantization = {};
  for (Node& node : graph.nodes) {
    if (node.is_weighted() && !node.weights.empty()) quantize_direct(node);
  }
  return graph;
}

std::vector<float> activation_scales(const Graph& graph,
                                     std::span<const MagnitudeHistogram> histograms) {
  ensure(histograms.size() == graph.nodes.size(), "every node was measured");
  const std::vector<int> clamp_of = fused_clamps(graph);
  const std::set<std::size_t> outputs = outputs_of(graph);
  const auto chosen = [&](std::size_t i) {
    return float(outputs.contains(i) ? histograms[i].full_scale() : histograms[i].best_scale());
  };
  // What is rounded to float is what is stored, so the file and the memory agree.
  std::vector<float> scales(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (clamp_of[i] >= 0) {
      scales[i] = chosen(std::size_t(clamp_of[i]));
    } else if (passes_values_on(node) ||
               (!node.inputs.empty() && clamp_of[node.inputs[0]] == int(i))) {
      scales[i] = scales[node.inputs[0]];
    } else {
      scales[i] = chosen(i);
    }
  }
  return scales;
}

void calibrate(Graph& graph, const InputSource& images, const CalibrateOptions& options) {
  const std::int64_t count = std::min(options.images, images.size());
  calibrate_on(graph, count, options.jobs, [&](std::int64_t i) {
    InputImage image = images.image(i);
    if (image.is_int8_steps) {
      throw UserError(SourcePlace{image.name, 0, ""},
                      "calibration needs real input values, and these are int8 steps");
    }
    return std::move(image.values);
  });
}

void calibrate(Graph& graph, std::span<const Tensor> images) {
  calibrate_on(graph, std::int64_t(images.size()), 1,
               [&](std::int64_t i) { return images[std::size_t(i)]; });
}

}  // namespace escalate
