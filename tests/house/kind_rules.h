// Who may list the kinds of layers (docs/architecture.md), and a checker of it that works on texts.
#pragma once

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace escalate {

/// The bodies of the switch statements of a text.
inline std::vector<std::string> switch_bodies(const std::string& text) {
  std::vector<std::string> bodies;
  for (std::size_t at = text.find("switch ("); at != std::string::npos;
       at = text.find("switch (", at + 1)) {
    const std::size_t begin = text.find('{', at);
    if (begin == std::string::npos) break;
    int depth = 0;
    std::size_t end = begin;
    for (; end < text.size(); ++end) {
      if (text[end] == '{') ++depth;
      if (text[end] == '}' && --depth == 0) break;
    }
    bodies.push_back(text.substr(begin, end - begin));
  }
  return bodies;
}

inline bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

/// One line for each switch over kinds of layers that stands elsewhere than in the tables of
/// workloads/layers/ and compiler/layers/, and for each of these that has a default.
inline std::vector<std::string> kind_violations(const SourceTree& tree) {
  static const std::regex kCase(R"(\bcase\s+(OpKind|IntegerOp)::)");
  static const std::regex kDefault(R"(\bdefault\s*:)");
  std::vector<std::string> violations;
  for (const auto& file : tree) {
    const std::string& path = file.first;
    if (starts_with(path, "tests/")) continue;
    for (const std::string& body : switch_bodies(file.second)) {
      if (!std::regex_search(body, kCase)) continue;
      if (path != "workloads/layers/kinds.cpp" && path != "compiler/layers/machine_layer.cpp") {
        violations.push_back(path + ": a switch over kinds of layers");
      }
      if (std::regex_search(body, kDefault)) {
        violations.push_back(path + ": a default among kinds of layers");
      }
    }
  }
  return violations;
}

}  // namespace escalate
