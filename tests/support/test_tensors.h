// Float tensors that are the same each time.
#pragma once

#include <cmath>

#include "workloads/tensor.h"

namespace escalate {

/// Values between -1.5 and 1.5 without a pattern; other `phase`, other values.
inline Tensor wavy_tensor(const Shape& shape, int phase = 0) {
  Tensor tensor{shape, {}};
  for (int i = 0; i < shape.size(); ++i) {
    tensor.values.push_back(std::sin(float(i) * 0.7f + float(phase)) * 1.5f);
  }
  return tensor;
}

}  // namespace escalate
