#include "compress/magnitude_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace escalate {
namespace {

constexpr std::size_t kBins = 4096;
constexpr int kLeastExponent = -100;  // smaller magnitudes share the first bin
constexpr double kMostSteps = 127;
constexpr double kThresholdRatio = 0.98;
constexpr int kThresholds = 200;  // down to 1.8% of the largest value

int exponent_above(float magnitude) {
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude = [0.5, 1) * 2^exponent
  return std::max(exponent, kLeastExponent);
}

}  // namespace

std::optional<float> largest_magnitude(std::span<const float> values) {
  constexpr std::int32_t kMagnitude = 0x7fffffff, kInfinity = 0x7f800000;
  // Magnitudes are ordered as the integers of their bits, and those are compared by vectors.
  std::int32_t largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<std::int32_t>(value) & kMagnitude);
  }
  if (largest >= kInfinity) return std::nullopt;
  return std::bit_cast<float>(largest);
}

void MagnitudeHistogram::grow_to(int exponent) {
  if (bins_.empty()) {
    bins_.assign(kBins, 0);
    exponent_ = exponent;
  }
  if (exponent <= exponent_) return;
  const int shift = std::min(exponent - exponent_, 32);
  std::vector<std::int64_t> wider(kBins, 0);
  for (std::size_t i = 0; i < kBins; ++i) wider[i >> shift] += bins_[i];
  bins_ = std::move(wider);
  exponent_ = exponent;
}

bool MagnitudeHistogram::add(std::span<const float> values) {
  const std::optional<float> largest = largest_magnitude(values);
  if (!largest) return false;
  count_ += std::int64_t(values.size());
  if (*largest == 0) {
    zeros_ += std::int64_t(values.size());
    return true;
  }
  grow_to(exponent_above(*largest));
  largest_ = std::max(largest_, *largest);
  const float bins_per_unit = std::ldexp(float(kBins), -exponent_);
  // Without branches on the data: behind a ReLU nobody can tell where zeros are.
  std::int64_t zeros = 0;
  for (const float value : values) {
    zeros += value == 0 ? 1 : 0;
    ++bins_[std::size_t(std::int32_t(std::abs(value) * bins_per_unit))];
  }
  zeros_ += zeros;
  bins_[0] -= zeros;
  return true;
}

void MagnitudeHistogram::merge(const MagnitudeHistogram& other) {
  largest_ = std::max(largest_, other.largest_);
  zeros_ += other.zeros_;
  count_ += other.count_;
  if (other.bins_.empty()) return;
  grow_to(other.exponent_);
  const int shift = std::min(exponent_ - other.exponent_, 32);
  for (std::size_t i = 0; i < kBins; ++i) bins_[i >> shift] += other.bins_[i];
}

double MagnitudeHistogram::zero_share() const {
  return count_ > 0 ? double(zeros_) / double(count_) : 0.0;
}

double MagnitudeHistogram::squared_error(double step) const {
  const double width = std::ldexp(1.0 / double(kBins), exponent_);
  double sum = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    if (bins_[i] == 0) continue;
    const double value = (double(i) + 0.5) * width;
    const double kept = std::min(std::round(value / step), kMostSteps) * step;
    sum += double(bins_[i]) * (value - kept) * (value - kept);
  }
  return sum;
}

double MagnitudeHistogram::full_scale() const {
  return (largest_ > 0 ? double(largest_) : 1.0) / kMostSteps;
}

double MagnitudeHistogram::best_scale() const {
  double best = full_scale();
  if (bins_.empty()) return best;
  double least = squared_error(best);
  double step = best;
  for (int i = 1; i < kThresholds; ++i) {
    step *= kThresholdRatio;
    const double error = squared_error(step);
    if (error < least) {
      least = error;
      best = step;
    }
  }
  return best;
}

}  // namespace escalate
