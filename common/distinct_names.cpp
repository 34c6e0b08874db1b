#include "common/distinct_names.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

namespace escalate {
namespace {

/// Some file systems take names that differ in case for one.
std::string folded(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The file's name, with or without its ending, behind its `folders` nearest folders.
std::string with_folders(const std::filesystem::path& path, int folders, bool with_ending) {
  std::filesystem::path name = with_ending ? path.filename() : path.stem();
  std::filesystem::path folder = path.parent_path();
  for (int i = 0; i < folders && folder.has_filename(); ++i, folder = folder.parent_path()) {
    name = folder.filename() / name;
  }
  return name.string();
}

bool are_distinct(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return seen.insert(folded(name)).second; });
}

/// The shortest names of one kind that tell paths of one stem apart; those of the longest kind if
/// none does.
std::vector<std::string> names_of_group(const std::vector<std::filesystem::path>& paths) {
  int depth = 0;
  for (const auto& path : paths) {
    depth = std::max(depth, static_cast<int>(std::distance(path.begin(), path.end())));
  }
  std::vector<std::string> names;
  for (int folders = 0; folders <= depth; ++folders) {
    for (const bool with_ending : {false, true}) {
      names.clear();
      for (const auto& path : paths) names.push_back(with_folders(path, folders, with_ending));
      if (are_distinct(names)) return names;
    }
  }
  return names;
}

/// `name`, or with the first number from 2 on that makes it new.
std::string numbered(const std::string& name, const std::string& before, const std::string& after,
                     const std::set<std::string>& used) {
  std::string made = name;
  for (int number = 2; used.count(folded(made)) > 0; ++number) {
    made = name + before + std::to_string(number) + after;
  }
  return made;
}

bool can_stand_in_a_file_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
}

std::string for_file(const std::string& name) {
  std::string safe;
  for (const char c : name) safe += can_stand_in_a_file_name(c) ? c : '_';
  if (safe.empty()) return "unnamed";
  if (safe.front() == '.') safe.front() = '_';
  return safe;
}

}  // namespace

std::vector<std::string> distinct_names(const std::vector<std::string>& paths) {
  std::map<std::string, std::vector<std::size_t>> groups;
  std::vector<std::filesystem::path> normal;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    normal.push_back(std::filesystem::path(paths[i]).lexically_normal());
    groups[folded(normal.back().stem().string())].push_back(i);
  }
  std::vector<std::string> names(paths.size());
  for (const auto& entry : groups) {
    std::vector<std::filesystem::path> of_group;
    for (const std::size_t i : entry.second) of_group.push_back(normal[i]);
    const std::vector<std::string> group_names = names_of_group(of_group);
    for (std::size_t j = 0; j < entry.second.size(); ++j) names[entry.second[j]] = group_names[j];
  }
  std::set<std::string> used;
  for (std::string& name : names) {
    name = numbered(name, " (", ")", used);
    used.insert(folded(name));
  }
  return names;
}

std::vector<std::string> names_for_files(const std::vector<std::string>& names) {
  std::vector<std::string> made(names.size());
  std::set<std::string> used;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (for_file(names[i]) == names[i] && used.insert(folded(names[i])).second) made[i] = names[i];
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!made[i].empty()) continue;
    made[i] = numbered(for_file(names[i]), "-", "", used);
    used.insert(folded(made[i]));
  }
  return made;
}

}  // namespace escalate
