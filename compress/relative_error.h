// How far values are from those expected, over many images.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

namespace escalate {

/// Sums of squares whose quotient is the square of a relative error.
struct SquaredError {
  double wrong = 0, all = 0;

  /// Counts values that stand for `seen[i] * scale`.
  template <class Value>
  void add(std::span<const float> expected, std::span<const Value> seen, double scale = 1) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double value = expected[i], miss = double(seen[i]) * scale - value;
      wrong += miss * miss;
      all += value * value;
    }
  }
  void add(const SquaredError& other) {
    wrong += other.wrong;
    all += other.all;
  }
  /// Root of the mean square of what is missed, over that of what is expected; 0 if nothing is
  /// missed, none if that is measured against zeros.
  std::optional<double> relative() const {
    if (wrong > 0 && all == 0) return std::nullopt;
    return wrong > 0 ? std::sqrt(wrong / all) : 0.0;
  }
};

}  // namespace escalate
