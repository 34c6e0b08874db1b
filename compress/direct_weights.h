// Int8 weights of direct layers (docs/quantization.md).
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Rounds the weights of a layer to int8 steps, one scale an output channel: the largest magnitude
/// is 127 steps, or another number if they are whole multiples of such a step (whole_step()) and
/// nothing is lost. Node::weights become multiples of Node::weight_scale, and the layer's form
/// direct. A layer that has its steps already keeps them.
void quantize_direct(Node& node);

/// Whether a layer whose weights are whole numbers in its file would lose some of these as int8: in
/// some output channel they are no whole_step()s, as uint8 ones far from their zero point are.
bool loses_steps(const Node& node);

/// Throws UserError naming the direct layers that would, if there are any.
void refuse_lost_steps(const Graph& graph);

/// The steps [K][C/groups][R][S] of a layer that quantize_direct() has been at.
std::vector<std::int8_t> direct_steps(const Node& node);

}  // namespace escalate
