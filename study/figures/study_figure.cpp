#include "study/figures/study_figure.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/distinct_names.h"
#include "common/quantity_text.h"
#include "report/charts/result_charts.h"
#include "report/charts/svg.h"

namespace escalate {
namespace {

constexpr std::string_view kWorkload = "{workload}";
constexpr std::string_view kEnding = ".svg";

/// `text` with `workload` in each place for one.
std::string of_workload(std::string text, const std::string& workload) {
  for (std::size_t at = text.find(kWorkload); at != text.npos;
       at = text.find(kWorkload, at + workload.size())) {
    text.replace(at, kWorkload.size(), workload);
  }
  return text;
}

bool is_each(const DeclaredFigure& figure) {
  return figure.file.find(kWorkload) != std::string::npos;
}

/// The file is a name that can stand in the folder, whatever the workloads are called.
void check_file(const YamlMap& map, const DeclaredFigure& figure) {
  const std::string plain = of_workload(figure.file, "w");
  if (!plain.ends_with(kEnding) || names_for_files({plain}).front() != plain) {
    map.fail("file", fmt::format("expected a name of letters, digits, '.', '-' and '_' that ends "
                                 "in .svg, got '{}'",
                                 figure.file));
  }
}

/// The picture has as many networks and series as a figure can show.
void check_size(const YamlMap& map, const DeclaredFigure& figure) {
  const std::size_t in_one = is_each(figure) ? 1 : figure.figure->workloads().size();
  const std::size_t series = figure.figure->num_series(in_one);
  if (series == 0 && in_one > 1) {
    map.fail("file", "such a figure is of one workload: expected {workload} in the name");
  }
  if (is_each(figure) && figure.figure->workloads().empty()) {
    map.fail("file", "such a figure has no workload: expected a name without {workload}");
  }
  if (series > std::size_t(kPaletteSize)) {
    map.fail("kind", fmt::format("it would have {} series, and a figure can show {}", series,
                                 kPaletteSize));
  }
}

/// Scales one coordinate of marks and lines; the title of its axis.
template <class OfPoint>
std::string scaled(PlaneChart& chart, const Measure& measure, double PlaneChart::Mark::*of_mark,
                   OfPoint&& of_point) {
  const std::string unit = measure.unit();
  if (unit == "ratio" || unit == measure.quantity) return measure.title;
  double largest = 0;
  for (const PlaneChart::Mark& mark : chart.marks) largest = std::max(largest, mark.*of_mark);
  const ScaledUnit to = scaled_unit(unit, largest);
  for (PlaneChart::Mark& mark : chart.marks) mark.*of_mark *= to.scale;
  for (PlaneChart::Line& line : chart.lines) {
    for (auto& point : line.points) of_point(point) *= to.scale;
  }
  return titled(measure.title, to.unit);
}

}  // namespace

const std::vector<FigureKind>& figure_kinds() {
  static const std::vector<FigureKind> kKinds = {
      {"lines",
       "a quantity over the values of a parameter, a line each value of another",
       {"sweep", "x", "y", "series", "where"},
       read_lines},
      {"front",
       "points by two quantities, their Pareto front and the base",
       {"sweeps", "x", "y", "most"},
       read_front_figure},
      {"scatter",
       "points by two quantities, in the colour of their workload",
       {"sweeps", "x", "y"},
       read_scatter},
      {"columns",
       "a column of a CSV file over another, a line each value of a third",
       {"table", "x", "y", "series", "where"},
       read_columns}};
  return kKinds;
}

std::vector<StudyPicture> pictures_of(const DeclaredFigure& figure) {
  const std::vector<std::string> workloads = figure.figure->workloads();
  if (!is_each(figure)) return {{figure.file, workloads, figure.title}};
  const std::vector<std::string> names = names_for_files(workloads);
  std::vector<StudyPicture> pictures;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    pictures.push_back({of_workload(figure.file, names[i]),
                        {workloads[i]},
                        of_workload(figure.title, workloads[i])});
  }
  return pictures;
}

DeclaredFigure read_figure(const std::string& file, const YAML::Node& node,
                           const StudySweeps& sweeps) {
  const YamlMap map(file, node, "figures");
  std::vector<std::string> names;
  for (const FigureKind& kind : figure_kinds()) names.emplace_back(kind.name);
  const std::string name = map.text("kind");
  const auto kind = std::find_if(figure_kinds().begin(), figure_kinds().end(),
                                 [&](const FigureKind& one) { return one.name == name; });
  if (kind == figure_kinds().end()) {
    map.fail("kind", fmt::format("expected {}, got '{}'{}", one_of(names), name,
                                 did_you_mean(name, names)));
  }
  std::vector<std::string> keys = {"kind", "file", "title", "width"};
  keys.insert(keys.end(), kind->keys.begin(), kind->keys.end());
  map.check_keys(keys);
  DeclaredFigure figure;
  figure.file = map.text("file");
  figure.title = map.text("title");
  check_file(map, figure);
  if (map.has("width")) {
    try {
      figure.width = enum_from_name<FigureWidth>(map.text("width"));
    } catch (const UserError& error) {
      map.fail("width", error.message());
    }
  }
  figure.place = {file, map.line(), "figures"};
  figure.figure = kind->read(PartReader(file, map, sweeps));
  check_size(map, figure);
  return figure;
}

std::string drawn(const DeclaredFigure& figure, const StudyPicture& picture,
                  const StudyPoints& points) {
  constexpr double kColumnRatio = 0.75, kPageRatio = 0.6;
  try {
    PlaneChart chart = figure.figure->chart(points, picture.workloads);
    chart.title = picture.title;
    Svg svg = figure_of(
        figure.width, figure.width == FigureWidth::kPage ? kPageRatio : kColumnRatio, chart.title);
    draw_plane(svg, {0, 0, svg.width(), svg.height()}, chart);
    return svg.document();
  } catch (const UserError& error) {
    if (!error.place().file.empty()) throw;
    throw UserError(figure.place, picture.file + ": " + error.message());
  }
}

void scale_x(PlaneChart& chart, const Measure& measure) {
  chart.x_title = scaled(chart, measure, &PlaneChart::Mark::x,
                         [](auto& point) -> double& { return point.first; });
}

void scale_y(PlaneChart& chart, const Measure& measure) {
  chart.y_title = scaled(chart, measure, &PlaneChart::Mark::y,
                         [](auto& point) -> double& { return point.second; });
}

}  // namespace escalate
