#include "compress/given_scales.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

constexpr float kLowest = -128, kHighest = 127;  ///< of int8

float steps(float bound, float scale) { return std::round(bound / scale); }

}  // namespace

bool keeps_steps(const Node& quantizer) {
  ensure(quantizer.is_quantizer(), "a quantiser has steps");
  return steps(quantizer.clip_min, quantizer.clip_step) >= kLowest &&
         steps(quantizer.clip_max, quantizer.clip_step) <= kHighest;
}

float given_scale(const Node& quantizer) {
  if (keeps_steps(quantizer)) return quantizer.clip_step;
  return std::max(quantizer.clip_max, -quantizer.clip_min) / kHighest;
}

bool is_int8_alone(const Node& quantizer, bool is_signed) {
  const float scale = given_scale(quantizer);
  const float low = steps(quantizer.clip_min, scale), high = steps(quantizer.clip_max, scale);
  return high >= kHighest && (low <= kLowest || (low <= 0 && !is_signed));
}

std::vector<std::string> coarser_tensors(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    if (node.is_quantizer() && !keeps_steps(node)) names.push_back(node.name);
  }
  return names;
}

}  // namespace escalate
