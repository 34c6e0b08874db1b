// Small arithmetic that every folder needs once.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>

namespace escalate {

/// ceil(a / b) of whole numbers, a not negative, b positive.
template <std::integral A, std::integral B>
constexpr std::common_type_t<A, B> ceil_div(A a, B b) {
  using Wide = std::common_type_t<A, B>;
  return (Wide(a) + Wide(b) - 1) / Wide(b);
}

/// `a` rounded up to a multiple of `b`.
template <std::integral A, std::integral B>
constexpr std::common_type_t<A, B> round_up(A a, B b) {
  return ceil_div(a, b) * b;
}

/// Bytes of a map of one bit for each of `values`.
template <std::integral T>
constexpr T map_bytes(T values) {
  return ceil_div(values, T{8});
}

/// `part` over `whole`; 0 of a whole that is not positive.
template <class T>
constexpr double ratio(T part, T whole) {
  return whole > 0 ? double(part) / double(whole) : 0;
}

/// The geometric mean of positive `factors`; 0 of none.
inline double geometric_mean(std::span<const double> factors) {
  if (factors.empty()) return 0;
  double logs = 0;
  for (const double factor : factors) logs += std::log(factor);
  return std::exp(logs / double(factors.size()));
}

}  // namespace escalate
