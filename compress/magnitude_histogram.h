// How large the values of a tensor are over many images, and the int8 scale that suits them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace escalate {

/// 0 without values, none if one is not finite.
std::optional<float> largest_magnitude(std::span<const float> values);

/// Counts magnitudes in bins of equal width over [0, 2^n), n as large as the values need: when one
/// lies outside, pairs of bins are joined. So the counts depend neither on the order of the values
/// nor on how they were divided among histograms that are merged.
class MagnitudeHistogram {
 public:
  /// False, and nothing is counted any more, if a value is not finite.
  bool add(std::span<const float> values);
  void merge(const MagnitudeHistogram& other);

  float largest() const { return largest_; }  ///< magnitude; 0 without values
  std::int64_t count() const { return count_; }
  double zero_share() const;  ///< exact zeros among all values

  /// Real value of one int8 step that loses least: among thresholds largest * 0.98^i the one with
  /// the smallest summed squared difference between the values and what is left of them after
  /// clipping to +-127 steps and rounding. 1/127 if all values are 0.
  double best_scale() const;
  /// The step at which nothing is clipped.
  double full_scale() const;

 private:
  void grow_to(int exponent);
  double squared_error(double step) const;

  std::vector<std::int64_t> bins_;  ///< non-zero magnitudes
  int exponent_ = 0;                ///< the bins span [0, 2^exponent_)
  float largest_ = 0;
  std::int64_t zeros_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace escalate
