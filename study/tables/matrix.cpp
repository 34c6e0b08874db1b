// Matrix: quantities by the values of two parameters.
#include <fmt/format.h>

#include "common/error.h"
#include "common/table.h"
#include "study/tables/study_table.h"

namespace escalate {
namespace {

class Matrix : public StudyTable {
 public:
  explicit Matrix(const PartReader& reader)
      : sweep_(reader.sweep()),
        rows_(reader.parameter("rows", {sweep_})),
        columns_(reader.parameter("columns", {sweep_})),
        cells_(reader.measures("cells", {sweep_})),
        where_(reader.where(sweep_)),
        digits_(reader.digits()) {
    reader.check_one_point(sweep_, {rows_.key, columns_.key}, where_);
  }

  std::string markdown(const StudyPoints& points) const override {
    std::string text;
    for (const std::string& workload : workloads_of(points.sweeps(), {sweep_})) {
      for (const Measure& measure : cells_) {
        const Shown shown = shown_of(points, workload, measure);
        text += fmt::format("{}{}: {}, by {} (lines) and {} (columns)\n\n{}",
                            text.empty() ? "" : "\n", markdown_text(workload),
                            markdown_text(shown.title), markdown_text(rows_.name),
                            markdown_text(columns_.name), shown.table.markdown());
      }
    }
    return text;
  }

 private:
  struct Shown {
    std::string title;  ///< with the unit
    Table table;
  };

  Shown shown_of(const StudyPoints& points, const std::string& workload,
                 const Measure& measure) const {
    const SweepSpec& spec = points.sweeps().all[sweep_].spec;
    const auto& row_values = find_axis(spec, rows_.key)->values;
    const auto& column_values = find_axis(spec, columns_.key)->values;
    std::vector<std::optional<double>> values;
    bool is_empty = true;
    for (const std::string& row : row_values) {
      for (const std::string& column : column_values) {
        std::vector<AxisSetting> settings = where_;
        settings.push_back({rows_.key, row});
        settings.push_back({columns_.key, column});
        const auto found = points.done({sweep_}, workload, settings);
        values.push_back(found.empty() ? std::nullopt : points.value(measure, found.front()));
        is_empty = is_empty && !values.back();
      }
    }
    if (is_empty) {
      throw UserError(fmt::format("no point of sweep '{}' on '{}' has {}",
                                  points.sweeps().all[sweep_].name, workload, measure.title));
    }
    const MeasureTexts texts = texts_of(measure, values, digits_);
    std::vector<Table::Column> columns = {{rows_.name}};
    for (const std::string& value : column_values) columns.push_back({value, Align::kRight});
    Table table(columns);
    for (std::size_t i = 0; i < row_values.size(); ++i) {
      std::vector<Table::Cell> row = {row_values[i]};
      for (std::size_t j = 0; j < column_values.size(); ++j) {
        row.push_back(texts.texts[i * column_values.size() + j]);
      }
      table.add_row(std::move(row));
    }
    return {texts.title, std::move(table)};
  }

  std::size_t sweep_;
  NamedParameter rows_, columns_;
  std::vector<Measure> cells_;
  std::vector<AxisSetting> where_;
  int digits_;
};

}  // namespace

std::unique_ptr<StudyTable> read_matrix_table(const PartReader& reader) {
  return std::make_unique<Matrix>(reader);
}

}  // namespace escalate
