// Weights of a layer of a drawn network.
#pragma once

#include <cstdint>

#include "workloads/draw.h"
#include "workloads/drawn_values.h"
#include "workloads/graph.h"

namespace escalate {

/// Each gives `made`, whose shape, groups and window stand, its weights of layer `node` for
/// `in_channels` input channels in all: as drawn at its densities (DrawnDensities), or as the
/// tensors say that it names. Returns the standard deviation of the accumulators over the draw, for
/// an input of such moments. UserError for tensors that do not fit, and where accumulators could
/// overflow.
///
/// int8 weights [K][C/groups][R][S].
double draw_direct(const Node& node, IntegerNode& made, int in_channels, const Moments& input,
                   std::uint64_t seed);
/// Ternary coefficients [K][M][C/groups] and an int8 basis [M][R][S].
double draw_decomposed(const Node& node, IntegerNode& made, int in_channels, const Moments& input,
                       const DrawOptions& options, std::uint64_t seed);

}  // namespace escalate
