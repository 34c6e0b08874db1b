#include "compress/coefficient_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../support/random_weights.h"
#include "compress/ternary_codes.h"

namespace escalate {
namespace {

using Eigen::Index;
using testing::ElementsAre;

TEST(CoefficientPlaces, AreThoseOfTheLargestCoefficientsOfTheDecomposition) {
  EXPECT_TRUE(rc::check("largest", [] {
    KernelShape shape = random_kernel_shape(2);
    shape.channels = 8;
    const std::vector<float> weights = random_weights(shape);
    const int terms = *rc::gen::inRange(1, shape.taps + 1);
    const CoefficientPlaces places(weights, shape, terms, {1, 4});
    const std::vector<float> real = kernel_svd(weights, shape, terms).coefficients;
    const auto magnitude = [&](Index kernel, int term) {
      return std::abs(real[std::size_t(kernel) * std::size_t(terms) + std::size_t(term)]);
    };
    for (Index first = 0; first < Index(shape.kernels()); first += 4) {
      for (int term = 0; term < terms; ++term) {
        int allowed = 0;
        for (Index kernel = first; kernel < first + 4; ++kernel) {
          if (!places.allows(kernel, term)) continue;
          ++allowed;
          for (Index other = first; other < first + 4; ++other) {
            RC_ASSERT(magnitude(kernel, term) >= magnitude(other, term));
          }
        }
        RC_ASSERT(allowed == 1);
      }
    }
  }));
}

TEST(CoefficientPlaces, OfPointwiseLayersAreThoseOfTheLargestWeights) {
  const CoefficientPlaces places(std::vector<float>{1, -8, 3, 4}, {1, 4, 1}, 2, {1, 2});
  std::vector<bool> allowed;
  for (Index kernel = 0; kernel < 4; ++kernel) {
    for (int term = 0; term < 2; ++term) allowed.push_back(places.allows(kernel, term));
  }
  EXPECT_THAT(allowed, ElementsAre(false, false, true, true, false, false, true, true));
}

TEST(CoefficientPlaces, AreAllWithoutAWholeGroup) {
  EXPECT_TRUE(CoefficientPlaces(std::vector<float>(3, 1.0f), {1, 3, 1}, 1, {2, 4}).are_all());
  EXPECT_TRUE(CoefficientPlaces().allows(7, 3));
}

TEST(CoefficientPlaces, SortKernelsByTheTermsThatTheyMayHave) {
  EXPECT_TRUE(rc::check("by terms", [] {
    KernelShape shape = random_kernel_shape(2);
    shape.channels = 8;
    const int terms = *rc::gen::inRange(1, shape.taps + 1);
    const CoefficientPlaces places(random_weights(shape), shape, terms, {2, 4});
    std::vector<Index> kernels(shape.kernels());
    std::iota(kernels.begin(), kernels.end(), Index{0});
    const int first = *rc::gen::inRange(0, terms);
    const int count = std::min(terms - first, 6);
    std::size_t found = 0;
    for (const auto& [allowed, of_them] : places.by_terms(kernels, first, count)) {
      found += of_them.size();
      for (const Index kernel : of_them) {
        for (int m = 0; m < count; ++m) {
          RC_ASSERT(places.allows(kernel, first + m) == ((allowed >> unsigned(m) & 1) == 1));
        }
      }
    }
    RC_ASSERT(found == kernels.size());
  }));
}

TEST(CoefficientPlaces, LeaveTheCodesThatAreZeroElsewhere) {
  const Eigen::MatrixXf codes = ternary_codes(3);
  const std::vector<Index> rows = codes_within(codes, 0b101);
  EXPECT_EQ(rows.size(), 9U);
  for (const Index row : rows) EXPECT_EQ(codes(row, 1), 0);
  EXPECT_THAT(codes_within(codes, 0), ElementsAre(0));
}

}  // namespace
}  // namespace escalate
