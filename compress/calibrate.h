// Calibration: the int8 scale of every tensor, chosen from example images.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compress/magnitude_histogram.h"
#include "workloads/graph.h"
#include "workloads/inputs.h"
#include "workloads/tensor.h"

namespace escalate {

struct CalibrateOptions {
  std::int64_t images = 128;  ///< the first so many of the input; all if it has fewer
  int jobs = 1;               ///< images that run at a time; the result does not depend on it
};

/// What the tensors of a network have been seen to hold on the first images of an input.
struct SeenActivations {
  std::int64_t images = 0;
  std::vector<MagnitudeHistogram> magnitudes;  ///< by node, of nodes_to_measure(); none: no images
};

/// Chooses the scales of all tensors and stores them, with every layer's requantisation, in
/// `graph.quantization`, from which build_integer_network() makes the integer network.
///
/// The float network runs on the images. A tensor's scale is the one with the smallest squared
/// error over a histogram of its magnitudes (MagnitudeHistogram::best_scale()); the network's
/// output keeps its full range, because clipping would make its largest values equal. Max pools,
/// channel pads and flattenings pass on the scale of their input; a convolution or addition whose
/// only reader is a ReLU or clip has that one's scale. A clip to whole steps has its own
/// (given_scale()).
///
/// The graph is brought into the form of prepared(), and direct weights are rounded to int8 steps.
/// An output channel that could not move its output by half a step, whatever its input, loses its
/// weights: only its bias is left. Throws UserError for a network without weights, input steps
/// in place of real values, activations that are not finite (naming the layer), and a layer whose
/// accumulators could leave int32.
///
/// `seen`: of this very graph, which is not run on these images again.
void calibrate(Graph& graph, const InputSource& images, const CalibrateOptions& options = {},
               const SeenActivations& seen = {});
void calibrate(Graph& graph, std::span<const Tensor> images);

/// For each node of a calibration_form() whether a scale follows from its magnitudes.
std::vector<bool> nodes_to_measure(const Graph& graph);

/// Names of tensors of a calibration_form() whose scales are not the network's own.
std::vector<std::string> tensors_to_measure(const Graph& graph);
/// The same as calibrate() without images, for a network whose every tensor came quantised. False,
/// and nothing is done, if tensors_to_measure() are left.
bool calibrate_as_given(Graph& graph);

/// The two halves of calibrate(), for those who run the network themselves: the network to measure
/// (prepared(), direct weights rounded to int8 steps, no quantisation), and the scale of each
/// node's output from the magnitudes seen there, in the order of the nodes.
Graph calibration_form(Graph graph);
std::vector<float> activation_scales(const Graph& measured,
                                     std::span<const MagnitudeHistogram> histograms);

}  // namespace escalate
