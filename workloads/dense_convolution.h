// Dense integer convolution by plain arithmetic, fast enough to check whole networks with.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "workloads/integer_network.h"

namespace escalate {

/// A kernel of output channel k: [C/groups][R][S].
using KernelOf = std::function<std::vector<std::int32_t>(int k)>;

/// Sums [K][P][Q] (`out`) of `input` times the kernels, zero padding. Each kernel is asked for
/// once, in order. Products and sums have to stay within int32.
std::vector<std::int32_t> convolve_dense(const KernelOf& kernel_of, const Window& window,
                                         int groups, const Activations& input, const Shape& out);

}  // namespace escalate
