#include "report/charts/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/error.h"

namespace escalate {
namespace {

constexpr double kSize = 8;   // of text
constexpr double kSmall = 7;  // of labels at ticks
constexpr double kLine = 11;  // between lines of text
constexpr double kGap = 4;    // between a label and what it belongs to
constexpr double kKey = 8;    // side of a key of the legend
// Of a frame\'s height, for labels that stand upright.
constexpr double kMostOfLabels = 0.42;

/// What is left of a frame for the axes, behind title and legend.
struct Area {
  double left = 0, right = 0, top = 0, bottom = 0;
};

/// The size at which `text` fits into `room`, `size` at most.
double size_within(const std::string& text, double room, double size) {
  return std::min(size, size * room / std::max(text_width(text, size), 1.0));
}

/// Title, then keys of the series in as many rows as they need. Returns the y behind them.
template <class DrawKey>
double draw_head(Svg& svg, const Frame& frame, const std::string& title,
                 const std::vector<std::string>& series, DrawKey&& draw_key) {
  double y = frame.y + kLine;
  svg.text({frame.x + frame.width / 2, y}, title,
           {Anchor::kMiddle, size_within(title, frame.width - 2 * kGap, kSize + 1), 0, true});
  y += kLine;
  if (series.size() < 2) return y;
  double x = frame.x + kGap;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double width = kKey + kGap + text_width(series[i], kSmall) + 2 * kGap;
    if (x > frame.x + kGap && x + width > frame.x + frame.width) {
      x = frame.x + kGap;
      y += kLine;
    }
    draw_key(x, y - kKey + 1, static_cast<int>(i));
    svg.text({x + kKey + kGap, y}, series[i], {Anchor::kStart, kSmall, 0, false});
    x += width;
  }
  return y + kLine / 2;
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

/// Cuts the middle out of labels that are longer than `room`.
void shorten(std::vector<std::string>& labels, double room) {
  const auto most = static_cast<std::size_t>(std::max(8.0, room / text_width("x", kSmall)));
  for (std::string& label : labels) {
    if (label.size() <= most) continue;
    const std::size_t head = (most - 2) / 2;
    label = label.substr(0, head) + ".." + label.substr(label.size() - (most - 2 - head));
  }
}

double height_of(const BarChart& chart, const BarChart::Bar& bar) {
  if (bar.values.empty()) return 0;
  return chart.stacked ? std::accumulate(bar.values.begin(), bar.values.end(), 0.0)
                       : *std::max_element(bar.values.begin(), bar.values.end());
}

/// Places of bars along the x axis.
struct Slots {
  double width = 0;             ///< of a bar with its gap
  std::vector<double> centres;  ///< of each bar
};
Slots slots_of(const BarChart& chart, const Area& area) {
  const auto gaps = std::count_if(chart.bars.begin(), chart.bars.end(),
                                  [](const BarChart::Bar& bar) { return bar.apart; });
  constexpr double kApart = 0.5;
  Slots slots;
  slots.width = (area.right - area.left) /
                (static_cast<double>(chart.bars.size()) + kApart * static_cast<double>(gaps));
  double x = area.left;
  for (const BarChart::Bar& bar : chart.bars) {
    if (bar.apart) x += kApart * slots.width;
    slots.centres.push_back(x + slots.width / 2);
    x += slots.width;
  }
  return slots;
}

void draw_bar(Svg& svg, const BarChart& chart, const BarChart::Bar& bar, double centre,
              double width, const Axis& axis) {
  const double bottom = axis.place(0);
  double at = 0;
  const double part = width / double(bar.values.size());
  for (std::size_t i = 0; i < bar.values.size(); ++i) {
    const double value = bar.values[i];
    if (value <= 0) continue;
    const Fill fill{static_cast<int>(i)};
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

}  // namespace

void draw_bars(Svg& svg, const Frame& frame, const BarChart& chart) {
  ensure(!chart.bars.empty() && chart.series.size() <= kPaletteSize, "a chart of too much");
  double highest = chart.reference;
  std::vector<std::string> labels;
  for (const BarChart::Bar& bar : chart.bars) {
    ensure(bar.values.size() == chart.series.size(), "a bar of other series than the chart's");
    highest = std::max(highest, height_of(chart, bar));
    labels.push_back(bar.label);
  }
  if (highest <= 0) highest = 1;
  const double head =
      draw_head(svg, frame, chart.title, chart.series,
                [&](double x, double y, int series) { svg.rectangle(x, y, kKey, kKey, {series}); });
  const double axis_width =
      widest(labels_of(Axis::linear(0, highest, 1, 0))) + kLine + 2 * kGap + kSize;
  Area area{frame.x + axis_width, frame.x + frame.width - kGap, head + kGap,
            frame.y + frame.height - kLine};
  Slots slots = slots_of(chart, area);
  const bool turned = widest(labels) > slots.width * 0.95;
  if (turned) {
    shorten(labels, frame.height * kMostOfLabels);
    area.bottom = frame.y + frame.height - widest(labels) - 2 * kGap;
  }
  const Axis axis = Axis::linear(0, highest, area.bottom, area.top);
  draw_y_axis(svg, area, axis, chart.y_title, frame.x);
  // Turned labels stand on lines of their own height: of more bars than lines, only some are named.
  const auto every = turned ? std::max(1, int(std::ceil(kSmall / slots.width))) : 1;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    draw_bar(svg, chart, chart.bars[i], slots.centres[i], slots.width * 0.8, axis);
    if (int(i) % every != 0 && !chart.bars[i].apart) continue;
    if (turned) {
      svg.text({slots.centres[i] + kSmall / 3, area.bottom + kGap}, labels[i],
               {Anchor::kEnd, kSmall, -90, false});
    } else {
      svg.text({slots.centres[i], area.bottom + kSmall + 2}, labels[i],
               {Anchor::kMiddle, kSmall, 0, false});
    }
  }
  svg.line({area.left, area.bottom}, {area.right, area.bottom});
  if (chart.reference > 0) {
    const double y = axis.place(chart.reference);
    svg.line({area.left, y}, {area.right, y}, {0.75, true, false});
  }
}

void draw_plane(Svg& svg, const Frame& frame, const PlaneChart& chart) {
  ensure(!chart.marks.empty() && chart.series.size() <= kPaletteSize, "a chart of too much");
  double low_x = std::numeric_limits<double>::infinity(), high_x = -low_x;
  double low_y = low_x, high_y = -low_x;
  const auto cover = [&](double x, double y) {
    low_x = std::min(low_x, x);
    high_x = std::max(high_x, x);
    low_y = std::min(low_y, y);
    high_y = std::max(high_y, y);
  };
  for (const PlaneChart::Mark& mark : chart.marks) cover(mark.x, mark.y);
  for (const PlaneChart::Line& line : chart.lines) {
    for (const auto& [x, y] : line.points) cover(x, y);
  }
  const double head =
      draw_head(svg, frame, chart.title, chart.series, [&](double x, double y, int series) {
        svg.marker({x + kKey / 2, y + kKey / 2}, {series});
      });
  const auto axis_of = [&](double low, double high, double from, double to) {
    if (chart.is_log) return Axis::logarithmic(low / 1.3, high * 1.3, from, to);
    const double room = high > low ? (high - low) * 0.05 : std::max(std::abs(high) * 0.05, 1e-9);
    return Axis::linear(chart.from_zero ? std::min(0.0, low) : low - room, high + room, from, to);
  };
  const double axis_width =
      widest(labels_of(axis_of(low_y, high_y, 1, 0))) + kLine + 2 * kGap + kSize;
  const Area area{frame.x + axis_width, frame.x + frame.width - 2 * kGap, head + kGap,
                  frame.y + frame.height - 2 * kLine - kGap};
  const Axis x_axis = axis_of(low_x, high_x, area.left, area.right);
  const Axis y_axis = axis_of(low_y, high_y, area.bottom, area.top);
  draw_y_axis(svg, area, y_axis, chart.y_title, frame.x);
  for (const Tick& tick : x_axis.ticks()) {
    const double x = x_axis.place(tick.value);
    svg.line({x, area.top}, {x, area.bottom}, {0.4, false, true});
    svg.text({x, area.bottom + kSmall + 2}, tick.label, {Anchor::kMiddle, kSmall, 0, false});
  }
  svg.line({area.left, area.bottom}, {area.right, area.bottom});
  svg.text({(area.left + area.right) / 2, frame.y + frame.height - kGap}, chart.x_title,
           {Anchor::kMiddle, kSize, 0, false});
  for (const PlaneChart::Line& line : chart.lines) {
    std::vector<Svg::Point> points;
    for (const auto& [x, y] : line.points) points.emplace_back(x_axis.place(x), y_axis.place(y));
    svg.polyline(points, {1.2, line.dashed, false});
    if (line.label.empty()) continue;
    svg.text({points.back().first, points.back().second - kGap}, line.label,
             {Anchor::kEnd, kSmall, 0, false});
  }
  for (const PlaneChart::Mark& mark : chart.marks) {
    const Svg::Point at{x_axis.place(mark.x), y_axis.place(mark.y)};
    svg.marker(at, {mark.series});
    if (mark.label.empty()) continue;
    const bool left = at.first + kGap + text_width(mark.label, kSmall) > area.right;
    svg.text({at.first + (left ? -kGap : kGap), at.second - 2}, mark.label,
             {left ? Anchor::kEnd : Anchor::kStart, kSmall, 0, false});
  }
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
