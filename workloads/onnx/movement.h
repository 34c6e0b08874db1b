// Operators that move values and compute none: reshapes, transposes, slices, padding, enlargement.
#pragma once

#include <vector>

#include "workloads/onnx/movement_steps.h"
#include "workloads/onnx/node.h"
#include "workloads/onnx/tensor.h"

namespace escalate {

/// Whether a node only moves the values of its first input, given that all others are constants.
bool is_movement(const OnnxNode& node);

/// What a node does to its first input, of shape `dims`, for each of its outputs; `inputs` has the
/// values of the others. Throws UserError naming the node.
std::vector<Movement> movements_of(const OnnxNode& node, const OnnxDims& dims,
                                   const OnnxInputs& inputs);

}  // namespace escalate
