// Integers of one scale as those of another.
#pragma once

#include <cstddef>
#include <vector>

#include "workloads/layers/layer_kind.h"

namespace escalate {

/// Appends the values of a tensor, rescaled and clamped.
inline void append_rescaled(const IntegerNode& node, FixedPoint factor, const Activations& in,
                            std::vector<std::int8_t>& values) {
  for (const std::int8_t value : in.values) {
    values.push_back(requantize(value, 0, factor, node.clamp_low, node.clamp_high));
  }
}

/// A factor for each input of a node, from its scale to the output's.
inline std::vector<FixedPoint> rescaling_factors(const LayerScales& scales) {
  std::vector<FixedPoint> factors;
  for (const double scale : scales.inputs) {
    factors.push_back(to_fixed_point(scale / scales.output));
  }
  return factors;
}

}  // namespace escalate
