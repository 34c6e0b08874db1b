#include "compress/given_scales.h"

#include <fmt/format.h>

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

void refuse_coarser_tensors(const Graph& graph, const std::string& file) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> words;
  std::size_t count = 0;
  for (const Node& node : graph.nodes) {
    if (!node.is_quantizer() || keeps_steps(node)) continue;
    if (++count > kShown) continue;
    words.push_back(fmt::format("'{}' ({} to {})", node.name,
                                int(steps(node.clip_min, node.clip_step)),
                                int(steps(node.clip_max, node.clip_step))));
  }
  if (count == 0) return;
  const std::string more = count > kShown ? fmt::format(" and {} more", count - kShown) : "";
  throw UserError(
      SourcePlace{file, 0, ""},
      fmt::format(
          "int8 with zero point 0 has not the steps of {} quantised tensors, {}{}; expected "
          "{:.0f} to {:.0f} (--requantize keeps their ranges in 127 coarser steps)",
          count, fmt::join(words, ", "), more, kLowest, kHighest));
}

}  // namespace escalate
