// How the values of a layer are brought into another order by layers that select.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Layers that select from one, by blocks that are joined along columns, rows and channels.
struct SelectionPlan {
  struct Part {
    Selection selection;
    std::vector<int> inputs;  ///< numbers of earlier parts; empty: the layer itself
  };
  std::vector<Part> parts;  ///< the last one makes the result
};

/// For element (c, h, w) of the result: that of the layer's output of `shape` whose number is
/// channels[c] + rows[h] + columns[w], or 0 where one of these is Selection::kZero. Nothing if
/// that takes more than `most_parts` blocks.
std::optional<SelectionPlan> plan_selection(const Shape& shape, const std::vector<int>& channels,
                                            const std::vector<int>& rows,
                                            const std::vector<int>& columns,
                                            std::size_t most_parts);

}  // namespace escalate
