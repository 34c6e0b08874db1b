// Functions of each value and its channel.
#pragma once

#include <cstddef>

#include "workloads/tensor.h"

namespace escalate {

/// Replaces each value of channel c by map(value, c).
template <class Map>
void by_channel(Tensor& tensor, Map&& map) {
  const std::size_t positions = std::size_t(tensor.shape.h) * std::size_t(tensor.shape.w);
  float* value = tensor.values.data();
  for (int c = 0; c < tensor.shape.c; ++c) {
    for (const float* end = value + positions; value != end; ++value) *value = map(*value, c);
  }
}

}  // namespace escalate
