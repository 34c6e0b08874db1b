#include "study/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/distinct_names.h"
#include "common/error.h"
#include "common/yaml_document.h"
#include "workloads/yaml_map.h"

namespace escalate {
namespace {

namespace fs = std::filesystem;

class StudyReader {
 public:
  StudyReader(const std::string& text, std::string file)
      : file_(std::move(file)), map_(file_, yaml_document(text, file_, YamlAliases::kRefused), "") {
    map_.check_keys({"title", "page", "sweeps", "base", "figures", "tables"});
  }

  Study read(const std::function<SweepSpec(const std::string&)>& read_sweep) {
    study_.sweeps = std::make_unique<StudySweeps>();
    study_.title = map_.has("title") ? map_.text("title") : folder_name();
    read_page();
    if (map_.has("sweeps")) read_sweeps(read_sweep);
    if (map_.has("base")) read_base();
    for (const YAML::Node& node : list("figures")) {
      study_.figures.push_back(read_figure(file_, node, *study_.sweeps));
    }
    for (const YAML::Node& node : list("tables")) {
      study_.tables.push_back(read_table(file_, node, *study_.sweeps));
    }
    check_files();
    return std::move(study_);
  }

 private:
  std::string folder_name() const {
    return fs::absolute(file_).lexically_normal().parent_path().filename().string();
  }

  std::vector<YAML::Node> list(const std::string& key) const {
    std::vector<YAML::Node> nodes;
    if (!map_.has(key)) return nodes;
    if (!map_.value(key).IsSequence()) map_.fail(key, "expected a list");
    for (const auto& node : map_.value(key)) nodes.push_back(node);
    return nodes;
  }

  void read_page() {
    if (!map_.has("page")) return;
    study_.page = map_.text("page");
    const bool is_plain = std::all_of(study_.page.begin(), study_.page.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 ||
             std::string_view("./-_#").find(char(c)) != std::string_view::npos;
    });
    if (!is_plain) map_.fail("page", "expected a path of letters, digits and './-_#'");
  }

  void read_sweeps(const std::function<SweepSpec(const std::string&)>& read_sweep) {
    for (const std::string& name : map_.texts("sweeps")) {
      const auto& all = study_.sweeps->all;
      if (std::any_of(all.begin(), all.end(),
                      [&](const StudySweep& sweep) { return sweep.name == name; })) {
        map_.fail("sweeps", fmt::format("'{}' is given twice", name));
      }
      if (name.empty() || name.find('/') != name.npos || name + ".yaml" == kStudyFile) {
        map_.fail("sweeps", fmt::format("expected the name of a specification in the folder, "
                                        "without .yaml, got '{}'",
                                        name));
      }
      try {
        study_.sweeps->all.push_back({name, read_sweep(name)});
      } catch (const UserError& error) {
        if (!error.place().file.empty()) throw;
        map_.fail("sweeps", error.message());
      }
    }
  }

  /// A sweep's name, or that and what the machine is called.
  void read_base() {
    const YAML::Node node = map_.value("base");
    StudyBase base{0, "base", {}};
    const YamlMap own = node.IsMap() ? YamlMap(file_, node, "base") : map_;
    if (node.IsMap()) own.check_keys({"sweep", "name"});
    const std::string key = node.IsMap() ? "sweep" : "base";
    const std::string name = own.text(key);
    if (node.IsMap() && own.has("name")) base.name = own.text("name");
    const auto& all = study_.sweeps->all;
    const auto sweep = std::find_if(all.begin(), all.end(),
                                    [&](const StudySweep& one) { return one.name == name; });
    if (sweep == all.end()) {
      std::vector<std::string> names;
      for (const StudySweep& one : all) names.push_back(one.name);
      own.fail(key, fmt::format("the study has no sweep '{}'{}", name, did_you_mean(name, names)));
    }
    base.sweep = std::size_t(sweep - all.begin());
    base.place = {file_, node.Mark().line + 1, "base"};
    study_.sweeps->base = base;
  }

  void check_files() const {
    if (study_.figures.empty() && study_.tables.empty()) {
      throw UserError({file_, map_.line(), ""}, "expected figures or tables");
    }
    std::vector<std::string> seen;
    for (const DeclaredFigure& figure : study_.figures) {
      for (const StudyPicture& picture : pictures_of(figure)) {
        if (std::find(seen.begin(), seen.end(), picture.file) != seen.end()) {
          throw UserError(figure.place,
                          fmt::format("'{}' is the file of another figure, too", picture.file));
        }
        seen.push_back(picture.file);
      }
    }
  }

  std::string file_;
  YamlMap map_;
  Study study_;
};

std::string tables_page(const Study& study, const StudyPoints& points) {
  std::string text =
      fmt::format("# Tables of {}\n\nWritten by `escalate study`", markdown_text(study.title));
  text += study.page.empty() ? ".\n" : fmt::format("; [what they say]({}).\n", study.page);
  for (const DeclaredTable& table : study.tables) text += "\n" + section_of(table, points);
  return text;
}

}  // namespace

Study parse_study(const std::string& text, const std::string& file,
                  const std::function<SweepSpec(const std::string& name)>& read_sweep) {
  return StudyReader(text, file).read(read_sweep);
}

Study read_study(const std::string& folder) {
  const std::string file = (fs::path(folder) / kStudyFile).string();
  return parse_study(read_text_file(file), file, [&](const std::string& name) {
    const std::string spec = (fs::path(folder) / (name + ".yaml")).string();
    std::error_code ignored;
    if (!fs::exists(spec, ignored)) {
      throw UserError(fmt::format("there is no sweep '{}' in the folder ({})", name, spec));
    }
    return read_sweep_spec(spec);
  });
}

std::vector<std::string> study_file_names(const Study& study) {
  std::vector<std::string> names;
  for (const DeclaredFigure& figure : study.figures) {
    for (const StudyPicture& picture : pictures_of(figure)) names.push_back(picture.file);
  }
  if (!study.tables.empty()) names.emplace_back(kStudyTables);
  return names;
}

std::vector<StudyFile> study_files(const Study& study, const StudyPoints& points) {
  std::vector<StudyFile> files;
  for (const DeclaredFigure& figure : study.figures) {
    for (const StudyPicture& picture : pictures_of(figure)) {
      files.push_back({picture.file, drawn(figure, picture, points)});
    }
  }
  if (!study.tables.empty()) files.push_back({kStudyTables, tables_page(study, points)});
  return files;
}

}  // namespace escalate
