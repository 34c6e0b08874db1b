// Convolutions whose padding is as large as their kernel: outputs at the edge would read no input,
// and nothing would tell the machine that they are complete.
#pragma once

#include "workloads/integer_network.h"

namespace escalate {

/// Whether some padding of a convolution is as large as its kernel in that direction.
bool pads_beyond_kernel(const IntegerNode& node);

/// The same function with taps of zero around its kernels, as many as it takes for every output's
/// window to meet the input. UserError if the kernels would have more than kMostElements weights.
IntegerNode with_wide_kernel(const IntegerNode& node);

}  // namespace escalate
