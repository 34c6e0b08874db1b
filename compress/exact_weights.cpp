#include "compress/exact_weights.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

/// Steps that a weight may be off a whole number: some times what two roundings of 128 steps to
/// 32-bit floats come to, and nothing that an output shows.
constexpr float kTolerance = 1e-4f;

/// What a basis kernel's tap is where the bias is to have steps of this part of a weight: as much
/// of int8 as is a power of two.
constexpr std::int8_t kFineTap = 64;

float largest_of(std::span<const float> weights) {
  float largest = 0;
  for (const float weight : weights) largest = std::max(largest, std::abs(weight));
  return largest;
}

bool are_whole(std::span<const float> weights, float step) {
  return std::all_of(weights.begin(), weights.end(), [step](float weight) {
    const float steps = weight / step;
    return std::abs(steps - std::round(steps)) <= kTolerance;
  });
}

std::int8_t sign_of(float value) { return static_cast<std::int8_t>((value > 0) - (value < 0)); }

Decomposition one_hot(const KernelShape& shape, std::int8_t tap) {
  Decomposition made;
  made.terms = shape.taps;
  made.basis.assign(std::size_t(shape.taps) * shape.taps, 0);
  for (int t = 0; t < shape.taps; ++t) made.basis[std::size_t(t) * (shape.taps + 1)] = tap;
  made.basis_scale = 1.0f / float(tap);
  made.coefficients.assign(shape.size(), 0);
  return made;
}

}  // namespace

std::optional<float> whole_step(std::span<const float> weights) {
  const float largest = largest_of(weights);
  const bool is_negative = std::ranges::find(weights, largest) == weights.end();
  for (int steps = is_negative ? -kLeastWeightSteps : kMostWeightSteps; steps > 0; --steps) {
    const float step = largest / float(steps);
    if (std::isnormal(step) && are_whole(weights, step)) return step;
  }
  return std::nullopt;
}

std::optional<Decomposition> as_ternary(std::span<const float> weights, const KernelShape& shape,
                                        bool has_bias) {
  ensure(weights.size() == shape.size(), "weights are [K][C/groups][R*S]");
  Decomposition made = one_hot(shape, has_bias ? kFineTap : std::int8_t{1});
  const auto channels = std::size_t(shape.channels), taps = std::size_t(shape.taps);
  bool any = false;
  for (std::size_t k = 0; k < std::size_t(shape.outputs); ++k) {
    const std::span<const float> kernels = weights.subspan(k * channels * taps, channels * taps);
    const float magnitude = largest_of(kernels);
    any = any || magnitude > 0;
    made.channel_scale.push_back(magnitude > 0 ? magnitude : 1.0f);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      if (kernels[i] != 0 && std::abs(kernels[i]) != magnitude) return std::nullopt;
      const std::size_t c = i / taps, m = i % taps;
      made.coefficients[(k * taps + m) * channels + c] = sign_of(kernels[i]);
    }
  }
  if (!any) return std::nullopt;
  return made;
}

}  // namespace escalate
