// Coefficients and parameters as they stand in DRAM (docs/isa.md, "Data").
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/mapping.h"

namespace escalate {

/// What one block loads for a pass. Decomposed, it is the basis kernels of `terms`, then for each
/// of `outputs`, term by term, the map of its non-zero coefficients over `channels` and their
/// packed signs. In direct mode it is the map of channels whose kernel is not zero, and those
/// kernels.
std::vector<std::uint8_t> bank_image(const ConvLayer& layer, Range outputs, Range terms,
                                     Range channels);

/// Bias, multiplier and shift of each output channel: LoadParameters::kBytesPerChannel bytes each.
/// Of a node that has factors of sums below 0, with these: LoadSlopedParameters::kBytesPerChannel.
std::vector<std::uint8_t> parameter_image(const IntegerNode& node, Range outputs);

}  // namespace escalate
