// The figures of results; see charts.h.
#pragma once

#include <string>

#include "report/charts/charts.h"
#include "report/charts/svg.h"

namespace escalate {

std::string draw_energy(const ChartData& data, FigureWidth width);
std::string draw_cycles(const ChartData& data, FigureWidth width);
std::string draw_speedup(const ChartData& data, FigureWidth width);
std::string draw_roofline(const ChartData& data, FigureWidth width);
std::string draw_area(const ChartData& data, FigureWidth width);

/// An empty picture of that width, `ratio` times as high.
Svg figure_of(FigureWidth width, double ratio, const std::string& title);

}  // namespace escalate
