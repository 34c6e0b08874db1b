#include "machine/requantize.h"

#include <cmath>

#include "common/error.h"

namespace escalate {

FixedPoint to_fixed_point(double factor) {
  if (!(factor >= 0) || !std::isfinite(factor) || factor >= 1073741824.0) {
    throw UserError("requantisation factor " + std::to_string(factor) +
                    " is outside [0, 2^30): the network cannot be quantised");
  }
  if (factor == 0) return {};
  int exponent = 0;
  const double mantissa = std::frexp(factor, &exponent);  // [0.5, 1)
  std::int64_t multiplier = std::llround(std::ldexp(mantissa, 31));
  int shift = 31 - exponent;
  if (multiplier == (std::int64_t{1} << 31)) {
    multiplier >>= 1;
    --shift;
  }
  if (shift > 62) {  // below 2^-31: vanishes on every int32 accumulator
    return {};
  }
  return {static_cast<std::int32_t>(multiplier), shift};
}

FixedPoint to_signed_fixed_point(double factor) {
  FixedPoint made = to_fixed_point(std::abs(factor));
  if (factor < 0) made.multiplier = -made.multiplier;
  return made;
}

}  // namespace escalate
