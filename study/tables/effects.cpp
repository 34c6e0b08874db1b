// Effects: what each value of each parameter alone does.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/table.h"
#include "study/tables/study_table.h"

namespace escalate {
namespace {

bool is_of_machine(const Measure& measure) {
  const auto& all = sweep_quantities();
  const auto found = std::find_if(all.begin(), all.end(), [&](const SweepQuantity& one) {
    return one.name == measure.quantity;
  });
  return found != all.end() && found->known_before;
}

class Effects : public StudyTable {
 public:
  explicit Effects(const PartReader& reader) : sweep_(reader.sweep()), digits_(reader.digits()) {
    if (reader.study().all[sweep_].spec.strategy != SweepStrategy::kOneAtATime) {
      reader.map().fail("sweep", "expected a sweep of the strategy one-at-a-time");
    }
    for (Measure& measure : reader.measures("numbers", {sweep_})) {
      if (measure.is_relative()) {
        reader.map().fail("numbers", "expected plain quantities: all are over the first point's");
      }
      (is_of_machine(measure) ? of_machine_ : of_workload_).push_back(std::move(measure));
    }
  }

  std::string markdown(const StudyPoints& points) const override {
    const StudySweep& sweep = points.sweeps().all[sweep_];
    const std::vector<std::string> workloads = workloads_of(points.sweeps(), {sweep_});
    std::vector<Table::Column> columns = {{"parameter"}, {"value", Align::kRight}};
    for (const std::string& workload : workloads) {
      for (const Measure& measure : of_workload_) {
        const bool is_first = &measure == &of_workload_.front();
        columns.push_back(
            {is_first ? workload + ": " + measure.title : measure.title, Align::kRight});
      }
    }
    for (const Measure& measure : of_machine_) columns.push_back({measure.title, Align::kRight});
    Table table(columns);
    for (std::size_t axis = 0; axis < sweep.spec.axes.size(); ++axis) {
      for (std::size_t i = 1; i < sweep.spec.axes[axis].values.size(); ++i) {
        table.add_row(row(points, workloads, axis, i));
      }
    }
    return table.markdown();
  }

 private:
  std::vector<Table::Cell> row(const StudyPoints& points, const std::vector<std::string>& workloads,
                               std::size_t axis, std::size_t value) const {
    const SweepAxis& varied = points.sweeps().all[sweep_].spec.axes[axis];
    std::vector<Table::Cell> cells = {varied.key, varied.values[value]};
    std::vector<std::string> shared(of_machine_.size());
    for (const std::string& workload : workloads) {
      const StudyPoint centre = points.first(sweep_, workload);
      SweepChoice choice = centre.member->choice;
      choice[axis] = varied.values[value];
      const StudyPoint point = points.with_choice(sweep_, workload, choice);
      for (const Measure& measure : of_workload_) cells.push_back(cell(measure, point, centre));
      for (std::size_t i = 0; i < shared.size(); ++i) {
        if (shared[i].empty() || (point.member != nullptr && point.is_done())) {
          shared[i] = cell(of_machine_[i], point, centre);
        }
      }
    }
    for (const std::string& text : shared) cells.push_back(text);
    return cells;
  }

  /// Over the centre's, or what became of the point.
  std::string cell(const Measure& measure, const StudyPoint& point,
                   const StudyPoint& centre) const {
    if (point.member == nullptr) return "to do";
    if (!point.is_done()) return point.status();
    const auto value = point.value_of(measure.quantity), of = centre.value_of(measure.quantity);
    return value && of && *of != 0 ? fmt::format("{:.{}f}", *value / *of, digits_) : "";
  }

  std::size_t sweep_;
  std::vector<Measure> of_workload_;
  std::vector<Measure> of_machine_;  ///< known without a run, so the same on all workloads
  int digits_;
};

}  // namespace

std::unique_ptr<StudyTable> read_effects_table(const PartReader& reader) {
  return std::make_unique<Effects>(reader);
}

}  // namespace escalate
