#include "retrain/int8_steps.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "compress/calibrate.h"
#include "compress/graph_passes.h"

namespace escalate {
namespace {

constexpr std::int64_t kImagesAtATime = 32;  ///< all of their outputs are held

std::vector<MagnitudeHistogram> measured(const Graph& graph, at::Device device,
                                         const at::Tensor& images) {
  TrainedNetwork network(graph, device);
  std::vector<MagnitudeHistogram> histograms(graph.nodes.size());
  for (std::int64_t first = 0; first < images.size(0); first += kImagesAtATime) {
    const std::int64_t last = std::min(first + kImagesAtATime, images.size(0));
    const std::vector<at::Tensor> outputs =
        network.forward_all(images.slice(0, first, last), false);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!histograms[i].add(floats_of(outputs[i]))) {
        throw UserError(SourcePlace{"", 0, graph.nodes[i].name},
                        "has an activation that is not finite: choose a smaller --rate");
      }
    }
  }
  return histograms;
}

/// The node of the measured graph that computes node `i`'s output, or -1 if none ends there.
int measured_node(const Graph& graph, int i, const Graph& measured) {
  const Node& node = graph.nodes[std::size_t(i)];
  const int same = measured.find(node.name);
  if (node.op == OpKind::kBatchNorm && same < 0) {  // folded into the layer before it
    return measured.find(graph.nodes[std::size_t(node.inputs[0])].name);
  }
  if (node.is_weighted()) {
    const std::vector<int> readers = graph.consumers()[std::size_t(i)];
    const bool is_folded = readers.size() == 1 &&
                           graph.nodes[std::size_t(readers[0])].op == OpKind::kBatchNorm &&
                           measured.find(graph.nodes[std::size_t(readers[0])].name) < 0;
    if (is_folded) return -1;
  }
  return same;
}

}  // namespace

std::map<int, double> int8_steps_of(const TrainedNetwork& network, const at::Tensor& images) {
  const c10::NoGradGuard no_gradients;
  const Graph form = calibration_form(network.graph());
  const std::vector<float> scales =
      activation_scales(form, measured(form, network.device(), images));
  const std::vector<int> clamp_of = fused_clamps(form);
  const Graph& graph = network.structure();
  std::map<int, double> steps;
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const int found = measured_node(graph, i, form);
    if (found < 0 || graph.nodes[std::size_t(i)].op == OpKind::kSoftmax) continue;
    if (clamp_of[std::size_t(found)] >= 0) continue;
    steps[i] = double(scales[std::size_t(found)]);
  }
  return steps;
}

}  // namespace escalate
