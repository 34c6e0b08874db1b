// A table of a study, and the kinds that there are: each is a file of its own here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "study/part_reader.h"
#include "study/study_points.h"

namespace escalate {

/// What stands below a heading: a table, or several with a line above each.
class StudyTable {
 public:
  StudyTable() = default;
  StudyTable(const StudyTable&) = delete;
  StudyTable& operator=(const StudyTable&) = delete;
  virtual ~StudyTable() = default;

  /// Markdown without the heading. UserError, without a place, if no point is there for it.
  virtual std::string markdown(const StudyPoints& points) const = 0;
};

struct TableKind {
  std::string_view name;
  std::string_view meaning;
  std::vector<std::string> keys;  ///< what it declares, besides kind and title
  std::unique_ptr<StudyTable> (*read)(const PartReader& reader);
};

/// All kinds, in the order in which they are listed.
const std::vector<TableKind>& table_kinds();

// One file each.
std::unique_ptr<StudyTable> read_points_table(const PartReader& reader);
std::unique_ptr<StudyTable> read_failures_table(const PartReader& reader);
std::unique_ptr<StudyTable> read_base_table(const PartReader& reader);
std::unique_ptr<StudyTable> read_best_table(const PartReader& reader);
std::unique_ptr<StudyTable> read_front_table(const PartReader& reader);
std::unique_ptr<StudyTable> read_effects_table(const PartReader& reader);
std::unique_ptr<StudyTable> read_matrix_table(const PartReader& reader);

/// A table as a study declares it.
struct DeclaredTable {
  std::string title;  ///< its heading
  SourcePlace place;
  std::unique_ptr<StudyTable> table;
};

/// UserError that names the file, the line and what is unknown or missing.
DeclaredTable read_table(const std::string& file, const YAML::Node& node,
                         const StudySweeps& sweeps);

/// Heading and table. UserError at the table's place if no point is there for it.
std::string section_of(const DeclaredTable& table, const StudyPoints& points);

/// `text` as Markdown shows it, whatever it holds, on one line.
std::string markdown_text(const std::string& text);

/// How many points of each sweep are done, excluded, failed and to do.
Table status_table(const StudyPoints& points);

}  // namespace escalate
