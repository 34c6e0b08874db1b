#include "workloads/yaml_scope.h"

#include <fmt/format.h>

#include <utility>

#include "common/error.h"

namespace escalate {

YamlScope::YamlScope(std::string prefix, int input, LayerDefaults defaults,
                     const YamlParameters* parameters, int depth)
    : prefix_(std::move(prefix)),
      nodes_{{"input", input}},
      previous_(input),
      defaults_(std::move(defaults)),
      parameters_(parameters),
      depth_(depth) {}

void YamlScope::define(const YamlMap& map, const std::string& key, const std::string& name,
                       int node) {
  check_free(map, key, name);
  nodes_.emplace(name, node);
}

void YamlScope::check_free(const YamlMap& map, const std::string& key,
                           const std::string& name) const {
  if (nodes_.contains(name)) map.fail(key, fmt::format("there is already a layer '{}'", name));
}

std::vector<int> YamlScope::inputs_of(const YamlMap& map, int most) const {
  if (!map.has("from")) return {previous_};
  std::vector<int> inputs;
  for (const std::string& name : map.texts("from")) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) {
      std::vector<std::string> known;
      for (const auto& [word, node] : nodes_) known.push_back(word);
      const std::string nearest = nearest_word(name, known);
      map.fail("from", fmt::format("'{}' is not an earlier layer{}", name,
                                   nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
    inputs.push_back(found->second);
  }
  if (inputs.empty() || static_cast<int>(inputs.size()) > most) {
    map.fail("from",
             most == 1 ? "expected one layer" : fmt::format("expected up to {} layers", most));
  }
  return inputs;
}

}  // namespace escalate
