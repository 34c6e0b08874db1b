#include "compress/coefficient_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>

#include "../support/random_weights.h"
#include "compress/ternary_codes.h"

namespace escalate {
namespace {

using Eigen::Index;
using testing::ElementsAre;

TEST(CoefficientPlaces, AreThoseOfTheLargestRealCoefficients) {
  // One output, four channels of two taps, and the taps themselves as basis.
  const std::vector<float> weights = {1, 9, -8, 2, 3, -7, 4, 5};
  const CoefficientPlaces places(weights, {1, 4, 2}, Eigen::MatrixXd::Identity(2, 2), {1, 2});
  std::vector<bool> allowed;
  for (Index kernel = 0; kernel < 4; ++kernel) {
    for (int term = 0; term < 2; ++term) allowed.push_back(places.allows(kernel, term));
  }
  EXPECT_THAT(allowed, ElementsAre(false, true, true, false, false, true, true, false));
}

TEST(CoefficientPlaces, FollowABasisThatIsNotOrthogonal) {
  // Kernels are 1 b0 + 5 b1 and 4 b0 + 2 b1, though both have more of b0 in them.
  Eigen::MatrixXd basis(2, 2);
  basis << 1, 0, 1, 0.5;
  const std::vector<float> weights = {6, 2.5f, 6, 1};
  const CoefficientPlaces places(weights, {1, 2, 2}, basis, {1, 2});
  EXPECT_FALSE(places.allows(0, 0));
  EXPECT_TRUE(places.allows(0, 1));
  EXPECT_TRUE(places.allows(1, 0));
  EXPECT_FALSE(places.allows(1, 1));
}

TEST(CoefficientPlaces, AreAllWithoutAWholeGroup) {
  const std::vector<float> weights(3, 1.0f);
  EXPECT_TRUE(
      CoefficientPlaces(weights, {1, 3, 1}, Eigen::MatrixXd::Identity(1, 1), {2, 4}).are_all());
  EXPECT_TRUE(CoefficientPlaces().allows(7, 3));
}

TEST(CoefficientPlaces, SortKernelsByTheTermsThatTheyMayHave) {
  EXPECT_TRUE(rc::check("by terms", [] {
    KernelShape shape = random_kernel_shape(2);
    shape.channels = 8;
    const int terms = *rc::gen::inRange(1, shape.taps + 1);
    const CoefficientPlaces places(random_weights(shape), shape,
                                   Eigen::MatrixXd::Identity(terms, shape.taps), {2, 4});
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
