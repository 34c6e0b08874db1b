// Functions that are a line through 0 on either side of it, such as PReLU.
#pragma once

#include <optional>
#include <vector>

#include "workloads/pointwise_function.h"

namespace escalate {

/// positive[c] x for x >= 0, negative[c] x below. One number of each, or one a channel.
struct SignSlopes {
  std::vector<float> positive, negative;
};

/// The slopes of a function whose steps are sums, products with numbers, magnitudes, and smaller
/// and larger values of such lines: "x 0 max x 0 min [0.1,0.2] mul add", or as Keras writes it, "x
/// 0 max x neg 0 max [0.1,0.2] mul sub". Nothing for any other.
std::optional<SignSlopes> sign_slopes(const PointwiseFunction& function);

/// The slopes of a function that a convolution does itself, by one factor of sums from 0 on and one
/// of those below: one that differs by channel, and whose lines do not fall above 0.
std::optional<SignSlopes> fusible_slopes(const PointwiseFunction& function);

}  // namespace escalate
