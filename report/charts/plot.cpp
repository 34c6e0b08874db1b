#include "report/charts/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>

#include "common/error.h"

namespace escalate {
namespace {

constexpr double kSize = 8;   // of text
constexpr double kSmall = 7;  // of labels at ticks
constexpr double kLine = 11;  // between lines of text
constexpr double kGap = 4;    // between a label and what it belongs to
constexpr double kKey = 8;    // side of a key of the legend
// Room for a turned label below the axis: longer ones are cut in the middle.
constexpr double kLongestLabel = 110;
constexpr double kBold = 1.12;  // width of bold letters over that of others

/// What is left of a frame for the axes, behind title and legend.
struct Area {
  double left = 0, right = 0, top = 0, bottom = 0;
};

/// The size at which `text` fits into `room`, `size` at most.
double size_within(const std::string& text, double room, double size) {
  return std::min(size, size * room / std::max(text_width(text, size), 1.0));
}

/// How far the key of a series and its name reach.
double key_width(const std::string& name) {
  return kKey + kGap + text_width(name, kSmall) + 2 * kGap;
}

/// Where the keys of the series begin, from the left and top of a frame `width` wide, in as many
/// lines as they need; none for a series alone.
std::vector<Svg::Point> key_places(const std::vector<std::string>& series, double width) {
  std::vector<Svg::Point> places;
  if (series.size() < 2) return places;
  double x = kGap;
  double y = 2 * kLine;
  for (const std::string& name : series) {
    if (x > kGap && x + key_width(name) - kGap > width) {
      x = kGap;
      y += kLine;
    }
    places.emplace_back(x, y);
    x += key_width(name);
  }
  return places;
}

double head_height(const std::vector<std::string>& series, double width) {
  const auto places = key_places(series, width);
  return places.empty() ? 2 * kLine : places.back().second + kLine / 2;
}

/// Title and keys of the series. Returns the y behind them.
template <class DrawKey>
double draw_head(Svg& svg, const Frame& frame, const std::string& title,
                 const std::vector<std::string>& series, DrawKey&& draw_key) {
  svg.text(
      {frame.x + frame.width / 2, frame.y + kLine}, title,
      {Anchor::kMiddle, size_within(title, (frame.width - 2 * kGap) / kBold, kSize + 1), 0, true});
  const auto places = key_places(series, frame.width);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double x = frame.x + places[i].first;
    const double y = frame.y + places[i].second;
    draw_key(x, y - kKey + 1, static_cast<int>(i));
    svg.text({x + kKey + kGap, y}, series[i], {Anchor::kStart, kSmall, 0, false});
  }
  return frame.y + head_height(series, frame.width);
}

void draw_y_axis(Svg& svg, const Area& area, const Axis& axis, const std::string& title,
                 double title_x) {
  for (const Tick& tick : axis.ticks()) {
    const double y = axis.place(tick.value);
    svg.line({area.left, y}, {area.right, y}, {0.4, false, true});
    svg.text({area.left - kGap, y + kSmall / 3}, tick.label, {Anchor::kEnd, kSmall, 0, false});
  }
  svg.line({area.left, area.top}, {area.left, area.bottom});
  svg.text({title_x + kSize, (area.top + area.bottom) / 2}, title,
           {Anchor::kMiddle, size_within(title, area.bottom - area.top, kSize), -90, false});
}

double widest(const std::vector<std::string>& texts) {
  double width = 0;
  for (const std::string& text : texts) width = std::max(width, text_width(text, kSmall));
  return width;
}

std::vector<std::string> labels_of(const Axis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks()) labels.push_back(tick.label);
  return labels;
}

/// Cuts the middle out of a label that is longer than there is room for.
std::string shortened(const std::string& label) {
  const auto most = static_cast<std::size_t>(kLongestLabel / text_width("x", kSmall));
  if (text_width(label, kSmall) <= kLongestLabel || label.size() <= most) return label;
  const std::size_t head = (most - 2) / 2;
  return label.substr(0, head) + ".." + label.substr(label.size() - (most - 2 - head));
}

/// The label in two lines of about the same length, cut behind a blank, a hyphen or a dot; in one
/// if it has none.
std::vector<std::string> in_two_lines(const std::string& label) {
  std::size_t best = 0;
  double least = text_width(label, kSmall);
  for (std::size_t i = 1; i < label.size(); ++i) {
    if (std::string_view(" -.").find(label[i - 1]) == std::string_view::npos) continue;
    const double wider =
        std::max(text_width(label.substr(0, i), kSmall), text_width(label.substr(i), kSmall));
    if (wider < least) {
      least = wider;
      best = i;
    }
  }
  if (best == 0) return {label};
  return {label.substr(0, best), label.substr(best)};
}

