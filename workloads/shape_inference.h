// Shapes of a graph that is still being built.
#pragma once

#include <cstddef>

#include "workloads/graph.h"

namespace escalate {

/// Fills `out` of node `i` alone, given those of the nodes before it; throws UserError naming the
/// node where shapes do not fit.
void infer_shape(Graph& graph, std::size_t i);

}  // namespace escalate
