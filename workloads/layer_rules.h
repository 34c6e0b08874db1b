// What follows from a graph's structure for layers whose file does not say it.
#pragma once

#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// The form of a weighted layer that asks for none: direct for the first convolution and for
/// depthwise convolutions (one input channel a group), decomposed for all others.
LayerForm default_form(const Graph& graph, int node);

/// For each node whether its output can be negative: the input's can (the mean was subtracted), a
/// ReLU's cannot, pools, sums and the like pass on what they read. Shapes need not be inferred.
std::vector<bool> signed_outputs(const Graph& graph);

}  // namespace escalate
