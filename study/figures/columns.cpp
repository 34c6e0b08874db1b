// Columns: a column of a CSV file over another, for numbers that no sweep gives.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>

#include "common/atomic_file.h"
#include "common/csv_table.h"
#include "common/distinct_names.h"
#include "common/error.h"
#include "study/figures/study_figure.h"

namespace escalate {
namespace {

/// A column, and what the page calls it.
struct NamedColumn {
  std::size_t index = 0;
  std::string name;
};

class Columns : public StudyFigure {
 public:
  explicit Columns(const PartReader& reader) {
    const YamlMap& map = reader.map();
    const std::string table = map.text("table");
    if (names_for_files({table}).front() != table) {
      map.fail("table", "expected the name of a file beside the study, got '" + table + "'");
    }
    file_ = (std::filesystem::path(reader.file()).parent_path() / table).string();
    table_ = csv_table(read_text_file(file_), file_);
    x_ = column(reader, "x");
    y_ = column(reader, "y");
    if (map.has("series")) series_ = column(reader, "series");
    read_where(reader);
    for (const std::size_t row : rows_) {
      number(row, x_);
      number(row, y_);
    }
    if (rows_.empty()) map.fail("table", file_ + " has no such row");
  }

  std::vector<std::string> workloads() const override { return {}; }
  std::size_t num_series(std::size_t /*num_workloads*/) const override { return lines().size(); }
  PlaneChart chart(const StudyPoints& /*points*/,
                   const std::vector<std::string>& /*workloads*/) const override {
    PlaneChart chart;
    chart.x_title = x_.name;
    chart.y_title = y_.name;
    for (const auto& [name, rows] : lines()) {
      const int series = int(chart.series.size());
      PlaneChart::Line line{{}, "", false, series};
      for (const std::size_t row : rows) {
        line.points.emplace_back(number(row, x_), number(row, y_));
        chart.marks.push_back({number(row, x_), number(row, y_), series, "", false, row_text(row)});
      }
      chart.series.push_back(series_ ? series_->name + " " + name : name);
      std::sort(line.points.begin(), line.points.end());
      if (line.points.size() > 1) chart.lines.push_back(std::move(line));
    }
    return chart;
  }

 private:
  std::size_t index_of(const YamlMap& map, const std::string& key, const std::string& name) const {
    const auto found = std::find(table_.columns.begin(), table_.columns.end(), name);
    if (found == table_.columns.end()) {
      map.fail(key,
               fmt::format("{} has no column '{}'{}; it has {}", file_, name,
                           did_you_mean(name, table_.columns), fmt::join(table_.columns, ", ")));
    }
    return std::size_t(found - table_.columns.begin());
  }
  NamedColumn column(const PartReader& reader, const std::string& key) const {
    const YAML::Node node = reader.map().value(key);
    if (!node.IsMap()) {
      const std::string name = reader.map().text(key);
      return {index_of(reader.map(), key, name), name};
    }
    const YamlMap map(reader.file(), node, key);
    map.check_keys({"column", "name"});
    const std::string name = map.text("column");
    return {index_of(map, "column", name), map.has("name") ? map.text("name") : name};
  }
  void read_where(const PartReader& reader) {
    std::map<std::size_t, std::string> wanted;
    if (reader.map().has("where")) {
      const YamlMap map(reader.file(), reader.map().value("where"), "where");
      for (const std::string& key : map.keys()) wanted[index_of(map, key, key)] = map.text(key);
    }
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      const bool is_wanted = std::all_of(wanted.begin(), wanted.end(), [&](const auto& cell) {
        return table_.rows[row][cell.first] == cell.second;
      });
      if (is_wanted) rows_.push_back(row);
    }
  }
  double number(std::size_t row, const NamedColumn& column) const {
    const std::string& text = table_.rows[row][column.index];
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
      throw UserError({file_, 0, table_.columns[column.index]},
                      fmt::format("expected a number in row {}, got '{}'", row + 1, text));
    }
    return value;
  }
  /// Rows by the value of the series' column, in the order in which the file has them first.
  std::vector<std::pair<std::string, std::vector<std::size_t>>> lines() const {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> lines;
    for (const std::size_t row : rows_) {
      const std::string name = series_ ? table_.rows[row][series_->index] : y_.name;
      const auto known = std::find_if(lines.begin(), lines.end(),
                                      [&](const auto& line) { return line.first == name; });
      if (known != lines.end()) {
        known->second.push_back(row);
      } else {
        lines.push_back({name, {row}});
      }
    }
    return lines;
  }
  std::string row_text(std::size_t row) const {
    std::string text;
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      if (table_.rows[row][i].empty()) continue;
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", table_.columns[i], table_.rows[row][i]);
    }
    return text;
  }

  std::string file_;
  CsvTable table_;
  NamedColumn x_, y_;
  std::optional<NamedColumn> series_;
  std::vector<std::size_t> rows_;
};

}  // namespace

std::unique_ptr<StudyFigure> read_columns(const PartReader& reader) {
  return std::make_unique<Columns>(reader);
}

}  // namespace escalate
