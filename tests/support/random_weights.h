// Random convolution weights, for property tests.
#pragma once

#include <rapidcheck.h>

#include <cmath>
#include <vector>

#include "compress/kernel_svd.h"

namespace escalate {

/// Within a property: a small layer of 1 to 9 taps.
inline KernelShape random_kernel_shape(int least_taps = 1) {
  return {*rc::gen::inRange(1, 6), *rc::gen::inRange(1, 9), *rc::gen::inRange(least_taps, 10)};
}

/// Within a property: thousandths between -1 and 1, some of them 0.
inline std::vector<float> random_weights(const KernelShape& shape) {
  std::vector<float> weights;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const int value = *rc::gen::inRange(-1000, 1001);
    weights.push_back(value % 7 == 0 ? 0.0f : float(value) / 1000);
  }
  return weights;
}

/// Weights without a pattern that could be compressed, the same each time.
inline std::vector<float> sine_weights(std::size_t count) {
  std::vector<float> weights;
  for (std::size_t i = 0; i < count; ++i) {
    weights.push_back(float(std::sin(1.7 * double(i) + 0.001 * double(i) * double(i))));
  }
  return weights;
}

}  // namespace escalate
