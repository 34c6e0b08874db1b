// Front: the points that no other one beats, a line each.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/table.h"
#include "study/tables/study_table.h"

namespace escalate {
namespace {

class FrontTable : public StudyTable {
 public:
  explicit FrontTable(const PartReader& reader)
      : sweeps_(reader.sweeps()),
        numbers_(reader.measures("numbers", sweeps_)),
        digits_(reader.digits()) {
    const SweepSpec& first = reader.study().all[sweeps_.front()].spec;
    if (reader.map().has("objectives")) {
      objectives_ = reader.objectives("objectives");
    } else if (sweeps_.size() == 1) {
      objectives_ = first.objectives;
    } else {
      reader.map().fail("objectives", "expected, as the sweeps are several");
    }
  }

  std::string markdown(const StudyPoints& points) const override {
    const std::vector<StudyPoint> front = front_points(points);
    if (front.empty()) throw UserError("no point is done and keeps the constraints");
    std::vector<std::string> keys = axes_of(points.sweeps(), sweeps_);
    std::vector<Table::Column> columns = {{"network"}};
    std::vector<std::vector<Table::Cell>> rows;
    for (const StudyPoint& point : front) rows.push_back({point.member->workload});
    for (const Measure& measure : numbers_) {
      MeasureTexts shown = texts_of(measure, points.values(measure, front), digits_);
      columns.push_back({shown.title, Align::kRight});
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(std::move(shown.texts[i]));
    }
    for (const std::string& key : keys) {
      columns.push_back({key, Align::kRight});
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(front[i].setting(key));
    }
    Table table(columns);
    for (auto& row : rows) table.add_row(std::move(row));
    return table.markdown();
  }

 private:
  /// Of each workload, or of all together where they are alternatives of one task.
  std::vector<StudyPoint> front_points(const StudyPoints& points) const {
    SweepSpec of_objectives;
    of_objectives.objectives = objectives_;
    for (const std::string& workload : workloads_of(points.sweeps(), sweeps_)) {
      of_objectives.workloads.push_back({workload, ""});
    }
    std::vector<StudyPoint> all;
    for (const auto& workloads : competing_workloads(of_objectives)) {
      std::vector<StudyPoint> tried;
      for (const std::string& workload : workloads) {
        const auto some = points.feasible(sweeps_, workload);
        tried.insert(tried.end(), some.begin(), some.end());
      }
      const auto front = front_of(tried, objectives_);
      all.insert(all.end(), front.begin(), front.end());
    }
    return all;
  }

  SweepIndices sweeps_;
  std::vector<Measure> numbers_;
  std::vector<std::string> objectives_;
  int digits_;
};

}  // namespace

std::unique_ptr<StudyTable> read_front_table(const PartReader& reader) {
  return std::make_unique<FrontTable>(reader);
}

}  // namespace escalate
