// PENNI's phase D (ICML 2020, section 3.4): channels and basis kernels that contribute nothing are
// taken out of the network, until there are none left.
#pragma once

#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// A smaller network that computes the same.
struct ShrunkGraph {
  Graph graph;  ///< the same nodes, with fewer channels
  /// By node: the output channels that are left, as indices into those of before.
  std::vector<std::vector<int>> kept;
  int rounds = 0;  ///< until nothing more was found
};

/// Removes every channel that nothing reads (all weights that would read it are 0) or that is
/// always 0 (all weights, biases and offsets that make it are 0), and every basis kernel whose
/// coefficients are all 0. Layers that pass channels on (batch norms, ReLUs, pools, depthwise
/// layers) and additions tie the channels of their inputs and outputs together: those of a shortcut
/// go only if all that is added up is 0, or if nobody reads the sum. Channels of grouped layers,
/// the input and the output stay, and each layer keeps at least one. Repeated until nothing more is
/// found; the outputs stay the same but for rounding. Any calibration the network had is dropped.
///
/// `graph` with shapes inferred and weights or decompositions in every weighted layer (UserError
/// naming the layer otherwise).
ShrunkGraph shrink(const Graph& graph);

}  // namespace escalate
