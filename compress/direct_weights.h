// Int8 weights of direct layers (docs/quantization.md).
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Rounds the weights of a layer to int8 steps, one scale an output channel: the largest magnitude
/// is 127 steps, or fewer if they are whole multiples of such a step (whole_step()) and nothing is
/// lost. Node::weights become multiples of Node::weight_scale, and the layer's form direct.
/// A layer that has its steps already keeps them.
void quantize_direct(Node& node);

/// The steps [K][C/groups][R][S] of a layer that quantize_direct() has been at.
std::vector<std::int8_t> direct_steps(const Node& node);

}  // namespace escalate
