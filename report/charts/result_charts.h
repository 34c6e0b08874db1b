// The figures of results; see charts.h.
#pragma once

#include <string>
#include <vector>

#include "report/charts/charts.h"
#include "report/charts/plot.h"
#include "report/charts/svg.h"

namespace escalate {

std::string draw_energy(const ChartData& data, FigureWidth width);
std::string draw_cycles(const ChartData& data, FigureWidth width);
std::string draw_speedup(const ChartData& data, FigureWidth width);
std::string draw_comparison(const ChartData& data, FigureWidth width);
std::string draw_roofline(const ChartData& data, FigureWidth width);
std::string draw_area(const ChartData& data, FigureWidth width);

/// Charts of bars below one another, with as much height as each needs for its labels.
std::string draw_charts(const std::vector<BarChart>& charts, FigureWidth width,
                        const std::string& title);

/// An empty picture of that width, `ratio` times as high.
Svg figure_of(FigureWidth width, double ratio, const std::string& title);

}  // namespace escalate
