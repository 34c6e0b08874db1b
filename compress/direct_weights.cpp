#include "compress/direct_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "common/error.h"
#include "compress/exact_weights.h"

namespace escalate {

void quantize_direct(Node& node) {
  node.form = LayerForm::kDirect;
  if (!node.weight_scale.empty()) return;
  const auto outputs = std::size_t(node.out_channels);
  const std::size_t per_output = node.weights.size() / outputs;
  for (std::size_t k = 0; k < outputs; ++k) {
    float* first = node.weights.data() + k * per_output;
    float largest = 0;
    for (std::size_t i = 0; i < per_output; ++i) largest = std::max(largest, std::abs(first[i]));
    const float scale = whole_step({first, per_output}).value_or(largest / float(kMostWeightSteps));
    // A channel whose steps no normal float can hold is a channel of zeros, with any scale.
    const bool vanishes = scale < std::numeric_limits<float>::min();
    node.weight_scale.push_back(vanishes ? 1.0f : scale);
    for (std::size_t i = 0; i < per_output; ++i) {
      first[i] = vanishes ? 0.0f : std::round(first[i] / scale) * scale;
    }
  }
}

bool loses_steps(const Node& node) {
  if (node.given_steps <= kMostWeightSteps) return false;
  const auto per_output = node.weights.size() / std::size_t(node.out_channels);
  std::span<const float> rest = node.weights;
  for (; !rest.empty(); rest = rest.subspan(per_output)) {
    const auto channel = rest.first(per_output);
    const bool is_zero = std::ranges::all_of(channel, [](float weight) { return weight == 0; });
    if (!is_zero && !whole_step(channel)) return true;
  }
  return false;
}

void refuse_lost_steps(const Graph& graph) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> words;
  std::size_t count = 0;
  for (const Node& node : graph.nodes) {
    if (!node.is_weighted() || node.form != LayerForm::kDirect || !loses_steps(node)) continue;
    if (++count > kShown) continue;
    words.push_back(
        fmt::format("'{}' (up to {} from the zero point)", node.name, node.given_steps));
  }
  if (count == 0) return;
  const std::string more = count > kShown ? fmt::format(" and {} more", count - kShown) : "";
  throw UserError(fmt::format(
      "int8 has not the steps of the weights of {} direct layer{}, {}{}; expected {} to {} "
      "(--requantize rounds them to {} coarser steps)",
      count, count == 1 ? "" : "s", fmt::join(words, ", "), more, kLeastWeightSteps,
      kMostWeightSteps, kMostWeightSteps));
}

std::vector<std::int8_t> direct_steps(const Node& node) {
  ensure(node.weight_scale.size() == std::size_t(node.out_channels), "a direct layer has steps");
  const std::size_t per_output = node.weights.size() / node.weight_scale.size();
  std::vector<std::int8_t> steps;
  steps.reserve(node.weights.size());
  for (std::size_t i = 0; i < node.weights.size(); ++i) {
    const float step = std::round(node.weights[i] / node.weight_scale[i / per_output]);
    ensure(step >= float(kLeastWeightSteps) && step <= float(kMostWeightSteps),
           "a weight is -128 to 127 of its steps");
    steps.push_back(static_cast<std::int8_t>(step));
  }
  return steps;
}

}  // namespace escalate
