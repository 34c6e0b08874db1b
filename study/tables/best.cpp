// Best: for each workload the points that have the least of some quantities, beside the base.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/table.h"
#include "study/tables/study_table.h"

namespace escalate {
namespace {

/// A point, and what its column is called.
struct Chosen {
  std::string title;
  StudyPoint point;
  bool is_base = false;
};

class Best : public StudyTable {
 public:
  explicit Best(const PartReader& reader)
      : sweeps_(reader.sweeps()),
        by_(reader.measures("by", sweeps_)),
        numbers_(reader.measures("numbers", sweeps_)),
        digits_(reader.digits()) {
    for (const Measure& measure : by_) reader.check_objective("by", measure);
  }

  std::string markdown(const StudyPoints& points) const override {
    std::string text;
    for (const std::string& workload : workloads_of(points.sweeps(), sweeps_)) {
      const std::vector<StudyPoint> tried = points.feasible(sweeps_, workload);
      text +=
          fmt::format("{}{}, best of {}\n\n{}", text.empty() ? "" : "\n", markdown_text(workload),
                      tried.size(), table_of(points, workload, tried).markdown());
    }
    return text;
  }

 private:
  Table table_of(const StudyPoints& points, const std::string& workload,
                 const std::vector<StudyPoint>& tried) const {
    const std::vector<Chosen> chosen = chosen_of(points, workload, tried);
    std::vector<Table::Column> columns = {{""}};
    for (const Chosen& one : chosen) columns.push_back({one.title, Align::kRight});
    Table table(columns);
    for (const std::string& key : parameters_of(points, chosen)) {
      std::vector<Table::Cell> row = {"`" + key + "`"};
      for (const Chosen& one : chosen) row.push_back(one.point.setting(key));
      table.add_row(std::move(row));
    }
    std::vector<StudyPoint> shown;
    for (const Chosen& one : chosen) shown.push_back(one.point);
    for (const Measure& measure : numbers_) {
      const MeasureTexts texts = texts_of(measure, points.values(measure, shown), digits_);
      std::vector<Table::Cell> row = {texts.title};
      for (const std::string& value : texts.texts) row.push_back(value);
      table.add_row(std::move(row));
    }
    return table;
  }

  std::vector<Chosen> chosen_of(const StudyPoints& points, const std::string& workload,
                                const std::vector<StudyPoint>& tried) const {
    std::vector<Chosen> chosen;
    if (const auto& base = points.sweeps().base) {
      const auto known = workloads_of(points.sweeps(), {base->sweep});
      if (std::find(known.begin(), known.end(), workload) != known.end()) {
        chosen.push_back({base->name, points.base(workload), true});
      }
    }
    for (const Measure& measure : by_) {
      std::optional<double> least;
      StudyPoint best;
      for (const StudyPoint& point : tried) {
        const std::optional<double> value = points.value(measure, point);
        if (!value || (least && *least <= *value)) continue;
        least = value;
        best = point;
      }
      if (!least) {
        throw UserError(
            fmt::format("no point on '{}' that has {} is done and keeps the constraints", workload,
                        measure.quantity));
      }
      chosen.push_back({measure.title, best});
    }
    return chosen;
  }

  /// Those that a sweep varied which has one of the points, in the order of the base's sweep first.
  static std::vector<std::string> parameters_of(const StudyPoints& points,
                                                const std::vector<Chosen>& chosen) {
    SweepIndices order;
    if (points.sweeps().base) order.push_back(points.sweeps().base->sweep);
    for (std::size_t i = 0; i < points.sweeps().all.size(); ++i) order.push_back(i);
    std::vector<std::string> keys = axes_of(points.sweeps(), order);
    std::erase_if(keys, [&](const std::string& key) {
      return std::none_of(chosen.begin(), chosen.end(), [&](const Chosen& one) {
        return !one.is_base && one.point.on_axis(key) != nullptr;
      });
    });
    return keys;
  }

  SweepIndices sweeps_;
  std::vector<Measure> by_, numbers_;
  int digits_;
};

}  // namespace

std::unique_ptr<StudyTable> read_best_table(const PartReader& reader) {
  return std::make_unique<Best>(reader);
}

}  // namespace escalate
