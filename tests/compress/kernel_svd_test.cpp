#include "compress/kernel_svd.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "../support/random_weights.h"
#include "compress/ternary_fit.h"

namespace escalate {
namespace {

std::vector<float> recomposed(const KernelSvd& svd, const KernelShape& shape) {
  std::vector<float> weights(shape.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t kernel = i / std::size_t(shape.taps), tap = i % std::size_t(shape.taps);
    double sum = 0;
    for (std::size_t m = 0; m < std::size_t(svd.terms); ++m) {
      sum += double(svd.coefficients[kernel * std::size_t(svd.terms) + m]) *
             svd.basis[m * std::size_t(shape.taps) + tap];
    }
    weights[i] = float(sum);
  }
  return weights;
}

TEST(KernelSvd, RecomposesAllWeightsWithAsManyTermsAsTaps) {
  EXPECT_TRUE(rc::check("the sum over all terms is the layer", [] {
    const KernelShape shape = random_kernel_shape();
    const std::vector<float> weights = random_weights(shape);
    const KernelSvd svd = kernel_svd(weights, shape, shape.taps);
    RC_ASSERT(relative_error(weights, recomposed(svd, shape)) < 1e-5);
    RC_ASSERT(svd.relative_error == 0);
  }));
}

TEST(KernelSvd, LosesWhatTheLeftOutSingularValuesHold) {
  EXPECT_TRUE(rc::check("error by singular values is the error of the weights", [] {
    const KernelShape shape = random_kernel_shape();
    const std::vector<float> weights = random_weights(shape);
    const int terms = *rc::gen::inRange(1, shape.taps + 1);
    const KernelSvd svd = kernel_svd(weights, shape, terms);
    const double seen = relative_error(weights, recomposed(svd, shape));
    RC_ASSERT(std::abs(seen - svd.relative_error) < 1e-5);
    RC_ASSERT(std::is_sorted(svd.singular.rbegin(), svd.singular.rend()));
  }));
}

TEST(KernelSvd, HasAnOrthonormalBasis) {
  EXPECT_TRUE(rc::check("rows of the basis have length 1 and are orthogonal", [] {
    const KernelShape shape = random_kernel_shape();
    const KernelSvd svd = kernel_svd(random_weights(shape), shape, shape.taps);
    for (int a = 0; a < svd.terms; ++a) {
      for (int b = 0; b < svd.terms; ++b) {
        double dot = 0;
        for (int t = 0; t < shape.taps; ++t) {
          dot += svd.basis[std::size_t(a * shape.taps + t)] *
                 svd.basis[std::size_t(b * shape.taps + t)];
        }
        RC_ASSERT(std::abs(dot - (a == b)) < 1e-9);
      }
    }
  }));
}

TEST(KernelSvd, FindsTheOneKernelThatALayerIsMadeOf) {
  const KernelShape shape{2, 2, 4};
  // Each kernel a multiple (2, -1, 0, 3) of (1, 2, 2, 4), whose length is 5.
  const std::vector<float> weights = {2, 4, 4, 8, -1, -2, -2, -4, 0, 0, 0, 0, 3, 6, 6, 12};
  const KernelSvd svd = kernel_svd(weights, shape, 1);
  const double sign = svd.basis[0] > 0 ? 1 : -1;
  EXPECT_NEAR(sign * svd.basis[0], 0.2, 1e-9);
  EXPECT_NEAR(sign * svd.basis[3], 0.8, 1e-9);
  EXPECT_NEAR(sign * svd.coefficients[3], 15, 1e-5);
  EXPECT_NEAR(svd.singular[0], std::sqrt(14.0) * 5, 1e-5);
  EXPECT_NEAR(svd.relative_error, 0, 1e-6);
}

TEST(KernelSvd, OfMoreKernelsThanABlockOfItsSumsIsTheSame) {
  const KernelShape shape{60, 40, 9};  // 2400 kernels
  const std::vector<float> weights = sine_weights(shape.size());
  const KernelSvd svd = kernel_svd(weights, shape, 3);
  EXPECT_NEAR(relative_error(weights, recomposed(svd, shape)), svd.relative_error, 1e-5);
}

TEST(KernelSvd, OfALayerOfZerosLosesNothing) {
  const KernelSvd svd = kernel_svd(std::vector<float>(18, 0.0f), {2, 1, 9}, 2);
  EXPECT_EQ(svd.relative_error, 0);
  for (const float coefficient : svd.coefficients) EXPECT_EQ(coefficient, 0);
}

}  // namespace
}  // namespace escalate
