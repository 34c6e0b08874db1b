// Who may include whom (docs/architecture.md), and a checker of it that works on texts.
#pragma once

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace escalate {

/// For each folder, the folders and single headers that its files may include besides their own.
/// Folders not in the table may include everything, and may be included by nobody.
inline const std::map<std::string, std::set<std::string>>& layer_rules() {
  static const std::map<std::string, std::set<std::string>> kRules = {
      // 1
      {"common", {}},
      // 2
      {"machine", {"common"}},
      // 3: two towers, strangers to each other, and the energy tables
      {"workloads", {"common", "machine"}},
      {"energy", {"common", "machine"}},
      {"interconnect", {"common", "machine"}},
      {"buffers", {"common", "machine", "interconnect"}},
      {"pe", {"common", "machine", "interconnect", "buffers"}},
      // 4, strangers to each other
      {"compress", {"common", "machine", "workloads"}},
      {"compiler", {"common", "machine", "workloads"}},
      {"baselines", {"common", "machine", "workloads", "energy", "buffers/dram_timing.h"}},
      // 5, which of the compiler sees only the program's type
      {"retrain", {"common", "machine", "workloads", "compress"}},
      {"model",
       {"common", "machine", "workloads", "interconnect", "buffers", "energy", "pe",
        "compiler/program.h"}},
      // 6, strangers to each other
      {"report",
       {"common", "machine", "workloads", "interconnect", "buffers", "energy", "pe", "compress",
        "compiler", "baselines", "model"}},
      {"sweep",
       {"common", "machine", "workloads", "interconnect", "buffers", "energy", "pe", "compress",
        "compiler", "baselines", "model"}},
      // which puts these two together
      {"study",
       {"common", "machine", "workloads", "interconnect", "buffers", "energy", "pe", "compress",
        "compiler", "baselines", "model", "report", "sweep"}},
      // 7, the library
      {"escalate",
       {"common", "machine", "workloads", "interconnect", "buffers", "energy", "pe", "compress",
        "compiler", "baselines", "model", "report", "sweep"}},
  };
  return kRules;
}

/// The quoted includes of a C++ text, in order.
inline std::vector<std::string> quoted_includes(const std::string& text) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*"([^"]+)")re");
  std::vector<std::string> includes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) includes.push_back(match[1]);
  }
  return includes;
}

inline std::string folder_of(const std::string& path) {
  return path.find('/') == std::string::npos ? "" : path.substr(0, path.find('/'));
}

/// One line for each include that the table does not allow.
inline std::vector<std::string> layer_violations(const SourceTree& tree) {
  std::vector<std::string> violations;
  for (const auto& file : tree) {
    const std::string& path = file.first;
    const std::string from = folder_of(path);
    for (const std::string& included : quoted_includes(file.second)) {
      const std::string to = folder_of(included);
      const auto violation = [&](const std::string& why) {
        violations.push_back(path + " includes " + included + ": " + why);
      };
      if (to.empty()) {
        violation("includes start at the root");
        continue;
      }
      const auto rule = layer_rules().find(from);
      if (to == from || (rule != layer_rules().end() &&
                         (rule->second.count(to) > 0 || rule->second.count(included) > 0))) {
        continue;
      }
      if (rule != layer_rules().end()) {
        violation(from + " may not know it");
      } else if (layer_rules().count(to) == 0 && from != "tests" && from != "bench") {
        violation("nobody includes " + to);
      }
    }
  }
  return violations;
}

/// All project headers that `path` includes, directly or not.
inline std::set<std::string> reached_headers(const SourceTree& tree, const std::string& path) {
  std::set<std::string> reached;
  std::vector<std::string> open = {path};
  while (!open.empty()) {
    const auto file = tree.find(open.back());
    open.pop_back();
    if (file == tree.end()) continue;
    for (const std::string& included : quoted_includes(file->second)) {
      if (reached.insert(included).second) open.push_back(included);
    }
  }
  return reached;
}

/// One line for each file that reaches what its place forbids, directly or not. The two views check
/// each other, so they share no behaviour: what lies under a transaction/ reaches nothing under a
/// cycle/, nor the other way round. What both share lies in the root of a folder of units and
/// reaches neither; only model/ puts the views together.
inline std::vector<std::string> view_violations(const SourceTree& tree) {
  static const std::set<std::string> kUnits = {"machine", "interconnect", "buffers", "pe", "model"};
  const auto view_of = [](const std::string& path) -> std::string {
    const std::size_t slash = path.find('/');
    for (const std::string view : {"transaction", "cycle"}) {
      if (slash != std::string::npos && path.compare(slash + 1, view.size() + 1, view + "/") == 0) {
        return view;
      }
    }
    return "";
  };
  std::vector<std::string> violations;
  for (const auto& file : tree) {
    const std::string& path = file.first;
    if (kUnits.count(folder_of(path)) == 0) continue;
    const std::string view = view_of(path);
    if (view.empty() && folder_of(path) == "model") continue;
    for (const std::string& header : reached_headers(tree, path)) {
      const std::string other = view_of(header);
      if (!other.empty() && other != view) {
        violations.push_back(path + " reaches " + header + ", of " +
                             (view.empty() ? "a" : "the other") + " view");
      }
    }
  }
  return violations;
}

}  // namespace escalate
