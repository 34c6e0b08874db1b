// The three steps that every movement of values is made of, and what they make of a tensor.
#pragma once

#include <vector>

#include "workloads/onnx/tensor.h"

namespace escalate {

/// One of them.
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

OnnxDims dims_after(OnnxDims dims, const Movement& movement);

/// What becomes of a tensor.
OnnxTensor moved(const OnnxTensor& tensor, const Movement& movement);

}  // namespace escalate