double height_of(const BarChart& chart, const BarChart::Bar& bar) {
  if (bar.values.empty()) return 0;
  return chart.stacked ? std::accumulate(bar.values.begin(), bar.values.end(), 0.0)
                       : *std::max_element(bar.values.begin(), bar.values.end());
}

/// Places of bars along the x axis, `room` long.
struct Slots {
  double width = 0;            ///< of a bar with its gap
  std::vector<double> starts;  ///< of each bar, from the left end of the axis
};
Slots slots_of(const BarChart& chart, double room) {
  const auto gaps = std::count_if(chart.bars.begin(), chart.bars.end(),
                                  [](const BarChart::Bar& bar) { return bar.apart; });
  constexpr double kApart = 0.5;
  Slots slots;
  slots.width =
      room / (static_cast<double>(chart.bars.size()) + kApart * static_cast<double>(gaps));
  double x = 0;
  for (const BarChart::Bar& bar : chart.bars) {
    if (bar.apart) x += kApart * slots.width;
    slots.starts.push_back(x);
    x += slots.width;
  }
  return slots;
}

/// What stands below the bars.
struct BarLabels {
  bool turned = false;
  std::vector<std::vector<std::string>> lines;  ///< of each bar
  double height = 0;                            ///< of all, with the names of groups
};

BarLabels labels_of(const BarChart& chart, double slot_width) {
  const double room = slot_width * 0.95;
  BarLabels labels;
  for (const BarChart::Bar& bar : chart.bars) labels.lines.push_back({bar.label});
  const auto fits = [&] {
    return std::all_of(labels.lines.begin(), labels.lines.end(),
                       [&](const auto& lines) { return widest(lines) <= room; });
  };
  if (!fits()) {
    for (auto& lines : labels.lines) lines = in_two_lines(lines.front());
  }
  labels.turned = !fits();
  std::size_t most_lines = 1;
  double longest = 0;
  for (std::size_t i = 0; i < labels.lines.size(); ++i) {
    if (labels.turned) labels.lines[i] = {shortened(chart.bars[i].label)};
    most_lines = std::max(most_lines, labels.lines[i].size());
    longest = std::max(longest, widest(labels.lines[i]));
  }
  const bool has_groups = std::any_of(chart.bars.begin(), chart.bars.end(),
                                      [](const auto& bar) { return !bar.group.empty(); });
  labels.height = (labels.turned ? longest + 2 * kGap : double(most_lines) * kSmall + kGap) +
                  (has_groups ? kLine : 0);
  return labels;
}

/// Room on the left of the axis, for its title and the numbers at its ticks.
double left_of_axis(const Axis& axis) { return widest(labels_of(axis)) + kLine + 2 * kGap + kSize; }

double highest_of(const BarChart& chart) {
  double highest = chart.reference;
  for (const BarChart::Bar& bar : chart.bars) highest = std::max(highest, height_of(chart, bar));
  return highest > 0 ? highest : 1;
}

BarLabels labels_within(const BarChart& chart, double width) {
  const double left = left_of_axis(Axis::linear(0, highest_of(chart), 1, 0));
  return labels_of(chart, slots_of(chart, width - left - kGap).width);
}

/// The names of groups, each below its bars.
void draw_groups(Svg& svg, const BarChart& chart, const Area& area, const Slots& slots, double y) {
  for (std::size_t first = 0; first < chart.bars.size();) {
    std::size_t end = first + 1;
    while (end < chart.bars.size() && !chart.bars[end].apart) ++end;
    const std::string& group = chart.bars[first].group;
    const double left = area.left + slots.starts[first];
    const double right = area.left + slots.starts[end - 1] + slots.width;
    const double room = right - left + 0.4 * slots.width;
    if (!group.empty()) {
      svg.text({(left + right) / 2, y}, group,
               {Anchor::kMiddle, size_within(group, room, kSmall), 0, false});
    }
    first = end;
  }
}

void draw_labels(Svg& svg, const BarChart& chart, const BarLabels& labels, const Area& area,
                 const Slots& slots) {
  // Turned labels stand on lines of their own height: of more bars than lines, only some are named.
  const auto every = labels.turned ? std::max(1, int(std::ceil(kSmall / slots.width))) : 1;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    if (int(i) % every != 0 && !chart.bars[i].apart) continue;
    const double centre = area.left + slots.starts[i] + slots.width / 2;
    if (labels.turned) {
      svg.text({centre + kSmall / 3, area.bottom + kGap}, labels.lines[i].front(),
               {Anchor::kEnd, kSmall, -90, false});
      continue;
    }
    double y = area.bottom + 2;
    for (const std::string& line : labels.lines[i]) {
      svg.text({centre, y += kSmall}, line, {Anchor::kMiddle, kSmall, 0, false});
    }
  }
  draw_groups(svg, chart, area, slots, area.bottom + labels.height - kGap / 2);
}

