// Base: quantities of the machine that the study compares others with.
#include "common/table.h"
#include "study/tables/study_table.h"

namespace escalate {
namespace {

class BaseTable : public StudyTable {
 public:
  explicit BaseTable(const PartReader& reader) : digits_(reader.digits()) {
    if (!reader.study().base) reader.map().fail("kind", "the study has no base");
    base_ = reader.study().base->sweep;
    numbers_ = reader.measures("numbers", {base_});
  }

  std::string markdown(const StudyPoints& points) const override {
    const std::vector<std::string> workloads = workloads_of(points.sweeps(), {base_});
    std::vector<StudyPoint> bases;
    for (const std::string& workload : workloads) bases.push_back(points.base(workload));
    std::vector<Table::Column> columns = {{"network"}};
    std::vector<std::vector<Table::Cell>> rows;
    for (const std::string& workload : workloads) rows.push_back({workload});
    for (const Measure& measure : numbers_) {
      MeasureTexts shown = texts_of(measure, points.values(measure, bases), digits_);
      columns.push_back({shown.title, Align::kRight});
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(std::move(shown.texts[i]));
    }
    Table table(columns);
    for (auto& row : rows) table.add_row(std::move(row));
    return table.markdown();
  }

 private:
  std::size_t base_ = 0;
  std::vector<Measure> numbers_;
  int digits_;
};

}  // namespace

std::unique_ptr<StudyTable> read_base_table(const PartReader& reader) {
  return std::make_unique<BaseTable>(reader);
}

}  // namespace escalate
