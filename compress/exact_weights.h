// Weights that are quantised as they come: whole steps, or ternary. They are known by their values,
// whatever tool made them.
#pragma once

#include <optional>
#include <span>

#include "compress/kernel_svd.h"
#include "workloads/graph.h"

namespace escalate {

/// What an int8 weight can be.
inline constexpr int kLeastWeightSteps = -128, kMostWeightSteps = 127;

/// The smallest step of which all `weights` are whole multiples, from kLeastWeightSteps to
/// kMostWeightSteps; what 32-bit floats round away is allowed for. Nothing if there is none.
std::optional<float> whole_step(std::span<const float> weights);

/// A layer whose weights [K][C/groups][R*S] are -a, 0 and a in each output channel (an a of its
/// own), as a decomposition of the same values: R*S basis kernels of one tap each, the weights'
/// signs as coefficients, a as channel scale (What = R S). A 1x1 or fully connected layer is one
/// ternary term. Nothing if the weights are others, or all 0. The bias is held in steps of a
/// weight, or with `has_bias` in finer ones: a basis kernel's tap is then 64 and not 1.
std::optional<Decomposition> as_ternary(std::span<const float> weights, const KernelShape& shape,
                                        bool has_bias);

}  // namespace escalate
