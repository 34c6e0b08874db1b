// Scatter: points by two quantities, each workload in a colour of its own.
#include "common/error.h"
#include "study/figures/study_figure.h"

namespace escalate {
namespace {

class Scatter : public StudyFigure {
 public:
  explicit Scatter(const PartReader& reader)
      : study_(reader.study()),
        sweeps_(reader.sweeps()),
        x_(reader.measure("x", sweeps_)),
        y_(reader.measure("y", sweeps_)) {}

  std::vector<std::string> workloads() const override { return workloads_of(study_, sweeps_); }
  std::size_t num_series(std::size_t num_workloads) const override { return num_workloads; }
  PlaneChart chart(const StudyPoints& points,
                   const std::vector<std::string>& workloads) const override {
    PlaneChart chart;
    chart.series = workloads;
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      for (const StudyPoint& point : points.done(sweeps_, workloads[i])) {
        const auto x = points.value(x_, point), y = points.value(y_, point);
        if (!x || !y) continue;
        chart.marks.push_back({*x, *y, int(i), "", false, point.choice_text()});
      }
    }
    if (chart.marks.empty()) throw UserError("no point that has both quantities is done");
    scale_x(chart, x_);
    scale_y(chart, y_);
    return chart;
  }

 private:
  const StudySweeps& study_;
  SweepIndices sweeps_;
  Measure x_, y_;
};

}  // namespace

std::unique_ptr<StudyFigure> read_scatter(const PartReader& reader) {
  return std::make_unique<Scatter>(reader);
}

}  // namespace escalate
