// Where a Resize or Upsample reads along an axis, and what each value counts for.
#pragma once

#include <vector>

#include "workloads/onnx/node.h"
#include "workloads/onnx/tensor.h"

namespace escalate {

/// What it makes of each dimension.
struct ResizeSizes {
  OnnxDims dims;
  std::vector<double> scales;
};

/// Throws UserError naming the node if it does not say, or says what no tensor has.
ResizeSizes resize_sizes(const OnnxNode& node, const OnnxDims& dims, const OnnxInputs& inputs);

/// By output: the place in an input of `extent` that is copied in mode `nearest`.
std::vector<int> nearest_places(const OnnxNode& node, int extent, int length, double scale);

/// A place in the input and what its value counts for.
struct Tap {
  int place = 0;
  float weight = 1;
};

/// By output: the places that modes `linear` and `cubic` add up. Linear ones without `antialias`
/// have two, the lower one first. UserError for other modes.
std::vector<std::vector<Tap>> resize_taps(const OnnxNode& node, int extent, int length,
                                          double scale);

}  // namespace escalate
