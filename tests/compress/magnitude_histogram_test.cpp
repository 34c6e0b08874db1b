#include "compress/magnitude_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace escalate {
namespace {

std::vector<float> bell(int count, float width) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) {
    const double u = (i + 0.5) / count;
    values.push_back(width * float(std::sqrt(-2 * std::log(u)) * std::cos(2.4 * i)));
  }
  return values;
}

double squared_error(const std::vector<float>& values, double step) {
  double sum = 0;
  for (const float value : values) {
    const double kept = std::clamp(std::round(double(value) / step), -127.0, 127.0) * step;
    sum += (double(value) - kept) * (double(value) - kept);
  }
  return sum;
}

TEST(MagnitudeHistogram, DoesNotDependOnOrderOrDivision) {
  std::vector<float> values = bell(5000, 3);
  values.push_back(1000);
  MagnitudeHistogram whole;
  ASSERT_TRUE(whole.add(values));
  MagnitudeHistogram merged;
  for (std::size_t i = values.size(); i-- > 0;) {
    MagnitudeHistogram one;
    ASSERT_TRUE(one.add({&values[i], 1}));
    merged.merge(one);
  }
  EXPECT_EQ(merged.best_scale(), whole.best_scale());
  EXPECT_EQ(merged.full_scale(), whole.full_scale());
  EXPECT_EQ(merged.count(), whole.count());
}

TEST(MagnitudeHistogram, ChoosesAScaleAboutAsGoodAsAnyOther) {
  for (const int outliers : {0, 1, 40}) {
    std::vector<float> values = bell(20000, 0.3f);
    for (int i = 0; i < outliers; ++i) values.push_back(float(i) - 20.5f);
    MagnitudeHistogram histogram;
    ASSERT_TRUE(histogram.add(values));
    const double chosen = squared_error(values, histogram.best_scale());
    for (double step = histogram.full_scale(); step > 1e-4; step *= 0.95) {
      EXPECT_LE(chosen, squared_error(values, step) * 1.03) << outliers << " " << step;
    }
  }
}

TEST(MagnitudeHistogram, ClipsNothingWhereClippingDoesNotPay) {
  MagnitudeHistogram histogram;
  std::vector<float> values;
  for (int step = -127; step <= 127; ++step) values.push_back(float(step) * 0.5f);
  ASSERT_TRUE(histogram.add(values));
  EXPECT_DOUBLE_EQ(histogram.full_scale(), 0.5);
  EXPECT_DOUBLE_EQ(histogram.best_scale(), 0.5);
}

TEST(MagnitudeHistogram, CountsZerosApart) {
  MagnitudeHistogram histogram;
  const std::vector<float> values = {0, -0.0f, 1, 0};
  ASSERT_TRUE(histogram.add(values));
  EXPECT_EQ(histogram.zero_share(), 0.75);
  EXPECT_EQ(histogram.largest(), 1);
}

TEST(MagnitudeHistogram, HasAStepWhereAllValuesAreZero) {
  MagnitudeHistogram histogram;
  ASSERT_TRUE(histogram.add(std::vector<float>(3, 0.0f)));
  EXPECT_EQ(histogram.best_scale(), 1.0 / 127);
}

TEST(MagnitudeHistogram, HoldsTheSmallestAndTheLargestFloats) {
  MagnitudeHistogram histogram;
  const std::vector<float> values = {std::numeric_limits<float>::denorm_min(),
                                     std::numeric_limits<float>::max()};
  ASSERT_TRUE(histogram.add(values));
  EXPECT_EQ(histogram.largest(), std::numeric_limits<float>::max());
  EXPECT_GT(histogram.best_scale(), 0);
}

TEST(MagnitudeHistogram, RefusesWhatIsNotFinite) {
  MagnitudeHistogram histogram;
  const std::vector<float> values = {1, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_FALSE(histogram.add(values));
  EXPECT_EQ(histogram.count(), 0);
}

}  // namespace
}  // namespace escalate
