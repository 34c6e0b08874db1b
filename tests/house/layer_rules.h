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
      // 2, strangers to each other
      {"workloads", {"common"}},
      {"buffers", {"common"}},
      {"interconnect", {"common"}},
      {"energy", {"common"}},
      // 3, strangers to each other
      {"compress", {"common", "workloads"}},
      {"retrain", {"common", "workloads", "compress"}},
      {"compiler", {"common", "workloads"}},
      {"pe", {"common", "buffers", "interconnect"}},
      {"baselines", {"common", "workloads", "energy", "buffers/dram_timing.h"}},
      // 4, which of the compiler sees only the program's type
      {"model",
       {"common", "workloads", "buffers", "interconnect", "energy", "pe", "compiler/program.h",
        "compiler/isa.h"}},
      // 5, strangers to each other
      {"report",
       {"common", "workloads", "buffers", "interconnect", "energy", "compress", "compiler", "pe",
        "baselines", "model"}},
      {"sweep",
       {"common", "workloads", "buffers", "interconnect", "energy", "compress", "compiler", "pe",
        "baselines", "model"}},
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

/// Bit-parallel cores without a twin of the same name: what they do, several clocked ones do.
inline const std::set<std::string>& bit_parallel_cores() {
  static const std::set<std::string> kCores = {
      "buffers/dma_engine.h", "buffers/dma_module.h", "interconnect/bit_gather.h", "pe/ca_batch.h",
      "pe/concentrator.h",    "pe/dilution.h",        "pe/intermediate.h",
  };
  return kCores;
}

/// What of model/ both views know: types, plain memories and time.
inline const std::set<std::string>& shared_by_views() {
  static const std::set<std::string> kShared = {
      "model/accelerator_units.h", "model/global_buffer.h",     "model/layer_clock.h",
      "model/output_observer.h",   "model/segment_directory.h",
  };
  return kShared;
}

/// One line for each place where one view of the machine reaches the other: a file of model/cycle/
/// a header of model/ that is not shared_by_views(), or another file of model/ one of model/cycle/
/// without model/accelerator.h, which puts either view together.
inline std::vector<std::string> view_violations(const SourceTree& tree) {
  std::vector<std::string> violations;
  for (const auto& file : tree) {
    const std::string& path = file.first;
    if (!path.starts_with("model/")) continue;
    const bool is_cycle = path.starts_with("model/cycle/");
    const std::set<std::string> reached = reached_headers(tree, path);
    if (!is_cycle && reached.count("model/accelerator.h") > 0) continue;
    if (path == "model/accelerator.h") continue;
    for (const std::string& header : reached) {
      const bool reaches_cycle = header.starts_with("model/cycle/");
      if (is_cycle ? header.starts_with("model/") && !reaches_cycle &&
                         shared_by_views().count(header) == 0
                   : reaches_cycle) {
        violations.push_back(path + " reaches " + header + ", of the other view");
      }
    }
  }
  return violations;
}

/// One line for each place where one of a unit's two cores, the bit-parallel one (x.h, x_timeline.h
/// and bit_parallel_cores()) and the clocked one (x_clocked.h and all of model/cycle/), reaches any
/// unit's core of the other kind: they check each other, so they share no behaviour.
inline std::vector<std::string> core_violations(const SourceTree& tree) {
  const std::string clocked_ending = "_clocked.h";
  std::set<std::string> clocked;
  std::set<std::string> bit_parallel;
  for (const auto& file : tree) {
    const std::string& path = file.first;
    if (path.starts_with("tests/") || path.starts_with("bench/")) continue;
    if (path.ends_with("_timeline.h") || bit_parallel_cores().count(path) > 0) {
      bit_parallel.insert(path);
    }
    if (path.starts_with("model/cycle/") && path.ends_with(".h")) clocked.insert(path);
    if (!path.ends_with(clocked_ending)) continue;
    clocked.insert(path);
    const std::string twin = path.substr(0, path.size() - clocked_ending.size()) + ".h";
    if (tree.count(twin) > 0) bit_parallel.insert(twin);
  }
  std::vector<std::string> violations;
  const auto check = [&](const std::set<std::string>& cores, const std::set<std::string>& others) {
    for (const std::string& core : cores) {
      std::set<std::string> reached = reached_headers(tree, core);
      reached.merge(reached_headers(tree, core.substr(0, core.size() - 2) + ".cpp"));
      for (const std::string& header : reached) {
        if (others.count(header) > 0) {
          violations.push_back(core + " reaches " + header + ", a core of the other kind");
        }
      }
    }
  };
  check(clocked, bit_parallel);
  check(bit_parallel, clocked);
  return violations;
}

}  // namespace escalate
