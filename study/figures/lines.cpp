// Lines: a quantity over the values of a parameter.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "common/error.h"
#include "study/figures/study_figure.h"

namespace escalate {
namespace {

bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

/// Where the values of an axis stand: numbers at their place, others one after the other.
class Places {
 public:
  explicit Places(const SweepAxis& axis) : axis_(axis) {
    is_numeric_ = std::all_of(axis.values.begin(), axis.values.end(), is_number);
  }
  double of(const std::string& value) const {
    if (is_numeric_) return std::strtod(value.c_str(), nullptr);
    const auto found = std::find(axis_.values.begin(), axis_.values.end(), value);
    return double(found - axis_.values.begin());
  }
  std::vector<Tick> ticks() const {
    std::vector<Tick> ticks;
    for (const std::string& value : axis_.values) ticks.push_back({of(value), value});
    std::sort(ticks.begin(), ticks.end(),
              [](const Tick& a, const Tick& b) { return a.value < b.value; });
    return ticks;
  }

 private:
  const SweepAxis& axis_;
  bool is_numeric_;
};

class Lines : public StudyFigure {
 public:
  explicit Lines(const PartReader& reader)
      : study_(reader.study()),
        sweep_(reader.sweep()),
        x_(reader.parameter("x", {sweep_})),
        y_(reader.measure("y", {sweep_})),
        where_(reader.where(sweep_)) {
    if (reader.map().has("series")) series_ = reader.parameter("series", {sweep_});
    std::vector<std::string> shown = {x_.key};
    if (series_) shown.push_back(series_->key);
    reader.check_one_point(sweep_, shown, where_);
  }

  std::vector<std::string> workloads() const override { return workloads_of(study_, {sweep_}); }
  std::size_t num_series(std::size_t num_workloads) const override {
    return num_workloads * (series_ ? axis(series_->key).values.size() : 1);
  }
  PlaneChart chart(const StudyPoints& points,
                   const std::vector<std::string>& workloads) const override {
    PlaneChart chart;
    for (const std::string& workload : workloads) {
      if (!series_) {
        add_line(chart, points, workload, workload, where_);
        continue;
      }
      for (const std::string& value : axis(series_->key).values) {
        std::vector<AxisSetting> settings = where_;
        settings.push_back({series_->key, value});
        const std::string name = fmt::format("{} {}", series_->name, value);
        add_line(chart, points, workload, workloads.size() > 1 ? workload + ", " + name : name,
                 settings);
      }
    }
    if (chart.marks.empty()) {
      throw UserError(fmt::format("no point of sweep '{}' is done", study_.all[sweep_].name));
    }
    scale_y(chart, y_);
    chart.x_title = x_.name;
    chart.x_ticks = Places(axis(x_.key)).ticks();
    chart.y_from_zero = !y_.is_relative();
    return chart;
  }

 private:
  const SweepAxis& axis(const std::string& key) const {
    return *find_axis(study_.all[sweep_].spec, key);
  }
  void add_line(PlaneChart& chart, const StudyPoints& points, const std::string& workload,
                const std::string& name, const std::vector<AxisSetting>& settings) const {
    const Places places(axis(x_.key));
    const int series = int(chart.series.size());
    PlaneChart::Line line{{}, "", false, series};
    for (const StudyPoint& point : points.done({sweep_}, workload, settings)) {
      const std::optional<double> value = points.value(y_, point);
      if (!value) continue;
      const double x = places.of(*point.on_axis(x_.key));
      line.points.emplace_back(x, *value);
      chart.marks.push_back({x, *value, series, "", false, point.choice_text()});
    }
    chart.series.push_back(name);
    std::sort(line.points.begin(), line.points.end());
    if (line.points.size() > 1) chart.lines.push_back(std::move(line));
  }

  const StudySweeps& study_;
  std::size_t sweep_;
  NamedParameter x_;
  Measure y_;
  std::vector<AxisSetting> where_;
  std::optional<NamedParameter> series_;
};

}  // namespace

std::unique_ptr<StudyFigure> read_lines(const PartReader& reader) {
  return std::make_unique<Lines>(reader);
}

}  // namespace escalate
