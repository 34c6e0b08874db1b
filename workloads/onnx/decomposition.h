// The metadata that makes an ONNX file a decomposed network.
#pragma once

#include <map>
#include <string>

#include "workloads/graph.h"

namespace escalate {

/// Takes over `escalate.reshapes` (nodes that are no layers of their own: removed),
/// `escalate.layers` (each combining convolution, 1x1 with rows k*M+m, its basis convolution, one
/// group an output channel, and the batch norm of its channel scales where one is named become one
/// node with a Decomposition; other entries give the form of a layer that stays one node),
/// `escalate.input` and `escalate.quantization`. Throws UserError naming the layer if coefficients
/// are not ternary, or the basis is not repeated int8 values times `basis_scale`.
void apply_metadata(const std::map<std::string, std::string>& metadata, Graph& graph);

}  // namespace escalate
