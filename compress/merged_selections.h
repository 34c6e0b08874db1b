// Selections of selections as one: what shuffles, slices and joins in a row come to.
#pragma once

#include "workloads/graph.h"

namespace escalate {

/// A selection whose only input is a selection or a concatenation reads what that reads instead,
/// and of several inputs those alone that it takes anything from. So a network does in one pass,
/// and with one rescaling, what it wrote as several. Shapes must have been inferred, and stay.
void merge_selections(Graph& graph);

}  // namespace escalate
