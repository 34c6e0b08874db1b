// Layers without weights of a YAML workload: what their keys make of a node.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/yaml_map.h"

namespace escalate {

/// Kinds that read_plain_layer() knows.
const std::vector<std::string>& plain_layer_kinds();

/// How many layers one of them may read.
int most_inputs(const std::string& kind);

/// Fills in a node of that kind, whose inputs are known, from the keys of its mapping. Throws
/// UserError with file, line and key.
void read_plain_layer(const YamlMap& map, const std::string& kind, Node& node);

/// Functions that follow a layer (`then`): relu, relu6 and those of function_names().
void set_activation(const YamlMap& map, const std::string& key, Node& node);

/// kernel, stride and pad of a convolution or a pool; padding is left alone without its key.
void read_window(const YamlMap& map, Window& window);

}  // namespace escalate
