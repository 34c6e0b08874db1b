// What a layer of a drawn network reads.
#pragma once

#include <cstdint>

#include "workloads/graph.h"
#include "workloads/integer_network.h"

namespace escalate {

/// A tensor of `shape` at the layer's activation density (DrawnDensities), or as the tensors say
/// that the layer names: `activations`, or a `mask` of those that are not zero. UserError if these
/// do not fit. `jobs`: threads.
Activations draw_activations(const Node& layer, const Shape& shape, std::uint64_t seed,
                             int jobs = 1);

}  // namespace escalate
