#include "compress/calibrate.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/parallel.h"
#include "compress/direct_weights.h"
#include "compress/given_scales.h"
#include "compress/graph_passes.h"
#include "compress/integer_builder.h"
#include "workloads/float_executor.h"
#include "workloads/layers/kinds.h"
#include "workloads/sign_slopes.h"

namespace escalate {
namespace {

using Histograms = std::vector<MagnitudeHistogram>;  ///< by node of the graph

bool passes_values_on(const Node& node) { return kind_of(node).passes_values_on(node); }

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

/// The slopes that a layer has on either side of 0.
SignSlopes slopes_of(const Graph& graph, int function) {
  if (function < 0) return {};
  std::optional<SignSlopes> slopes = fusible_slopes(graph.nodes[std::size_t(function)].function);
  ensure(slopes.has_value(), "a fused function has slopes");
  return std::move(*slopes);
}

void set_scales(Graph& graph, const std::vector<float>& scales) {
  const std::vector<int> functions = fused_slopes(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (node.op == OpKind::kSoftmax) continue;
    graph.quantization.tensor_scale[node.name] = scales[i];
    if (!node.is_weighted()) continue;
    const float input_scale = scales[node.inputs[0]];
    const SignSlopes slopes = slopes_of(graph, functions[i]);
    drop_vanishing_channels(node, input_scale, scales[i], slopes);
    graph.quantization.layers[node.name] = requantization_of(node, input_scale, scales[i], slopes);
  }
}

/// For each node the one that its scale follows from: itself, what it reads, what it does itself
/// besides (last_fused()), or a clip to whole steps that alone reads it.
std::vector<std::size_t> scale_sources(const Graph& graph) {
  const std::vector<std::vector<int>> readers = graph.consumers();
  const auto is_quantized = [&](std::size_t i) {
    return readers[i].size() == 1 && !graph.nodes[i].is_output && !graph.nodes[i].is_quantizer() &&
           graph.nodes[std::size_t(readers[i][0])].is_quantizer();
  };
  const std::vector<int> last = last_fused(graph);
  std::vector<std::size_t> sources;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto made = std::size_t(last[i]);
    const bool is_fused = !node.inputs.empty() && last[std::size_t(node.inputs[0])] == last[i];
    const bool is_clamped = made != i && kind_of(graph.nodes[made]).role() == IntegerRole::kClamp;
    if (passes_values_on(node) || is_fused) {
      sources.push_back(sources[std::size_t(node.inputs[0])]);
    } else if (!is_clamped && is_quantized(made)) {
      sources.push_back(std::size_t(readers[made][0]));
    } else {
      sources.push_back(made);
    }
  }
  return sources;
}

/// Magnitudes of the outputs that scales follow from; the others need only be finite.
void count_activations(const Graph& graph, const std::vector<bool>& is_measured,
                       const std::vector<Tensor>& outputs, Histograms& histograms) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<float>& values = outputs[i].values;
    const bool is_finite =
        is_measured[i] ? histograms[i].add(values) : largest_magnitude(values).has_value();
    if (!is_finite) {
      throw UserError(SourcePlace{"", 0, graph.nodes[i].name},
                      "has an activation that is not finite");
    }
  }
}

/// Of the images from seen.images on, added to what has been seen.
Histograms measure(const Graph& graph, std::int64_t images, int jobs, const SeenActivations& seen,
                   const std::function<Tensor(std::int64_t)>& image) {
  const FloatExecutor executor(graph);
  const std::vector<bool> is_measured = nodes_to_measure(graph);
  Histograms all = seen.images > 0 ? seen.magnitudes : Histograms(graph.nodes.size());
  ensure(all.size() == graph.nodes.size(), "what was seen is of this network");
  std::mutex mutex;
  parallel_for(images - seen.images, jobs, [&](std::int64_t i) {
    Histograms one(graph.nodes.size());
    count_activations(graph, is_measured, executor.run(image(seen.images + i)), one);
    const std::lock_guard lock(mutex);
    for (std::size_t n = 0; n < all.size(); ++n) all[n].merge(one[n]);
  });
  return all;
}

void calibrate_on(Graph& graph, std::int64_t images, int jobs, const SeenActivations& seen,
                  const std::function<Tensor(std::int64_t)>& image) {
  if (images < 1) throw UserError("calibration needs at least one image");
  graph = calibration_form(std::move(graph));
  set_scales(graph, activation_scales(graph, measure(graph, images, jobs, seen, image)));
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
  const std::set<std::size_t> outputs = outputs_of(graph);
  // What is rounded to float is what is stored, so the file and the memory agree.
  std::vector<float> scales;
  for (const std::size_t i : scale_sources(graph)) {
    if (graph.nodes[i].is_quantizer()) {
      scales.push_back(given_scale(graph.nodes[i]));
    } else {
      scales.push_back(
          float(outputs.contains(i) ? histograms[i].full_scale() : histograms[i].best_scale()));
    }
  }
  return scales;
}

std::vector<bool> nodes_to_measure(const Graph& graph) {
  std::vector<bool> is_measured(graph.nodes.size(), false);
  for (const std::size_t source : scale_sources(graph)) {
    is_measured[source] = !graph.nodes[source].is_quantizer();
  }
  return is_measured;
}

std::vector<std::string> tensors_to_measure(const Graph& graph) {
  std::vector<std::string> names;
  const std::vector<bool> is_measured = nodes_to_measure(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (is_measured[i] && node.op != OpKind::kSoftmax) {
      names.push_back(node.name);
    }
  }
  return names;
}

bool calibrate_as_given(Graph& graph) {
  Graph form = calibration_form(graph);
  if (!tensors_to_measure(form).empty()) return false;
  graph = std::move(form);
  set_scales(graph, activation_scales(graph, Histograms(graph.nodes.size())));
  return true;
}

void calibrate(Graph& graph, const InputSource& images, const CalibrateOptions& options,
               const SeenActivations& seen) {
  const std::int64_t count = std::min(options.images, images.size());
  ensure(seen.images <= count, "what was seen is of the images to calibrate on");
  calibrate_on(graph, count, options.jobs, seen, [&](std::int64_t i) {
    InputImage image = images.image(i);
    if (image.is_int8_steps) {
      throw UserError(SourcePlace{image.name, 0, ""},
                      "calibration needs real input values, and these are int8 steps");
    }
    return std::move(image.values);
  });
}

void calibrate(Graph& graph, std::span<const Tensor> images) {
  calibrate_on(graph, std::int64_t(images.size()), 1, {},
               [&](std::int64_t i) { return images[std::size_t(i)]; });
}

}  // namespace escalate
