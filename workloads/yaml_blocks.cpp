#include "workloads/yaml_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/error.h"

namespace escalate {
namespace {

const std::vector<std::string>& keys_of_use() {
  static const std::vector<std::string> kKeys = {"use", "name", "repeat", "first", "from"};
  return kKeys;
}

/// Names of the parameters ($name) that occur in a block.
void collect_parameters(const YAML::Node& node, std::set<std::string>& names) {
  if (node.IsScalar()) {
    if (node.Scalar().starts_with('$')) names.insert(node.Scalar().substr(1));
  } else if (node.IsSequence()) {
    for (const auto& item : node) collect_parameters(item, names);
  } else if (node.IsMap()) {
    for (const auto& entry : node) collect_parameters(entry.second, names);
  }
}

}  // namespace

YamlBlocks::YamlBlocks(const YamlMap& map) {
  for (const std::string& name : map.keys()) {
    Block block{name, map.value(name), {}};
    if (!block.layers.IsSequence() || block.layers.size() == 0) {
      map.fail(name, "expected a list of layers");
    }
    collect_parameters(block.layers, block.parameters);
    for (const std::string& key : keys_of_use()) {
      if (block.parameters.contains(key)) {
        map.fail(name, fmt::format("'${}' is a key of `use` and cannot be a parameter", key));
      }
    }
    blocks_.emplace(name, std::move(block));
  }
}

const YamlBlocks::Block& YamlBlocks::used_by(const YamlMap& map) const {
  const std::string name = map.text("use");
  const auto found = blocks_.find(name);
  if (found != blocks_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [word, block] : blocks_) known.push_back(word);
  const std::string nearest = nearest_word(name, known);
  map.fail("use", fmt::format("'{}' is not among the blocks{}", name,
                              nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

YamlParameters YamlBlocks::values_for(const Block& block, const YamlMap& map,
                                      const std::vector<std::string>& more) {
  std::vector<std::string> allowed = keys_of_use();
  allowed.insert(allowed.end(), more.begin(), more.end());
  allowed.insert(allowed.end(), block.parameters.begin(), block.parameters.end());
  map.check_keys(allowed);
  YamlParameters values;
  for (const std::string& parameter : block.parameters) {
    if (!map.has(parameter)) {
      map.fail(parameter, fmt::format("block '{}' needs a value for it", block.name));
    }
    values.emplace(parameter, map.value(parameter));
  }
  return values;
}

}  // namespace escalate
