// The integer value semantics of docs/quantization.md: used by evaluation, model, RTL and
// retraining.
#pragma once

#include <algorithm>
#include <cstdint>

namespace escalate {

/// A real factor as multiplier * 2^-shift, 2^30 <= |multiplier| < 2^31 (0 for factor 0).
struct FixedPoint {
  std::int32_t multiplier = 0;
  int shift = 0;  ///< 0..62
  bool operator==(const FixedPoint&) const = default;
};

/// The fixed-point factor nearest to `factor` (>= 0). Throws UserError if it is not finite or >=
/// 2^30.
FixedPoint to_fixed_point(double factor);

/// Rounds value * multiplier * 2^-shift to the nearest integer.
/// Exactly: (value*multiplier + 2^(shift-1)) >> shift in 64 bit (ties towards +infinity); shift 0:
/// no rounding.
inline std::int64_t scale_round(std::int64_t value, FixedPoint f) {
  const std::int64_t product = value * f.multiplier;
  if (f.shift == 0) return product;
  return (product + (std::int64_t{1} << (f.shift - 1))) >> f.shift;
}

/// int32 accumulator + int32 bias -> int8 in [low, high].
inline std::int8_t requantize(std::int32_t accumulator, std::int32_t bias, FixedPoint f, int low,
                              int high) {
  const std::int64_t scaled = scale_round(std::int64_t{accumulator} + bias, f);
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(scaled, low, high));
}

/// The factor nearest to `factor` of either sign, whose multiplier has it. Throws UserError as
/// to_fixed_point().
FixedPoint to_signed_fixed_point(double factor);

/// The same with a factor of its own for sums below 0, whose multiplier may be negative.
inline std::int8_t requantize_by_sign(std::int32_t accumulator, std::int32_t bias, FixedPoint f,
                                      FixedPoint negative, int low, int high) {
  const std::int64_t sum = std::int64_t{accumulator} + bias;
  return static_cast<std::int8_t>(
      std::clamp<std::int64_t>(scale_round(sum, sum < 0 ? negative : f), low, high));
}

/// A common rounding of `sum`, of products with multipliers of that shift, to int8 in [low, high].
inline std::int8_t round_shifted(std::int64_t sum, int shift, int low, int high) {
  const std::int64_t rounded = shift == 0 ? sum : (sum + (std::int64_t{1} << (shift - 1))) >> shift;
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(rounded, low, high));
}

/// Sum of two int8 values, each rescaled to the output's scale: both products are added in 64 bit
/// with a common shift and rounded once.
inline std::int8_t add_requantized(std::int8_t a, std::int8_t b, std::int32_t multiplier_a,
                                   std::int32_t multiplier_b, int shift, int low, int high) {
  return round_shifted(std::int64_t{a} * multiplier_a + std::int64_t{b} * multiplier_b, shift, low,
                       high);
}

}  // namespace escalate
