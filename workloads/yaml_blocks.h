// The blocks of a workload: lists of layers that stand in it once and are used by name, with
// parameters ($name) that each use gives values (docs/file-formats.md).
#pragma once

#include <map>
#include <set>
#include <string>

#include "workloads/yaml_map.h"

namespace escalate {

class YamlBlocks {
 public:
  struct Block {
    std::string name;
    YAML::Node layers;                 ///< a list that is not empty
    std::set<std::string> parameters;  ///< those that occur in it, without the "$"
  };

  /// No blocks.
  YamlBlocks() = default;
  /// Those of a mapping of names to lists. UserError for what is no such list, and for a parameter
  /// that is called as a key of `use` is.
  explicit YamlBlocks(const YamlMap& map);

  /// The block that the layer `map` uses (`use: NAME`). UserError that names the nearest.
  const Block& used_by(const YamlMap& map) const;

  /// The values that `map`, which uses `block`, gives its parameters. UserError for a missing one,
  /// and for keys that are neither those of a use, nor in `more`, nor parameters.
  static YamlParameters values_for(const Block& block, const YamlMap& map,
                                   const std::vector<std::string>& more);

 private:
  std::map<std::string, Block> blocks_;
};

}  // namespace escalate
