// Where a value of a tensor stands among its values, [C][H][W].
#pragma once

#include <cstddef>

#include "workloads/graph.h"

namespace escalate {

inline std::size_t tensor_index(const Shape& shape, int c, int h, int w) {
  return (std::size_t(c) * std::size_t(shape.h) + std::size_t(h)) * std::size_t(shape.w) +
         std::size_t(w);
}

}  // namespace escalate
