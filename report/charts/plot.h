// The kinds of chart that figures are made of, drawn into a frame of a picture.
#pragma once

#include <string>
#include <vector>

#include "report/charts/axis.h"
#include "report/charts/svg.h"

namespace escalate {

/// Where a chart stands, with its titles, labels and legend.
struct Frame {
  double x = 0, y = 0, width = 0, height = 0;
};

/// Bars along the x axis, each with a value for each series: on top of one another or side by side.
struct BarChart {
  std::string title;
  std::string y_title;
  std::vector<std::string> series;
  struct Bar {
    std::string label;
    std::vector<double> values;  ///< by series, 0 or more
    bool apart = false;          ///< with a gap before it, as a mean has
    std::string group = {};      ///< name below this bar and those that follow up to a gap
  };
  std::vector<Bar> bars;
  bool stacked = true;
  double reference = 0;  ///< a dashed line across, if above 0
};
void draw_bars(Svg& svg, const Frame& frame, const BarChart& chart);

/// The height of a frame `width` wide in which the bars have `plot_height` for themselves.
double bars_height(const BarChart& chart, double width, double plot_height);

/// Markers and lines between two axes.
struct PlaneChart {
  std::string title, x_title, y_title;
  bool is_log = false;
  bool from_zero = false;     ///< both axes, unless they are logarithmic
  bool y_from_zero = false;   ///< the y axis alone
  std::vector<Tick> x_ticks;  ///< in place of round numbers, as of values that are no numbers
  std::vector<std::string> series;
  struct Mark {
    double x = 0, y = 0;
    int series = 0;
    std::string label;     ///< beside the marker; empty: none
    bool hollow = false;   ///< stands behind the others: only an outline
    std::string tip = {};  ///< shown where the mouse rests on it
  };
  std::vector<Mark> marks;
  struct Line {
    std::vector<std::pair<double, double>> points;
    std::string label;  ///< above its end
    bool dashed = false;
    int series = -1;  ///< whose colour it has; -1: black
  };
  std::vector<Line> lines;
};
void draw_plane(Svg& svg, const Frame& frame, const PlaneChart& chart);

/// Leaves at most as many series as a chart can show: those of the largest sums as they are, in
/// their order, the others together as "N others".
void fold_series(BarChart& chart);

}  // namespace escalate
