#include "workloads/yaml_densities.h"

#include <fmt/format.h>

namespace escalate {
namespace {

constexpr int kMostTerms = 64;

NmPattern read_pattern(const YamlMap& map) {
  const std::string text = map.text("weight_pattern");
  try {
    return parse_nm_pattern(text);
  } catch (const UserError& error) {
    map.fail("weight_pattern", error.message());
  }
}

LayerForm read_form(const YamlMap& map) {
  const std::string word = map.text("form");
  if (word == "decomposed") return LayerForm::kDecomposed;
  if (word == "direct") return LayerForm::kDirect;
  map.fail("form", fmt::format("'{}': expected decomposed or direct", word));
}

/// Without a density of its own a layer has as many weights as its pattern leaves.
void set_pattern(const YamlMap& map, const LayerDefaults& values, Node& node) {
  if (!values.weight_pattern) return;
  node.drawn->weight_pattern = values.weight_pattern;
  const double most = values.weight_pattern->density();
  if (!values.weight_density) node.drawn->weight = most;
  if (node.drawn->weight > most) {
    map.fail("weight_density",
             fmt::format("{} is more than the pattern {}:{} leaves", node.drawn->weight,
                         values.weight_pattern->kept, values.weight_pattern->group));
  }
}

}  // namespace

const std::vector<std::string>& layer_default_keys() {
  static const std::vector<std::string> kKeys = {
      "coefficient_density", "weight_density", "weight_pattern",
      "activation_density",  "form",           "terms",
      "pointwise_terms"};
  return kKeys;
}

const std::vector<std::string>& layer_tensor_keys() {
  static const std::vector<std::string> kKeys = {"weights", "coefficients", "basis", "activations",
                                                 "mask"};
  return kKeys;
}

void read_layer_defaults(const YamlMap& map, LayerDefaults& defaults) {
  const auto density = [&](const char* key, std::optional<double>& value) {
    if (map.has(key)) value = map.number(key, 0, 1);
  };
  const auto terms = [&](const char* key, std::optional<int>& value) {
    if (map.has(key)) value = static_cast<int>(map.integer(key, 1, kMostTerms));
  };
  density("coefficient_density", defaults.coefficient_density);
  density("weight_density", defaults.weight_density);
  density("activation_density", defaults.activation_density);
  terms("terms", defaults.terms);
  terms("pointwise_terms", defaults.pointwise_terms);
  if (map.has("form")) defaults.form = read_form(map);
  if (map.has("weight_pattern")) defaults.weight_pattern = read_pattern(map);
}

void draw_densities(const YamlMap& map, const LayerDefaults& values, Node& node) {
  node.drawn.emplace();
  const auto set = [](const std::optional<double>& from, double& to) {
    if (from) to = *from;
  };
  set(values.coefficient_density, node.drawn->coefficient);
  set(values.weight_density, node.drawn->weight);
  set(values.activation_density, node.drawn->activation);
  set_pattern(map, values, node);
}

void settle_form(const YamlMap& map, LayerDefaults& values, const Node& node) {
  const auto exclude = [&](const char* tensor, const char* other) {
    if (map.has(tensor) && map.has(other)) {
      map.fail(tensor, fmt::format("stands in place of '{}', which is given as well", other));
    }
  };
  exclude("weights", "weight_density");
  exclude("weights", "weight_pattern");
  exclude("coefficients", "coefficient_density");
  exclude("coefficients", "terms");
  exclude("activations", "activation_density");
  exclude("mask", "activation_density");
  exclude("mask", "activations");
  const bool direct = node.npy_files.contains("weights");
  const bool decomposed =
      node.npy_files.contains("coefficients") || node.npy_files.contains("basis");
  if (direct && decomposed) {
    map.fail("weights", "are for form direct; coefficients and basis are for form decomposed");
  }
  if (!direct && !decomposed) return;
  const LayerForm form = direct ? LayerForm::kDirect : LayerForm::kDecomposed;
  if (map.has("form") && values.form != form) {
    map.fail("form", fmt::format("the tensors named here are for form {}",
                                 direct ? "direct" : "decomposed"));
  }
  values.form = form;
}

}  // namespace escalate
