// One layer described on the command line: `simulate --layer C=64,K=64,R=3,H=56,...`.
#pragma once

#include <string>

#include "workloads/graph.h"

namespace escalate {

/// A graph of one convolution from "KEY=VALUE,...". Keys (defaults in brackets):
///   C, K, H (required)    input channels, output channels, input height
///   W [H]  R [1]  S [R]   input width, kernel height and width
///   stride [1]  pad [(R-1)/2, (S-1)/2: same size at stride 1]  groups [1]
///   terms or M [the command's default]
///   density [1]           of the weights, whichever form they have; or one of
///   coefficient_density, weight_density
///   weight_pattern [none]   N:M, of the plain weights along the input channels
///   activation_density [1]  of the input, which is non-negative as after a ReLU
///   form [direct if groups = C > 1, else decomposed]   decomposed or direct
///   seed [1]
/// Throws UserError naming the key.
Graph parse_quick_layer(const std::string& text);

}  // namespace escalate
