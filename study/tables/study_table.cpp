#include "study/tables/study_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/error.h"
#include "common/visible_text.h"

namespace escalate {

const std::vector<TableKind>& table_kinds() {
  static const std::vector<TableKind> kKinds = {
      {"points",
       "how many points of each sweep are done, excluded, failed and to do",
       {},
       read_points_table},
      {"failures", "why points failed, and which", {"sweeps"}, read_failures_table},
      {"base",
       "quantities of the base, a line each workload",
       {"numbers", "digits"},
       read_base_table},
      {"best",
       "the best points by each of some quantities beside the base, for each workload",
       {"sweeps", "by", "numbers", "digits"},
       read_best_table},
      {"front",
       "the points that no other one beats",
       {"sweeps", "objectives", "numbers", "digits"},
       read_front_table},
      {"effects",
       "each value of each axis of a one-at-a-time sweep, over the sweep's first point",
       {"sweep", "numbers", "digits"},
       read_effects_table},
      {"matrix",
       "quantities by the values of two parameters, for each workload",
       {"sweep", "rows", "columns", "cells", "where", "digits"},
       read_matrix_table}};
  return kKinds;
}

DeclaredTable read_table(const std::string& file, const YAML::Node& node,
                         const StudySweeps& sweeps) {
  const YamlMap map(file, node, "tables");
  std::vector<std::string> names;
  for (const TableKind& kind : table_kinds()) names.emplace_back(kind.name);
  const std::string name = map.text("kind");
  const auto kind = std::find_if(table_kinds().begin(), table_kinds().end(),
                                 [&](const TableKind& one) { return one.name == name; });
  if (kind == table_kinds().end()) {
    map.fail("kind", fmt::format("expected {}, got '{}'{}", one_of(names), name,
                                 did_you_mean(name, names)));
  }
  std::vector<std::string> keys = {"kind", "title"};
  keys.insert(keys.end(), kind->keys.begin(), kind->keys.end());
  map.check_keys(keys);
  return {
      map.text("title"), {file, map.line(), "tables"}, kind->read(PartReader(file, map, sweeps))};
}

std::string section_of(const DeclaredTable& table, const StudyPoints& points) {
  try {
    return fmt::format("## {}\n\n{}", markdown_text(table.title), table.table->markdown(points));
  } catch (const UserError& error) {
    if (!error.place().file.empty()) throw;
    throw UserError(table.place, table.title + ": " + error.message());
  }
}

std::string markdown_text(const std::string& text) {
  const std::string shown = visible(text);
  const auto is_of_word = [&](std::size_t at) {
    return at < shown.size() && std::isalnum(static_cast<unsigned char>(shown[at])) != 0;
  };
  std::string safe;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const bool is_in_word = shown[i] == '_' && i > 0 && is_of_word(i - 1) && is_of_word(i + 1);
    if (std::string_view("\\`*_[]<>&|#").find(shown[i]) != std::string_view::npos && !is_in_word) {
      safe += '\\';
    }
    safe += shown[i];
  }
  return safe;
}

}  // namespace escalate
