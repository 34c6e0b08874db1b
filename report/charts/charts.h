// Figures for a paper, of results and of sweeps, by name: `escalate report ... --chart NAME`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/labelled_result.h"
#include "report/sweep_document.h"

namespace escalate {

/// As wide as a column or as the page of a two-column paper.
enum class FigureWidth { kColumn, kPage };

template <>
struct EnumNames<FigureWidth> {
  static constexpr auto kNames = std::to_array<std::pair<FigureWidth, std::string_view>>(
      {{FigureWidth::kColumn, "column"}, {FigureWidth::kPage, "page"}});
};

/// What figures are made of.
struct ChartData {
  std::vector<LabelledResult>
      results;  ///< those of one work beside each other, the first one theirs
  std::vector<LabelledSweep> sweeps;
};

struct Chart {
  std::string_view name;
  std::string_view meaning;
  /// The figure as SVG. UserError if the data have nothing for it.
  std::string (*draw)(const ChartData& data, FigureWidth width);
};

/// All charts, in the order in which they are listed.
const std::vector<Chart>& charts();

/// The chart of that name; a UserError at `option` with the nearest name if there is none.
const Chart& chart_named(const std::string& name, const std::string& option);

}  // namespace escalate
