#include "report/charts/sweep_charts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/error.h"
#include "common/quantity_text.h"
#include "report/charts/plain_names.h"
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

/// An axis in a unit whose numbers are short: energies in uJ, times in us.
struct QuantityAxis {
  std::string title;
  double scale = 1;  ///< from the file's numbers to those of the axis
};

QuantityAxis axis_of(const Json& sweep, const std::string& quantity, double largest) {
  std::string unit;
  for (const Json& known : sweep.at("quantities")) {
    if (known.at("name") == quantity) unit = known.at("unit").get<std::string>();
  }
  if (unit.empty() || unit == quantity) return {quantity_title(quantity), 1};
  const ScaledUnit scaled = scaled_unit(unit, largest);
  return {fmt::format("{} [{}]", quantity_title(quantity), scaled.unit), scaled.scale};
}

double largest_of(const Json& sweep, const std::string& quantity) {
  double largest = 0;
  for (const Json& point : sweep.at("points")) {
    const Json& values = point.at("values");
    if (values.contains(quantity)) largest = std::max(largest, values.at(quantity).get<double>());
  }
  return largest;
}

std::string value_text(const Json& value) {
  return value.is_number() ? short_number(value.get<double>()) : value.get<std::string>();
}

bool has_values(const Json& point, const std::vector<std::string>& quantities) {
  const Json& values = point.at("values");
  return point.at("status") == "done" &&
         std::all_of(quantities.begin(), quantities.end(),
                     [&](const std::string& name) { return values.contains(name); });
}

/// "cycles, energy and area".
std::string quantity_list(const std::vector<std::string>& quantities) {
  std::vector<std::string> names;
  for (const std::string& name : quantities) {
    const std::string title = quantity_title(name);
    names.push_back(title.substr(0, title.find(" [")));
  }
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

bool is_base(const Json& point) { return point.contains("base") && point.at("base") == true; }

/// Where points stand on the axes of two objectives: over what the base machine has, if it ran on
/// every workload; otherwise in units of the quantities.
struct ParetoScale {
  std::vector<std::string> objectives;
  std::string x_title, y_title;
  double x_scale = 1, y_scale = 1;
  std::vector<std::pair<double, double>> bases;  ///< by workload; empty: in units

  bool is_relative() const { return !bases.empty(); }
  std::pair<double, double> place(const Json& point, std::size_t workload) const {
    const Json& values = point.at("values");
    const double x = values.at(objectives[0]).get<double>();
    const double y = values.at(objectives[1]).get<double>();
    if (!is_relative()) return {x * x_scale, y * y_scale};
    return {x / bases[workload].first, y / bases[workload].second};
  }
};

ParetoScale scale_of(const Json& sweep, const std::vector<std::string>& objectives,
                     const std::vector<std::string>& workloads) {
  ParetoScale scale;
  scale.objectives = {objectives[0], objectives[1]};
  std::vector<std::pair<double, double>> bases(workloads.size(), {0, 0});
  for (const Json& point : sweep.at("points")) {
    if (!is_base(point) || !has_values(point, objectives)) continue;
    const auto workload = std::find(workloads.begin(), workloads.end(), point.at("workload"));
    const Json& values = point.at("values");
    bases[std::size_t(workload - workloads.begin())] = {values.at(objectives[0]).get<double>(),
                                                        values.at(objectives[1]).get<double>()};
  }
  if (std::all_of(bases.begin(), bases.end(),
                  [](const auto& base) { return base.first > 0 && base.second > 0; })) {
    scale.bases = std::move(bases);
    scale.x_title = quantity_title(objectives[0]) + ", over the base machine's";
    scale.y_title = quantity_title(objectives[1]) + ", over the base machine's";
    return scale;
  }
  const QuantityAxis x_axis = axis_of(sweep, objectives[0], largest_of(sweep, objectives[0]));
  const QuantityAxis y_axis = axis_of(sweep, objectives[1], largest_of(sweep, objectives[1]));
  scale.x_title = x_axis.title;
  scale.y_title = y_axis.title;
  scale.x_scale = x_axis.scale;
  scale.y_scale = y_axis.scale;
  return scale;
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
  const ParetoScale scale = scale_of(sweep, objectives, chart.series);
  chart.from_zero = !scale.is_relative();
  std::vector<std::vector<std::pair<double, double>>> fronts(chart.series.size());
  std::vector<PlaneChart::Mark> of_fronts;
  for (const Json& point : sweep.at("points")) {
    if (!has_values(point, objectives) || !point.at("feasible").get<bool>()) continue;
    const auto series = std::find(chart.series.begin(), chart.series.end(),
                                  point.at("workload").get<std::string>());
    const auto index = std::size_t(series - chart.series.begin());
    const auto [x, y] = scale.place(point, index);
    const bool is_front = point.at("pareto").get<bool>();
    (is_front ? of_fronts : chart.marks)
        .push_back({x, y, int(index), is_base(point) ? "base" : "", !is_front});
    if (is_front) fronts[index].emplace_back(x, y);
  }
  chart.marks.insert(chart.marks.end(), of_fronts.begin(), of_fronts.end());
  if (chart.marks.empty()) {
    throw UserError({"", 0, "--chart"},
                    "pareto is of a sweep with feasible points, and it has none");
  }
  for (auto& front : fronts) {
    std::sort(front.begin(), front.end());
    // A front in more directions than the two drawn is no line here.
    if (front.size() > 1 && objectives.size() == 2) chart.lines.push_back({front, "", false});
  }
  chart.title = chart.series.size() == 1 ? "Pareto front on " + chart.series.front()
                                         : "Pareto front of " + sweep.at("name").get<std::string>();
  if (objectives.size() > 2) chart.title += fmt::format(" by {}", quantity_list(objectives));
  chart.x_title = plain_unit(scale.x_title);
  chart.y_title = plain_unit(scale.y_title);
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
    for (const std::string& objective : objectives) {
      chart.series.push_back(quantity_title(objective));
    }
    chart.reference = 1;
    std::string axis;
    for (const Json& line : sweep.at("sensitivity")) {
      if (line.at("workload") != workload) continue;
      const auto of = line.at("axis").get<std::string>();
      BarChart::Bar bar{value_text(line.at("value")), {}, !axis.empty() && of != axis, of};
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
    chart.y_title = "over the best value's";
    charts.push_back(std::move(chart));
  }
  if (charts.empty()) {
    throw UserError({"", 0, "--chart"}, "sensitivity is of a sweep with several values on an axis");
  }
  if (objectives.size() > kPaletteSize) {
    throw UserError({"", 0, "--chart"}, "sensitivity is of at most ten objectives");
  }
  return draw_charts(charts, width, "Sensitivity");
}

}  // namespace escalate
