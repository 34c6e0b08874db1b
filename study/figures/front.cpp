// Front: points by two quantities, those that no other one beats, and the base.
#include <algorithm>
#include <limits>

#include "common/error.h"
#include "study/figures/study_figure.h"

namespace escalate {
namespace {

class Front : public StudyFigure {
 public:
  explicit Front(const PartReader& reader)
      : study_(reader.study()),
        sweeps_(reader.sweeps()),
        x_(reader.measure("x", sweeps_)),
        y_(reader.measure("y", sweeps_)) {
    reader.check_objective("x", x_);
    reader.check_objective("y", y_);
    for (const char* key : {"x", "y"}) {
      if (!(*key == 'x' ? x_ : y_).over.empty()) {
        reader.map().fail(key, "a front is of quantities as they are, or over the base");
      }
    }
    constexpr double kHighest = 1e9;
    if (reader.map().has("most")) most_ = reader.map().number("most", 1, kHighest);
  }

  std::vector<std::string> workloads() const override { return workloads_of(study_, sweeps_); }
  std::size_t num_series(std::size_t /*num_workloads*/) const override { return 0; }
  PlaneChart chart(const StudyPoints& points,
                   const std::vector<std::string>& workloads) const override {
    const std::string& workload = workloads.front();
    const std::vector<StudyPoint> tried = points.feasible(sweeps_, workload);
    PlaneChart chart;
    chart.series = {"tried", "Pareto front"};
    add(chart, points, tried, kTried);
    if (chart.marks.empty()) {
      throw UserError("no point on '" + workload + "' is done and keeps the constraints");
    }
    cut(chart);
    const std::size_t num_tried = chart.marks.size();
    add(chart, points, front_of(tried, {x_.quantity, y_.quantity}), kFront);
    cut(chart);
    PlaneChart::Line line{{}, "", false, kFront};
    for (std::size_t i = num_tried; i < chart.marks.size(); ++i) {
      line.points.emplace_back(chart.marks[i].x, chart.marks[i].y);
    }
    if (line.points.size() > 1) chart.lines.push_back(std::move(line));
    add_base(chart, points, workload);
    scale_x(chart, x_);
    scale_y(chart, y_);
    return chart;
  }

 private:
  static constexpr int kTried = 0, kFront = 1, kBase = 2;

  void add(PlaneChart& chart, const StudyPoints& points, const std::vector<StudyPoint>& some,
           int series) const {
    for (const StudyPoint& point : some) {
      const auto x = points.value(x_, point), y = points.value(y_, point);
      if (!x || !y) continue;
      chart.marks.push_back({*x, *y, series, "", series == kTried, point.choice_text()});
    }
  }
  /// Leaves out what has more than so many times the least of x.
  void cut(PlaneChart& chart) const {
    double least = std::numeric_limits<double>::infinity();
    for (const PlaneChart::Mark& mark : chart.marks) least = std::min(least, mark.x);
    std::erase_if(chart.marks,
                  [&](const PlaneChart::Mark& mark) { return mark.x > most_ * least; });
  }
  /// Where the study has one that ran the workload.
  void add_base(PlaneChart& chart, const StudyPoints& points, const std::string& workload) const {
    if (!study_.base) return;
    const auto known = workloads_of(study_, {study_.base->sweep});
    if (std::find(known.begin(), known.end(), workload) == known.end()) return;
    chart.series.push_back(study_.base->name);
    add(chart, points, {points.base(workload)}, kBase);
    if (chart.marks.back().series == kBase) chart.marks.back().label = study_.base->name;
  }

  const StudySweeps& study_;
  SweepIndices sweeps_;
  Measure x_, y_;
  double most_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::unique_ptr<StudyFigure> read_front_figure(const PartReader& reader) {
  return std::make_unique<Front>(reader);
}

}  // namespace escalate
