#include "workloads/layers/weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "workloads/layers/layer_kind.h"
#include "workloads/yaml_densities.h"

namespace escalate {
namespace {

template <class Value>
double nonzero_share(const std::vector<Value>& values) {
  if (values.empty()) return 1;
  return 1 - double(std::count(values.begin(), values.end(), Value{0})) / double(values.size());
}

}  // namespace

void check_per_channel(const Node& node) {
  if (node.out_channels <= 0) fail_layer(node, "has no output channels");
  for (const auto* values : {&node.bias, &node.weight_scale}) {
    if (!values->empty() && values->size() != std::size_t(node.out_channels)) {
      fail_layer(node, fmt::format("has {} biases or weight scales, expected one for each of {} "
                                   "output channels",
                                   values->size(), node.out_channels));
    }
  }
}

void check_weights(const Node& node, const Shape& in, std::int64_t expected) {
  if (expected > kMostElements) {
    fail_layer(node, fmt::format("is too large: has more than {} weights", kMostElements));
  }
  if (!node.weights.empty() && std::int64_t(node.weights.size()) != expected) {
    fail_layer(node, fmt::format("has {} weights, expected {} for a {} input", node.weights.size(),
                                 expected, text_of(in)));
  }
}

void check_decomposition(const Node& node, std::int64_t channels, std::int64_t taps) {
  if (!node.decomposition) return;
  const Decomposition& parts = *node.decomposition;
  const std::int64_t terms = parts.terms;
  if (terms < 1 ||
      std::int64_t(parts.coefficients.size()) !=
          num_elements({node.out_channels, terms, channels}) ||
      std::int64_t(parts.basis.size()) != num_elements({terms, taps}) ||
      parts.channel_scale.size() != std::size_t(node.out_channels)) {
    fail_layer(
        node, fmt::format("is decomposed into {} coefficients, {} basis values and {} scales, "
                          "expected {} terms of {} output channels, {} input channels and {} taps",
                          parts.coefficients.size(), parts.basis.size(), parts.channel_scale.size(),
                          terms, node.out_channels, channels, taps));
  }
}

void run_without_weights(const Node& node) {
  throw InternalError(fmt::format("layer '{}' has weights and is not run without them", node.name));
}

void check_weighted_keys(const YamlMap& map, std::vector<std::string> keys) {
  keys.insert(keys.end(), {"form", "terms", "coefficient_density", "weight_density",
                           "weight_pattern", "activation_density"});
  const std::vector<std::string>& tensors = layer_tensor_keys();
  keys.insert(keys.end(), tensors.begin(), tensors.end());
  map.check_keys(keys);
}

void write_yaml_values(YamlLine& line, const Node& node) {
  if (node.form != LayerForm::kUnset) {
    line.add("form", node.form == LayerForm::kDirect ? "direct" : "decomposed");
  }
  const int terms = node.decomposition ? node.decomposition->terms : node.terms;
  if (terms > 0) line.add("terms", terms);
  double weight = nonzero_share(node.weights), coefficient = 1, activation = 1;
  if (node.decomposition) coefficient = nonzero_share(node.decomposition->coefficients);
  if (node.drawn) {
    weight = node.drawn->weight;
    coefficient = node.drawn->coefficient;
    activation = node.drawn->activation;
    if (node.drawn->weight_pattern) {
      line.add("weight_pattern", fmt::format("\"{}:{}\"", node.drawn->weight_pattern->kept,
                                             node.drawn->weight_pattern->group));
    }
  }
  if (weight != 1) line.add("weight_density", fmt::format("{}", weight));
  if (coefficient != 1) line.add("coefficient_density", fmt::format("{}", coefficient));
  if (activation != 1) line.add("activation_density", fmt::format("{}", activation));
}

}  // namespace escalate
