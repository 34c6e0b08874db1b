// Layers of a YAML workload: what their words and keys make of a node.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/layers/layer_kind.h"
#include "workloads/yaml_map.h"

namespace escalate {

/// Words of layers without weights.
const std::vector<std::string>& plain_layer_words();

/// The kind that a word names.
const LayerKind& kind_of_word(const std::string& word);

// What kinds share.

/// Refuses other keys than those that all layers without weights have, and those of `more`.
void check_layer_keys(const YamlMap& map, const std::string& word,
                      const std::vector<std::string>& more);

/// Refuses a layer that reads less than two.
void check_joined(const YamlMap& map, const Node& node);

/// Functions that follow a layer (`then`): relu, relu6 and those of function_names().
void set_activation(const YamlMap& map, const std::string& key, Node& node);

/// relu and relu6; false for any other word.
bool set_clamp(const std::string& word, Node& node);

/// kernel, stride and pad of a convolution or a pool; padding is left alone without its key.
void read_window(const YamlMap& map, Window& window);

}  // namespace escalate
