// One layer of a workload that is written: its keys in order.
#pragma once

#include <string>

#include "workloads/graph.h"

namespace escalate {

class YamlLine {
 public:
  YamlLine(const std::string& kind, const std::string& name);

  YamlLine& add(const std::string& key, const std::string& value);
  YamlLine& add(const std::string& key, int value);
  /// One number where both are equal.
  YamlLine& add_pair(const std::string& key, int h, int w);
  /// kernel, stride and pad.
  YamlLine& add(const Window& window);

  std::string text() const { return "  - {" + text_ + "}\n"; }

 private:
  std::string text_;
};

/// A text in quotes.
std::string yaml_quoted(const std::string& text);

}  // namespace escalate
