// How layers with weights are drawn, as a YAML workload says: densities, form and terms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/yaml_map.h"

namespace escalate {

/// What a workload's `defaults` give, or a layer by itself.
struct LayerDefaults {
  std::optional<double> coefficient_density, weight_density, activation_density;
  std::optional<NmPattern> weight_pattern;
  std::optional<LayerForm> form;
  std::optional<int> terms, pointwise_terms;
};

/// Keys of `defaults:`; on a `use` line they are the defaults within the block.
const std::vector<std::string>& layer_default_keys();
/// Keys of tensors that are given in place of densities.
const std::vector<std::string>& layer_tensor_keys();

/// Those that `map` has take the place of others. UserError naming a key out of range.
void read_layer_defaults(const YamlMap& map, LayerDefaults& defaults);

/// A tensor takes the place of a density, and settles the form of the layer that names it.
void settle_form(const YamlMap& map, LayerDefaults& values, const Node& node);

/// What a layer is drawn by. Without a density of its own it has as many weights as its pattern
/// leaves.
void draw_densities(const YamlMap& map, const LayerDefaults& values, Node& node);

}  // namespace escalate
