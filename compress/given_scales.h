// Int8 scales that a network came with: those of its quantised tensors.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Whether int8 with zero point 0 has all values of a quantiser, by its own step.
bool keeps_steps(const Node& quantizer);

/// The int8 scale of a quantiser's output: its step if that is kept, or else one that holds its
/// range (the larger end is 127 steps).
float given_scale(const Node& quantizer);

/// Whether a quantiser does to values of `is_signed` what int8 does by itself: its bounds are those
/// of int8, or of what int8 has above 0 for values that are not below.
bool is_int8_alone(const Node& quantizer, bool is_signed);

/// Quantisers whose steps int8 with zero point 0 cannot have.
std::vector<std::string> coarser_tensors(const Graph& graph);

/// Throws UserError naming `file`, these quantisers and their steps, if there are any.
void refuse_coarser_tensors(const Graph& graph, const std::string& file = "");

}  // namespace escalate