void draw_bar(Svg& svg, const BarChart& chart, const BarChart::Bar& bar, double centre,
              double width, const Axis& axis) {
  const double bottom = axis.place(0);
  double at = 0;
  const double part = width / double(bar.values.size());
  for (std::size_t i = 0; i < bar.values.size(); ++i) {
    const double value = bar.values[i];
    if (value <= 0) continue;
    const ChartFill fill{static_cast<int>(i)};
    if (chart.stacked) {
      const double top = axis.place(at + value);
      svg.rectangle(centre - width / 2, top, width, axis.place(at) - top, fill);
      at += value;
    } else {
      const double top = axis.place(value);
      svg.rectangle(centre - width / 2 + double(i) * part, top, part, bottom - top, fill);
    }
  }
}

/// What the axes of a plane have to cover.
struct Extent {
  double low_x = std::numeric_limits<double>::infinity(), high_x = -low_x;
  double low_y = low_x, high_y = -low_x;

  void cover(double x, double y) {
    low_x = std::min(low_x, x);
    high_x = std::max(high_x, x);
    low_y = std::min(low_y, y);
    high_y = std::max(high_y, y);
  }
};
Extent extent_of(const PlaneChart& chart) {
  Extent extent;
  for (const PlaneChart::Mark& mark : chart.marks) extent.cover(mark.x, mark.y);
  for (const PlaneChart::Line& line : chart.lines) {
    for (const auto& [x, y] : line.points) extent.cover(x, y);
  }
  return extent;
}

double room_beside(double low, double high) {
  return high > low ? (high - low) * 0.05 : std::max(std::abs(high) * 0.05, 1e-9);
}

Axis plane_axis(bool is_log, bool from_zero, double low, double high, double from, double to) {
  if (is_log) return Axis::logarithmic(low / 1.3, high * 2, from, to);
  const double room = room_beside(low, high);
  return Axis::linear(from_zero ? std::min(0.0, low) : low - room, high + room, from, to);
}

Axis x_axis_of(const PlaneChart& chart, const Extent& extent, double from, double to) {
  if (chart.x_ticks.empty()) {
    return plane_axis(chart.is_log, chart.from_zero, extent.low_x, extent.high_x, from, to);
  }
  const double low = std::min(extent.low_x, chart.x_ticks.front().value);
  const double high = std::max(extent.high_x, chart.x_ticks.back().value);
  const double room = room_beside(low, high);
  return Axis::with_ticks(low - room, high + room, from, to, chart.x_ticks);
}

Axis y_axis_of(const PlaneChart& chart, const Extent& extent, double from, double to) {
  return plane_axis(chart.is_log, chart.from_zero || chart.y_from_zero, extent.low_y, extent.high_y,
                    from, to);
}

/// With as many labels as have room.
void draw_x_axis(Svg& svg, const Area& area, const Axis& axis) {
  double end_of_last = -std::numeric_limits<double>::infinity();
  for (const Tick& tick : axis.ticks()) {
    const double x = axis.place(tick.value);
    svg.line({x, area.top}, {x, area.bottom}, {0.4, false, true});
    const double half = text_width(tick.label, kSmall) / 2;
    if (x - half < end_of_last) continue;
    end_of_last = x + half;
    svg.text({x, area.bottom + kSmall + 2}, tick.label, {Anchor::kMiddle, kSmall, 0, false});
  }
  svg.line({area.left, area.bottom}, {area.right, area.bottom});
}

/// Labels first, so that no marker is hidden by one.
template <class PlaceOf>
void draw_marks(Svg& svg, const PlaneChart& chart, double right_end, PlaceOf&& place_of) {
  for (const PlaneChart::Mark& mark : chart.marks) {
    if (mark.label.empty()) continue;
    const Svg::Point at = place_of(mark);
    const bool left = at.first + kGap + text_width(mark.label, kSmall) > right_end;
    svg.text({at.first + (left ? -kGap : kGap), at.second - kGap}, mark.label,
             {left ? Anchor::kEnd : Anchor::kStart, kSmall, 0, true, true});
  }
  for (const PlaneChart::Mark& mark : chart.marks) {
    svg.marker(place_of(mark), {mark.series}, 5, mark.hollow, mark.tip);
  }
}

}  // namespace

