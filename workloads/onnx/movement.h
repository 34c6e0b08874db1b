// Operators that move values and compute none: reshapes, transposes, slices, padding, enlargement.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/onnx/node.h"
#include "workloads/onnx/tensor.h"

namespace escalate {

/// One of the three things that all of them are made of.
struct MovementStep {
  enum class Kind {
    kReshape,  ///< to `dims`
    kPermute,  ///< dimension i of the result is dimension permutation[i]
    kPick      ///< along `axis`: the places in `picks`, kFill for the fill value
  };
  static constexpr int kFill = -1;
  Kind kind = Kind::kReshape;
  OnnxDims dims;
  std::vector<int> permutation;
  int axis = 0;
  std::vector<int> picks;
};

struct Movement {
  std::vector<MovementStep> steps;
  float fill = 0;
};

using OnnxInputs = std::vector<const OnnxTensor*>;  ///< null where an input is left out

/// Whether a node only moves the values of its first input, given that all others are constants.
bool is_movement(const OnnxNode& node);

/// What a node does to its first input, of shape `dims`, for each of its outputs; `inputs` has the
/// values of the others. Throws UserError naming the node.
std::vector<Movement> movements_of(const OnnxNode& node, const OnnxDims& dims,
                                   const OnnxInputs& inputs);

OnnxDims dims_after(OnnxDims dims, const Movement& movement);

/// What becomes of a tensor.
OnnxTensor moved(const OnnxTensor& tensor, const Movement& movement);

/// Places in an input of `extent` that a Resize reads for `length` outputs, as real numbers.
std::vector<double> resize_places(const OnnxNode& node, int extent, int length, double scale);

/// What a Resize or Upsample makes of each dimension.
struct ResizeSizes {
  OnnxDims dims;
  std::vector<double> scales;
};
ResizeSizes resize_sizes(const OnnxNode& node, const OnnxDims& dims, const OnnxInputs& inputs);

}  // namespace escalate
