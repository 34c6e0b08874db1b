// From a calibrated float network to the integer network that the accelerator runs
// (docs/quantization.md).
#pragma once

#include "workloads/graph.h"
#include "workloads/integer_network.h"
#include "workloads/sign_slopes.h"

namespace escalate {

/// The integer network of a graph with scales and requantisations (calibrate(), or the metadata
/// `escalate.quantization` of an ONNX file). Layers with a decomposition run decomposed, all others
/// direct. A ReLU or clip behind a convolution, fully connected layer or addition that it alone
/// reads is fused; any other becomes a rescaling. A PReLU by channel is fused where the calibration
/// says so (fused_slopes()). A final softmax and flattenings of what is a
/// vector already are left out. Throws UserError, naming the layer, if the network is not
/// calibrated, its metadata do not fit its layers, a softmax is not the last node, or an
/// accumulator could leave int32.
IntegerNetwork build_integer_network(const Graph& calibrated);

/// Multipliers, shifts and biases of weighted node `node` from the scales of its input and output
/// tensors, and those of sums below 0 if it has `slopes` (empty: none). A channel whose weights are
/// all 0 has the factor 2^-16, so that its bias alone makes its output. Throws UserError naming the
/// layer if a factor or bias cannot be held.
StoredQuantization::Requantization requantization_of(const Node& node, double input_scale,
                                                     double output_scale,
                                                     const SignSlopes& slopes = {});

/// Sets the weights of the output channels to 0 that cannot move their output by half a step.
void drop_vanishing_channels(Node& node, double input_scale, double output_scale,
                             const SignSlopes& slopes = {});

}  // namespace escalate
