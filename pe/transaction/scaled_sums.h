// Products added to many sums at once, by the host's vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/host_simd.h"

namespace escalate {

/// All instruction sets give the same sums, which wrap around beyond 32 bits.
class ScaledSums {
 public:
  /// InternalError if this processor lacks `set`.
  explicit ScaledSums(HostSimd set);

  /// sums[i] += values[i] * factor for `count` of them.
  void add(std::int32_t* sums, const std::int32_t* values, std::int32_t factor,
           std::size_t count) const {
    add_(sums, values, factor, count);
  }
  /// sums[i] += values[i] * factors[i].
  void add(std::int32_t* sums, const std::int32_t* values, const std::int8_t* factors,
           std::size_t count) const {
    add_each_(sums, values, factors, count);
  }

 private:
  void (*add_)(std::int32_t*, const std::int32_t*, std::int32_t, std::size_t);
  void (*add_each_)(std::int32_t*, const std::int32_t*, const std::int8_t*, std::size_t);
};

}  // namespace escalate
