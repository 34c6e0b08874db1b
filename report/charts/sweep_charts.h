// The figures of sweeps; see charts.h.
#pragma once

#include <string>

#include "report/charts/charts.h"

namespace escalate {

std::string draw_pareto(const ChartData& data, FigureWidth width);
std::string draw_sensitivity(const ChartData& data, FigureWidth width);

}  // namespace escalate
