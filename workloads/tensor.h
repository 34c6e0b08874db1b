// A float activation tensor of one image, [C][H][W].
#pragma once

#include <vector>

#include "workloads/graph.h"

namespace escalate {

struct Tensor {
  Shape shape;
  std::vector<float> values;
};

}  // namespace escalate
