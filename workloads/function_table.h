// A function of one value as a table of int8 values.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/pointwise_function.h"

namespace escalate {

/// For each step from -128 to 127 of `input_scale` the step of `output_scale` that is nearest to
/// the function's value, clamped to int8; 0 where the function is not defined (the logarithm of a
/// negative number). [256], or [channels][256] of a function that has channels.
std::vector<std::int8_t> function_table(const PointwiseFunction& function, double input_scale,
                                        double output_scale);

}  // namespace escalate
