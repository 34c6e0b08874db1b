// Loops written once and compiled for each instruction set: SSE2, the portable one, has no product
// of 32-bit integers.
#include "pe/transaction/scaled_sums.h"

#include "common/error.h"
#include "common/host_vectors.h"

namespace escalate {
namespace {

// As unsigned numbers, which may wrap around.
ESCALATE_INLINE std::int32_t sum_with(std::int32_t sum, std::int32_t value, std::int32_t factor) {
  return std::int32_t(std::uint32_t(sum) + std::uint32_t(value) * std::uint32_t(factor));
}

ESCALATE_INLINE void add_scaled(std::int32_t* sums, const std::int32_t* values, std::int32_t factor,
                                std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = sum_with(sums[i], values[i], factor);
}

ESCALATE_INLINE void add_each_scaled(std::int32_t* sums, const std::int32_t* values,
                                     const std::int8_t* factors, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = sum_with(sums[i], values[i], factors[i]);
}

void add_portable(std::int32_t* sums, const std::int32_t* values, std::int32_t factor,
                  std::size_t count) {
  add_scaled(sums, values, factor, count);
}
void add_each_portable(std::int32_t* sums, const std::int32_t* values, const std::int8_t* factors,
                       std::size_t count) {
  add_each_scaled(sums, values, factors, count);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_avx2(std::int32_t* sums, const std::int32_t* values,
                                      std::int32_t factor, std::size_t count) {
  add_scaled(sums, values, factor, count);
}
[[gnu::target("avx2")]] void add_each_avx2(std::int32_t* sums, const std::int32_t* values,
                                           const std::int8_t* factors, std::size_t count) {
  add_each_scaled(sums, values, factors, count);
}
#endif

}  // namespace

ScaledSums::ScaledSums(HostSimd set) : add_(add_portable), add_each_(add_each_portable) {
  ensure(set <= best_host_simd(), "this processor lacks the instruction set");
#if defined(__x86_64__)
  if (set != HostSimd::kPortable) {
    add_ = add_avx2;
    add_each_ = add_each_avx2;
  }
#endif
}

}  // namespace escalate
