// Figures of results and sweeps, as `escalate report --chart` draws them.
#pragma once

#include <string>
#include <vector>

#include "escalate/export.h"
#include "escalate/result.h"
#include "escalate/sweep.h"

namespace esc {

/// As wide as a column or as the page of a two-column paper.
enum class ChartWidth { kColumn, kPage };

/// Names of figures: "energy", "cycles", "speedup", "comparison", "roofline" and "area" of results,
/// "pareto" and "sensitivity" of a sweep.
ESCALATE_API std::vector<std::string> charts();

/// The figure as SVG. Results of one network stand beside each other, the first one before all.
/// Error for a name that is unknown, and for results that have nothing for it.
ESCALATE_API std::string chart(const std::string& name, const std::vector<Result>& results,
                               ChartWidth width = ChartWidth::kPage);
ESCALATE_API std::string chart(const std::string& name, const SweepResult& sweep,
                               ChartWidth width = ChartWidth::kPage);

}  // namespace esc