double bars_height(const BarChart& chart, double width, double plot_height) {
  return head_height(chart.series, width) + kGap + plot_height + labels_within(chart, width).height;
}

void draw_bars(Svg& svg, const Frame& frame, const BarChart& chart) {
  ensure(!chart.bars.empty() && chart.series.size() <= kPaletteSize, "a chart of too much");
  for (const BarChart::Bar& bar : chart.bars) {
    ensure(bar.values.size() == chart.series.size(), "a bar of other series than the chart's");
  }
  const double head =
      draw_head(svg, frame, chart.title, chart.series,
                [&](double x, double y, int series) { svg.rectangle(x, y, kKey, kKey, {series}); });
  const double highest = highest_of(chart);
  const BarLabels labels = labels_within(chart, frame.width);
  const Area area{frame.x + left_of_axis(Axis::linear(0, highest, 1, 0)),
                  frame.x + frame.width - kGap, head + kGap,
                  frame.y + frame.height - labels.height};
  const Slots slots = slots_of(chart, area.right - area.left);
  const Axis axis = Axis::linear(0, highest, area.bottom, area.top);
  draw_y_axis(svg, area, axis, chart.y_title, frame.x);
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    draw_bar(svg, chart, chart.bars[i], area.left + slots.starts[i] + slots.width / 2,
             slots.width * 0.8, axis);
  }
  draw_labels(svg, chart, labels, area, slots);
  svg.line({area.left, area.bottom}, {area.right, area.bottom});
  if (chart.reference > 0) {
    const double y = axis.place(chart.reference);
    svg.line({area.left, y}, {area.right, y}, {0.75, true, false});
  }
}

void draw_plane(Svg& svg, const Frame& frame, const PlaneChart& chart) {
  ensure(!chart.marks.empty() && chart.series.size() <= kPaletteSize, "a chart of too much");
  const double head =
      draw_head(svg, frame, chart.title, chart.series, [&](double x, double y, int series) {
        svg.marker({x + kKey / 2, y + kKey / 2}, {series});
      });
  const Extent extent = extent_of(chart);
  const Area area{frame.x + left_of_axis(y_axis_of(chart, extent, 1, 0)),
                  frame.x + frame.width - 2 * kGap, head + kGap,
                  frame.y + frame.height - 2 * kLine - kGap};
  const Axis x_axis = x_axis_of(chart, extent, area.left, area.right);
  const Axis y_axis = y_axis_of(chart, extent, area.bottom, area.top);
  draw_y_axis(svg, area, y_axis, chart.y_title, frame.x);
  draw_x_axis(svg, area, x_axis);
  svg.text({(area.left + area.right) / 2, frame.y + frame.height - kGap}, chart.x_title,
           {Anchor::kMiddle, kSize, 0, false});
  for (const PlaneChart::Line& line : chart.lines) {
    std::vector<Svg::Point> points;
    for (const auto& [x, y] : line.points) points.emplace_back(x_axis.place(x), y_axis.place(y));
    svg.polyline(points, {1.2, line.dashed, false, line.series});
    if (line.label.empty()) continue;
    svg.text({points.back().first, points.back().second - kGap}, line.label,
             {Anchor::kEnd, kSmall, 0, false, true});
  }
  draw_marks(svg, chart, area.right, [&](const PlaneChart::Mark& mark) {
    return Svg::Point{x_axis.place(mark.x), y_axis.place(mark.y)};
  });
}

void fold_series(BarChart& chart) {
  if (chart.series.size() <= kPaletteSize) return;
  std::vector<double> sums(chart.series.size(), 0);
  for (const BarChart::Bar& bar : chart.bars) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += bar.values[i];
  }
  std::vector<double> ordered = sums;
  std::nth_element(ordered.begin(), ordered.begin() + (kPaletteSize - 2), ordered.end(),
                   std::greater<>());
  const double least = ordered[kPaletteSize - 2];
  std::vector<bool> kept;
  std::size_t count = 0;
  for (const double sum : sums) {
    kept.push_back(sum >= least && count < kPaletteSize - 1);
    if (kept.back()) ++count;
  }
  const auto fold = [&](auto values, auto rest) {
    decltype(values) some;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i]) some.push_back(values[i]);
    }
    some.push_back(rest);
    return some;
  };
  for (BarChart::Bar& bar : chart.bars) {
    double rest = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) rest += kept[i] ? 0 : bar.values[i];
    bar.values = fold(bar.values, rest);
  }
  chart.series = fold(chart.series, fmt::format("{} others", chart.series.size() - count));
}

}  // namespace escalate
