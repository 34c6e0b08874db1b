// Sums and maxima over channels, as layers.
#pragma once

#include <string>

#include "workloads/onnx/network.h"
#include "workloads/onnx/node.h"

namespace escalate {

/// A layer [1, H, W]: the sum over channels of layer `from`, times `factor`. It is a convolution of
/// 1x1 with equal weights.
int channel_sum(OnnxNetwork& network, const OnnxNode& node, int from, float factor,
                const std::string& tail);

/// A layer [1, H, W]: the largest of all channels, by halves.
int channel_maximum(OnnxNetwork& network, const OnnxNode& node, int from);

}  // namespace escalate
