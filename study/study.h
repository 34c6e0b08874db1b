// A study: sweeps of one folder, and the figures and tables that are made of them
// (docs/file-formats.md, "Studies").
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "study/figures/study_figure.h"
#include "study/study_points.h"
#include "study/study_sweeps.h"
#include "study/tables/study_table.h"

namespace escalate {

inline constexpr const char* kStudyFile = "study.yaml";
inline constexpr const char* kStudyTables = "tables.md";

struct Study {
  std::string title;
  std::string page;                     ///< a link to what the tables say; empty: none
  std::unique_ptr<StudySweeps> sweeps;  ///< figures and tables keep where it is
  std::vector<DeclaredFigure> figures;
  std::vector<DeclaredTable> tables;
};

/// Reads `folder`/study.yaml and the sweeps that it names, whole and before anything runs.
/// UserError names file, line and key of what is unknown, missing or impossible.
Study read_study(const std::string& folder);

/// The same of a text; `file` is its name, and `read_sweep` gives the sweep of a name. A UserError
/// of that without a place gets the one where the name stands.
Study parse_study(const std::string& text, const std::string& file,
                  const std::function<SweepSpec(const std::string& name)>& read_sweep);

/// A file that a study makes.
struct StudyFile {
  std::string name;  ///< without folder
  std::string text;
};

/// Names of all that study_files() gives.
std::vector<std::string> study_file_names(const Study& study);

/// All pictures, and the page of tables if there are any. UserError names the figure or table that
/// no point is there for.
std::vector<StudyFile> study_files(const Study& study, const StudyPoints& points);

}  // namespace escalate
