#include "report/charts/result_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/error.h"
#include "common/math.h"
#include "report/charts/plain_names.h"
#include "report/charts/plot.h"
#include "report/ratios.h"

namespace escalate {
namespace {

constexpr double kColumnWidth = 241;  // 3.35 inches, as IEEE's and ACM's templates have it
constexpr double kPageWidth = 505;    // 7.01 inches

[[noreturn]] void nothing_for(const std::string& chart, const std::string& wanted) {
  throw UserError({"", 0, "--chart"}, fmt::format("{} is of {}", chart, wanted));
}

void want_results(const ChartData& data, const std::string& chart) {
  if (data.results.empty()) nothing_for(chart, "results, and the files are sweeps");
}

/// Names of values in the order in which they are first met, over all bars.
class SeriesNames {
 public:
  void add(const std::string& name) {
    if (known_.insert(name).second) names_.push_back(name);
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::set<std::string> known_;
  std::vector<std::string> names_;
};

using Columns = std::vector<std::pair<std::string, NamedValues<double>>>;

/// One bar for each of `columns`, with the values of all names that any of them has.
BarChart stacked(const Columns& columns) {
  SeriesNames names;
  for (const auto& [label, values] : columns) {
    for (const auto& [name, value] : values) {
      if (value > 0) names.add(name);
    }
  }
  BarChart chart;
  for (const auto& [label, values] : columns) {
    BarChart::Bar bar{label, {}};
    for (const std::string& name : names.names()) bar.values.push_back(values.value_of(name));
    chart.bars.push_back(std::move(bar));
  }
  for (const std::string& name : names.names()) chart.series.push_back(plain_name(name));
  return chart;
}

/// The same of machines: where they have more groups of components than a chart has colours, those
/// that do the same are one.
BarChart stacked_machines(Columns columns) {
  BarChart chart = stacked(columns);
  if (chart.series.size() > kPaletteSize) {
    for (auto& [label, values] : columns) values = by_role(values);
    chart = stacked(columns);
  }
  return chart;
}

/// What a bar or stack is high of the width, at most.
constexpr double kPlotOfColumn = 0.45;
constexpr double kPlotOfPage = 0.3;

double plot_height(FigureWidth width) {
  return width == FigureWidth::kColumn ? kPlotOfColumn * kColumnWidth : kPlotOfPage * kPageWidth;
}

double points_of(FigureWidth width) {
  return width == FigureWidth::kColumn ? kColumnWidth : kPageWidth;
}

std::string draw_one(BarChart chart, FigureWidth width) {
  fold_series(chart);
  chart.y_title = plain_unit(chart.y_title);
  return draw_charts({chart}, width, chart.title);
}

/// " of NETWORK" if all results are of one network.
std::string of_network(const std::vector<LabelledResult>& results) {
  for (const LabelledResult& entry : results) {
    if (entry.result.network != results.front().result.network) return "";
  }
  return " of " + results.front().result.network;
}

/// What a figure calls a result: the accelerator if it tells them apart, else the label.
std::vector<std::string> names_of(const std::vector<LabelledResult>& results) {
  std::vector<std::string> names, labels;
  std::set<std::string> different;
  for (const LabelledResult& entry : results) {
    names.push_back(entry.result.accelerator);
    labels.push_back(entry.label);
    different.insert(entry.result.accelerator);
  }
  return different.size() == results.size() ? names : labels;
}

/// The results of each work, in order; those that did their work alone are left out.
std::vector<std::vector<const LabelledResult*>> compared(const ChartData& data) {
  std::map<std::size_t, std::vector<const LabelledResult*>> by_work;
  for (const LabelledResult& entry : data.results) by_work[entry.work].push_back(&entry);
  std::vector<std::vector<const LabelledResult*>> works;
  for (auto& work : by_work) {
    if (work.second.size() > 1) works.push_back(std::move(work.second));
  }
  return works;
}

using Quantity = double (*)(const Result&);

/// For each work a bar of each contestant beside the first one.
BarChart advantages(const std::vector<std::vector<const LabelledResult*>>& works,
                    const std::vector<std::string>& contestants, const RatioDirection& direction,
                    Quantity quantity) {
  BarChart chart;
  chart.stacked = false;
  chart.series = contestants;
  chart.reference = 1;
  std::vector<std::vector<double>> all(contestants.size());
  for (const auto& work : works) {
    BarChart::Bar bar{
        work.front()->title.empty() ? work.front()->result.network : work.front()->title,
        std::vector<double>(contestants.size(), 0)};
    for (std::size_t i = 1; i < work.size(); ++i) {
      const auto at = std::find(contestants.begin(), contestants.end(), work[i]->contestant) -
                      contestants.begin();
      const double factor =
          direction.ratio(quantity(work.front()->result), quantity(work[i]->result));
      bar.values[std::size_t(at)] = factor;
      if (factor > 0) all[std::size_t(at)].push_back(factor);
    }
    chart.bars.push_back(std::move(bar));
  }
  if (works.size() > 1) {
    BarChart::Bar mean{"geometric mean", {}, true};
    for (const std::vector<double>& factors : all) mean.values.push_back(geometric_mean(factors));
    chart.bars.push_back(std::move(mean));
  }
  return chart;
}

/// A bar of its own for each value above 0, the largest first.
BarChart one_bar_each(const NamedValues<double>& values) {
  std::vector<std::pair<double, std::string>> by_value;
  for (const auto& [name, value] : values) {
    if (value > 0) by_value.emplace_back(-value, name);
  }
  std::stable_sort(by_value.begin(), by_value.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  BarChart chart;
  if (!by_value.empty()) chart.series = {"area"};
  for (const auto& [negative, name] : by_value) {
    chart.bars.push_back({plain_name(name), {-negative}});
  }
  return chart;
}

double dram_bytes(const LayerResult& layer) {
  return double(layer.counters.value_of("dram_read_bytes") +
                layer.counters.value_of("dram_written_bytes"));
}

using Works = std::vector<std::vector<const LabelledResult*>>;

/// The accelerators that the first of each work is compared with; UserError if that is not always
/// the same one.
std::vector<std::string> contestants(const Works& works, const std::string& chart) {
  if (works.empty()) nothing_for(chart, "several results of the same work");
  SeriesNames names;
  const std::string& reference = works.front().front()->contestant;
  for (const auto& work : works) {
    if (work.front()->contestant != reference) {
      nothing_for(
          chart,
          "results whose first of each network is of one accelerator, or of one of --names; "
          "give --reference");
    }
    for (const LabelledResult* entry : work) {
      if (entry != work.front()) names.add(entry->contestant);
    }
  }
  if (names.names().size() > kPaletteSize) nothing_for(chart, "at most ten accelerators");
  return names.names();
}

/// Speed-up and energy efficiency, by network and accelerator.
std::vector<BarChart> advantage_charts(const ChartData& data, const std::string& chart) {
  want_results(data, chart);
  const Works works = compared(data);
  const std::vector<std::string> names = contestants(works, chart);
  const RatioDirection direction = direction_of(data.results);
  BarChart time = advantages(works, names, direction,
                             [](const Result& result) { return result.total.seconds; });
  BarChart energy = advantages(works, names, direction,
                               [](const Result& result) { return result.total.energy_pj; });
  time.title = direction.title_of_all("Speed-up");
  time.y_title = "speed-up";
  energy.title = direction.title_of_all("Energy efficiency");
  energy.y_title = "efficiency";
  return {time, energy};
}

}  // namespace

Svg figure_of(FigureWidth width, double ratio, const std::string& title) {
  return {points_of(width), points_of(width) * ratio, title};
}

std::string draw_charts(const std::vector<BarChart>& charts, FigureWidth width,
                        const std::string& title) {
  const double points = points_of(width);
  std::vector<double> heights;
  double sum = 0;
  for (const BarChart& chart : charts) {
    heights.push_back(bars_height(chart, points, plot_height(width)));
    sum += heights.back();
  }
  constexpr double kBetween = 6;
  sum += kBetween * double(charts.size() - 1);
  Svg svg(points, sum, title);
  double y = 0;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    draw_bars(svg, {0, y, points, heights[i]}, charts[i]);
    y += heights[i] + kBetween;
  }
  return svg.document();
}

std::string draw_energy(const ChartData& data, FigureWidth width) {
  want_results(data, "energy");
  constexpr double kPjOfUj = 1e6;
  Columns columns;
  const auto add = [&](const std::string& label, const NamedValues<double>& energy_pj) {
    NamedValues<double> energy_uj;
    for (const auto& [name, value] : energy_pj) energy_uj[name] = value / kPjOfUj;
    columns.emplace_back(label, energy_uj);
  };
  std::string title;
  const bool is_one = data.results.size() == 1;
  if (is_one) {
    const Result& result = data.results.front().result;
    title = fmt::format("Energy of {} on {}", result.network, result.accelerator);
    for (const LayerResult& layer : result.layers) add(layer.name, layer.energy_pj);
  } else {
    title = fmt::format("Energy{} by component", of_network(data.results));
    const std::vector<std::string> names = names_of(data.results);
    for (std::size_t i = 0; i < names.size(); ++i) {
      add(names[i], data.results[i].result.total.energy_by_component_pj);
    }
  }
  BarChart chart = is_one ? stacked(columns) : stacked_machines(std::move(columns));
  if (chart.series.empty()) nothing_for("energy", "results with energy, and these have none");
  chart.title = title;
  chart.y_title = "energy [uJ]";
  return draw_one(std::move(chart), width);
}

std::string draw_cycles(const ChartData& data, FigureWidth width) {
  want_results(data, "cycles");
  if (data.results.size() != 1) nothing_for("cycles", "one result");
  const Result& result = data.results.front().result;
  Columns columns;
  bool has_states = false;
  for (const LayerResult& layer : result.layers) {
    const auto sum = double(layer.row_states.sum());
    NamedValues<double> cycles;
    for (const auto& [state, count] : layer.row_states) {
      cycles[state] = ratio(double(count), sum) * double(layer.cycles);
    }
    has_states = has_states || sum > 0;
    columns.emplace_back(layer.name, std::move(cycles));
  }
  if (!has_states) nothing_for("cycles", "a result with states of rows, and this one has none");
  BarChart chart = stacked(columns);
  chart.title = fmt::format("Cycles of {} on {}", result.network, result.accelerator);
  chart.y_title = "cycles";
  return draw_one(std::move(chart), width);
}

std::string draw_speedup(const ChartData& data, FigureWidth width) {
  const std::vector<BarChart> charts = advantage_charts(data, "speedup");
  return draw_charts(charts, width, charts.front().title + " and energy efficiency");
}

std::string draw_comparison(const ChartData& data, FigureWidth width) {
  std::vector<BarChart> charts = advantage_charts(data, "comparison");
  // Each accelerator once, as it is for the first network that it runs.
  Columns columns;
  std::set<std::string> seen;
  for (const auto& work : compared(data)) {
    for (const LabelledResult* entry : work) {
      if (!seen.insert(entry->contestant).second) continue;
      columns.emplace_back(entry->contestant, entry->result.area_mm2);
    }
  }
  BarChart area = stacked_machines(std::move(columns));
  if (area.series.empty()) nothing_for("comparison", "results with areas, and these have none");
  area.title = "Area";
  area.y_title = "area [mm2]";
  charts.push_back(std::move(area));
  return draw_charts(charts, width, charts.front().title + ", energy efficiency and area");
}

std::string draw_roofline(const ChartData& data, FigureWidth width) {
  want_results(data, "roofline");
  if (data.results.size() != 1) nothing_for("roofline", "one result");
  const Result& result = data.results.front().result;
  const double macs_per_cycle = result.peak_per_cycle.value_of("mac");
  const double bytes_per_cycle = result.peak_per_cycle.value_of("dram");
  PlaneChart chart;
  chart.is_log = true;
  SeriesNames bounds;
  for (const LayerResult& layer : result.layers) {
    if (layer.macs_dense > 0 && dram_bytes(layer) > 0 && layer.cycles > 0) {
      bounds.add(layer.bound_by);
    }
  }
  for (const std::string& bound : bounds.names())
    chart.series.push_back("bound by " + plain_name(bound));
  double most_intensity = 0;
  double least_intensity = 0;
  for (const LayerResult& layer : result.layers) {
    if (layer.macs_dense <= 0 || dram_bytes(layer) <= 0 || layer.cycles <= 0) continue;
    const double intensity = double(layer.macs_dense) / dram_bytes(layer);
    const auto series = std::find(bounds.names().begin(), bounds.names().end(), layer.bound_by);
    chart.marks.push_back({intensity, double(layer.macs_dense) / double(layer.cycles),
                           int(series - bounds.names().begin()), ""});
    most_intensity = std::max(most_intensity, intensity);
    least_intensity = least_intensity == 0 ? intensity : std::min(least_intensity, intensity);
  }
  if (chart.marks.empty() || macs_per_cycle <= 0 || bytes_per_cycle <= 0) {
    nothing_for("roofline", "a result with MACs, DRAM traffic and a peak of both");
  }
  const double knee = macs_per_cycle / bytes_per_cycle;
  const double right = std::max(most_intensity * 2, knee * 3);
  const double left = std::min(least_intensity / 2, knee / 2);
  chart.lines.push_back(
      {{{left, left * bytes_per_cycle}, {knee, macs_per_cycle}, {right, macs_per_cycle}},
       fmt::format("peak: {} MACs, {} B a cycle", short_number(macs_per_cycle),
                   short_number(bytes_per_cycle))});
  std::int64_t additions = 0;
  for (const LayerResult& layer : result.layers) {
    additions += layer.counters.value_of("ca_additions");
  }
  if (const double adders = result.peak_per_cycle.value_of("ca"); adders > 0 && additions > 0) {
    const double level = adders * double(result.total.macs_dense) / double(additions);
    chart.lines.push_back(
        {{{level / bytes_per_cycle, level}, {right, level}}, "peak of the CA units", true});
  }
  chart.title = fmt::format("Roofline of {} on {}", result.network, result.accelerator);
  chart.x_title = "dense MACs a byte of DRAM traffic";
  chart.y_title = "dense MACs a cycle";
  Svg svg = figure_of(width, 0.75, chart.title);
  draw_plane(svg, {0, 0, svg.width(), svg.height()}, chart);
  return svg.document();
}

std::string draw_area(const ChartData& data, FigureWidth width) {
  want_results(data, "area");
  BarChart chart;
  if (data.results.size() == 1) {
    const Result& result = data.results.front().result;
    chart = one_bar_each(result.area_mm2);
    chart.title = fmt::format("Area of {}: {:.2f} mm²", result.accelerator, result.area_mm2.sum());
  } else {
    Columns columns;
    const std::vector<std::string> names = names_of(data.results);
    for (std::size_t i = 0; i < names.size(); ++i) {
      columns.emplace_back(names[i], data.results[i].result.area_mm2);
    }
    chart = stacked_machines(std::move(columns));
    chart.title = "Area by unit";
  }
  if (chart.series.empty()) nothing_for("area", "results with areas, and these have none");
  chart.y_title = "area [mm2]";
  return draw_one(std::move(chart), width);
}

}  // namespace escalate
