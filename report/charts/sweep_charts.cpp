#include "report/charts/sweep_charts.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "report/charts/plot.h"
#include "report/charts/result_charts.h"

namespace escalate {
namespace {

const LabelledSweep& only_sweep(const ChartData& data, const std::string& chart) {
  if (data.sweeps.size() != 1 || !data.results.empty()) {
    throw UserError({"", 0, "--chart"}, chart + " is of one sweep");
  }
  return data.sweeps.front();
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& entry : list) texts.push_back(entry.get<std::string>());
  return texts;
}

std::string axis_title(const Json& sweep, const std::string& quantity) {
  for (const Json& known : sweep.at("quantities")) {
    if (known.at("name") != quantity) continue;
    const auto unit = known.at("unit").get<std::string>();
    return unit == quantity || unit.empty() ? quantity : fmt::format("{} [{}]", quantity, unit);
  }
  return quantity;
}

std::string value_text(const Json& value) {
  return value.is_number() ? short_number(value.get<double>()) : value.get<std::string>();
}

}  // namespace

std::string draw_pareto(const ChartData& data, FigureWidth width) {
  const Json& sweep = only_sweep(data, "pareto").sweep;
  const std::vector<std::string> objectives = texts_of(sweep.at("objectives"));
  if (objectives.size() < 2) {
    throw UserError({"", 0, "--chart"}, "pareto is of a sweep with two objectives");
  }
  PlaneChart chart;
  chart.series = texts_of(sweep.at("workloads"));
  if (chart.series.size() > kPaletteSize) {
    throw UserError({"", 0, "--chart"}, "pareto is of a sweep of at most ten workloads");
  }
  std::vector<std::vector<std::pair<double, double>>> fronts(chart.series.size());
  for (const Json& point : sweep.at("points")) {
    const Json& values = point.at("values");
    if (point.at("status") != "done" || !point.at("feasible").get<bool>() ||
        !values.contains(objectives[0]) || !values.contains(objectives[1])) {
      continue;
    }
    const double x = values.at(objectives[0]).get<double>();
    const double y = values.at(objectives[1]).get<double>();
    const auto series = std::find(chart.series.begin(), chart.series.end(),
                                  point.at("workload").get<std::string>());
    const auto index = std::size_t(series - chart.series.begin());
    chart.marks.push_back({x, y, int(index), ""});
    if (point.at("pareto").get<bool>()) fronts[index].emplace_back(x, y);
  }
  if (chart.marks.empty()) {
    throw UserError({"", 0, "--chart"},
                    "pareto is of a sweep with feasible points, and it has none");
  }
  for (auto& front : fronts) {
    std::sort(front.begin(), front.end());
    if (front.size() > 1) chart.lines.push_back({front, "", false});
  }
  chart.title = fmt::format("Points and Pareto front of {}", sweep.at("name").get<std::string>());
  chart.x_title = axis_title(sweep, objectives[0]);
  chart.y_title = axis_title(sweep, objectives[1]);
  Svg svg = figure_of(width, 0.75, chart.title);
  draw_plane(svg, {0, 0, svg.width(), svg.height()}, chart);
  return svg.document();
}

std::string draw_sensitivity(const ChartData& data, FigureWidth width) {
  const Json& sweep = only_sweep(data, "sensitivity").sweep;
  const std::vector<std::string> objectives = texts_of(sweep.at("objectives"));
  const std::vector<std::string> workloads = texts_of(sweep.at("workloads"));
  std::vector<BarChart> charts;
  for (const std::string& workload : workloads) {
    BarChart chart;
    chart.stacked = false;
    chart.series = objectives;
    chart.reference = 1;
    std::string axis;
    for (const Json& line : sweep.at("sensitivity")) {
      if (line.at("workload") != workload) continue;
      const auto of = line.at("axis").get<std::string>();
      BarChart::Bar bar{of + " = " + value_text(line.at("value")), {}, !axis.empty() && of != axis};
      axis = of;
      for (const std::string& objective : objectives) {
        const Json& relative = line.at("relative");
        bar.values.push_back(relative.contains(objective) ? relative.at(objective).get<double>()
                                                          : 0);
      }
      chart.bars.push_back(std::move(bar));
    }
    if (chart.bars.empty()) continue;
    chart.title = workloads.size() > 1 ? workload : "Sensitivity of " + workload;
    chart.y_title = "times the best value";
    charts.push_back(std::move(chart));
  }
  if (charts.empty()) {
    throw UserError({"", 0, "--chart"}, "sensitivity is of a sweep with several values on an axis");
  }
  if (objectives.size() > kPaletteSize) {
    throw UserError({"", 0, "--chart"}, "sensitivity is of at most ten objectives");
  }
  constexpr double kRatio = 0.75;
  Svg svg = figure_of(width, kRatio * double(charts.size()), "Sensitivity");
  const double height = svg.height() / double(charts.size());
  for (std::size_t i = 0; i < charts.size(); ++i) {
    draw_bars(svg, {0, height * double(i), svg.width(), height}, charts[i]);
  }
  return svg.document();
}

}  // namespace escalate
