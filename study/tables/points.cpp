// Points: how many of each sweep are done.
#include <algorithm>

#include "common/table.h"
#include "study/tables/study_table.h"

namespace escalate {
namespace {

class PointsTable : public StudyTable {
 public:
  std::string markdown(const StudyPoints& points) const override {
    return status_table(points).markdown();
  }
};

}  // namespace

Table status_table(const StudyPoints& points) {
  const std::vector<std::string> statuses = {"done", "excluded", "failed", "to do"};
  std::vector<Table::Column> columns = {{"sweep"}};
  for (const std::string& status : statuses) columns.push_back({status, Align::kRight});
  Table table(columns);
  for (std::size_t sweep = 0; sweep < points.sweeps().all.size(); ++sweep) {
    std::vector<Table::Cell> row = {points.sweeps().all[sweep].name};
    for (const std::string& status : statuses) {
      const auto& members = points.members(sweep);
      row.push_back(std::to_string(
          std::count_if(members.begin(), members.end(), [&](const SweepMember& member) {
            return StudyPoint{nullptr, &member}.status() == status;
          })));
    }
    table.add_row(std::move(row));
  }
  return table;
}

std::unique_ptr<StudyTable> read_points_table(const PartReader& /*reader*/) {
  return std::make_unique<PointsTable>();
}

}  // namespace escalate
