// What can be named at one place of a workload: the layers before it, and the defaults that hold.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/yaml_densities.h"
#include "workloads/yaml_map.h"

namespace escalate {

class YamlScope {
 public:
  /// The top of a file: `input` is node 0 of the graph.
  YamlScope() = default;
  /// Inside of one use of a block: `input` is node `input`, and names of layers get `prefix`.
  YamlScope(std::string prefix, int input, LayerDefaults defaults, const YamlParameters* parameters,
            int depth);

  /// Makes `name` stand for node `node` from here on. UserError at `key` of `map` if there is such
  /// a layer.
  void define(const YamlMap& map, const std::string& key, const std::string& name, int node);
  /// The same error without defining anything.
  void check_free(const YamlMap& map, const std::string& key, const std::string& name) const;

  /// Nodes that `from` names, `most` at most; without it what was last set as previous(). UserError
  /// for names that do not stand before it.
  std::vector<int> inputs_of(const YamlMap& map, int most) const;

  int previous() const { return previous_; }
  void set_previous(int node) { previous_ = node; }
  const std::string& prefix() const { return prefix_; }
  const LayerDefaults& defaults() const { return defaults_; }
  LayerDefaults& defaults() { return defaults_; }
  /// Those of the block; null at the top.
  const YamlParameters* parameters() const { return parameters_; }
  int depth() const { return depth_; }  ///< blocks around this place

 private:
  std::string prefix_;
  std::map<std::string, int> nodes_ = {{"input", 0}};  ///< name as written here -> its output
  int previous_ = 0;
  LayerDefaults defaults_;
  const YamlParameters* parameters_ = nullptr;
  int depth_ = 0;
};

}  // namespace escalate
