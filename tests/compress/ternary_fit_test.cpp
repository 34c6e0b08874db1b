#include "compress/ternary_fit.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/random_weights.h"
#include "common/random.h"
#include "workloads/float_executor.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

double error_of(const std::vector<float>& weights, const KernelShape& shape,
                const Decomposition& parts) {
  Node node;
  node.name = "layer";
  node.op = OpKind::kConv;
  node.out_channels = shape.outputs;
  node.window.s = shape.taps;
  node.decomposition = parts;
  return relative_error(weights, float_weights(node, shape.channels));
}

double density_of(const Decomposition& parts) {
  const auto zeros = std::count(parts.coefficients.begin(), parts.coefficients.end(), 0);
  return 1 - double(zeros) / double(parts.coefficients.size());
}

void check_form(const Decomposition& parts, const KernelShape& shape, int terms) {
  RC_ASSERT(parts.terms == terms);
  RC_ASSERT(parts.coefficients.size() == shape.kernels() * std::size_t(terms));
  RC_ASSERT(parts.basis.size() == std::size_t(terms) * std::size_t(shape.taps));
  RC_ASSERT(parts.basis_scale > 0);
  for (const int code : parts.coefficients) RC_ASSERT(std::abs(code) <= 1);
  for (const int step : parts.basis) RC_ASSERT(std::abs(step) <= 127);
  for (const float scale : parts.channel_scale) RC_ASSERT(scale > 0 && std::isfinite(scale));
}

TEST(TernaryFit, IsNotWorseThanTheBareThreshold) {
  EXPECT_TRUE(rc::check("fitted error <= thresholded error", [] {
    const KernelShape shape = random_kernel_shape(2);
    const std::vector<float> weights = random_weights(shape);
    const int terms = *rc::gen::inRange(1, shape.taps + 1);
    const Decomposition fitted = fit_ternary(weights, shape, {terms});
    check_form(fitted, shape, terms);
    const double error = error_of(weights, shape, fitted);
    RC_ASSERT(error <= error_of(weights, shape, threshold_ternary(weights, shape, terms)) + 1e-6);
  }));
}

TEST(TernaryFit, KeepsTheDensityAskedFor) {
  EXPECT_TRUE(rc::check("share of non-zero coefficients <= density", [] {
    const KernelShape shape = random_kernel_shape();
    const std::vector<float> weights = random_weights(shape);
    const int terms = *rc::gen::inRange(1, std::min(shape.taps, 6) + 1);
    const double density = *rc::gen::element(0.05, 0.2, 0.5, 0.9);
    const Decomposition fitted = fit_ternary(weights, shape, {terms, density});
    check_form(fitted, shape, terms);
    RC_ASSERT(density_of(fitted) <= density);
    RC_ASSERT(error_of(weights, shape, fitted) < 1 + 1e-6);
  }));
}

TEST(TernaryFit, KeepsToThePatternAskedFor) {
  EXPECT_TRUE(rc::check("non-zero coefficients of a group <= N", [] {
    KernelShape shape = random_kernel_shape();
    shape.channels = *rc::gen::inRange(4, 12);
    const std::vector<float> weights = random_weights(shape);
    const int terms = *rc::gen::inRange(1, std::min(shape.taps, 8) + 1);
    const NmPattern pattern{*rc::gen::inRange(1, 4), 4};
    const double density = *rc::gen::element(0.1, 1.0);
    TernaryOptions options{terms, density};
    options.pattern = pattern;
    const Decomposition fitted = fit_ternary(weights, shape, options);
    check_form(fitted, shape, terms);
    RC_ASSERT(keeps_to(fitted.coefficients, shape.channels, 1, pattern));
    RC_ASSERT(density_of(fitted) <= density);
    RC_ASSERT(error_of(weights, shape, fitted) < 1 + 1e-6);
  }));
}

TEST(TernaryFit, LosesMoreInATighterPattern) {
  const KernelShape shape{32, 32, 9};
  const std::vector<float> weights = sine_weights(shape.size());
  double before = 0;
  for (const NmPattern pattern : {NmPattern{8, 8}, NmPattern{4, 8}, NmPattern{2, 8}, {1, 8}}) {
    TernaryOptions options;
    options.pattern = pattern;
    const Decomposition fitted = fit_ternary(weights, shape, options);
    const double error = error_of(weights, shape, fitted);
    EXPECT_GT(error, before);
    EXPECT_LT(error, 0.98);
    before = error;
  }
}

TEST(TernaryFit, FindsALargeLayersBasisForAPattern) {
  const KernelShape shape{256, 256, 9};
  const std::vector<float> weights = sine_weights(shape.size());
  TernaryOptions options;
  options.pattern = NmPattern{2, 8};
  options.max_rounds = 2;
  EXPECT_TRUE(keeps_to(fit_ternary(weights, shape, options).coefficients, 256, 1, {2, 8}));
}

TEST(TernaryFit, ComesNearTheDensityOfALayerOfUsualSize) {
  const KernelShape shape{32, 32, 9};
  const std::vector<float> weights = sine_weights(shape.size());
  for (const double density : {0.1, 0.3}) {
    const double reached = density_of(fit_ternary(weights, shape, {6, density}));
    EXPECT_LE(reached, density);
    EXPECT_GT(reached, 0.9 * density);
  }
}

TEST(TernaryFit, FindsTheBestTernaryVectorOfAPointwiseChannel) {
  EXPECT_TRUE(rc::check("no other ternary vector with its best scale is nearer", [] {
    const KernelShape shape{1, *rc::gen::inRange(1, 6), 1};
    const std::vector<float> weights = random_weights(shape);
    double best = 1;  // all zeros
    const int codes = int(std::pow(3, shape.channels));
    for (int code = 0; code < codes; ++code) {
      double product = 0, square = 0;
      for (int c = 0, rest = code; c < shape.channels; ++c, rest /= 3) {
        product += (rest % 3 - 1) * double(weights[std::size_t(c)]);
        square += rest % 3 != 1;
      }
      double all = 0;
      for (const float weight : weights) all += double(weight) * double(weight);
      if (square > 0 && all > 0) {
        best = std::min(best, std::sqrt(std::max(0.0, 1 - product * product / square / all)));
      }
      if (all == 0) best = 0;
    }
    RC_ASSERT(std::abs(error_of(weights, shape, fit_ternary(weights, shape, {1})) - best) < 1e-3);
  }));
}

TEST(TernaryFit, PutsAllMagnitudeOfOnePointwiseTermIntoTheChannels) {
  // Channel scales 0.5 and 3, to be found exactly.
  const std::vector<float> weights = {0.5f, -0.5f, 0, 0.5f, 0, 3, 3, -3};
  const Decomposition made = fit_ternary(weights, {2, 4, 1}, {1});
  EXPECT_EQ(made.basis, (std::vector<std::int8_t>{1}));
  EXPECT_EQ(made.basis_scale, 1);
  EXPECT_EQ(made.coefficients, (std::vector<std::int8_t>{1, -1, 0, 1, 0, 1, 1, -1}));
  EXPECT_NEAR(made.channel_scale[0], 0.5, 1e-6);
  EXPECT_NEAR(made.channel_scale[1], 3, 1e-6);
}

TEST(TernaryFit, LosesLessWithEachFurtherPointwiseTerm) {
  const KernelShape shape{16, 24, 1};
  const std::vector<float> weights = sine_weights(shape.size());
  double before = 1;
  for (int terms = 1; terms <= 8; ++terms) {
    const double error = error_of(weights, shape, fit_ternary(weights, shape, {terms}));
    EXPECT_LT(error, before) << terms;
    before = error;
  }
}

TEST(TernaryFit, FindsALayerThatIsTernaryOverOneKernelAgain) {
  const KernelShape shape{3, 4, 2};
  const std::vector<std::int8_t> codes = {1, -1, 0, 1, 1, 1, -1, 0, 0, -1, 1, 1};
  std::vector<float> weights;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const float scale = float(1 + i / 4);
    for (const float tap : {127.0f, -64.0f}) weights.push_back(scale * tap * codes[i]);
  }
  const Decomposition made = fit_ternary(weights, shape, {1});
  EXPECT_LT(error_of(weights, shape, made), 1e-3);
  EXPECT_EQ(std::abs(made.basis[0]), 127);
}

TEST(TernaryFit, FindsTheBasisOfALargeLayerFromASampleOfItsKernels) {
  const KernelShape shape{64, 384, 4};  // more kernels than are all fitted from the beginning
  const std::vector<float> basis = {127, -64, 32, 5};
  Random random(7);
  std::vector<float> weights;
  for (std::size_t i = 0; i < shape.kernels(); ++i) {
    const float code = float(int(random.below(3)) - 1);
    for (const float tap : basis) weights.push_back(code * tap);
  }
  const Decomposition made = fit_ternary(weights, shape, {1});
  EXPECT_LT(error_of(weights, shape, made), 1e-2);
  EXPECT_LE(error_of(weights, shape, made),
            error_of(weights, shape, threshold_ternary(weights, shape, 1)));
}

TEST(TernaryFit, GivesTheSameFunctionOfWeightsThatAreScaled) {
  const KernelShape shape{8, 8, 9};
  std::vector<float> weights = sine_weights(shape.size());
  const Decomposition made = fit_ternary(weights, shape, {4});
  for (float& weight : weights) weight *= 1024;  // exact in binary
  const Decomposition scaled = fit_ternary(weights, shape, {4});
  EXPECT_EQ(scaled.coefficients, made.coefficients);
  EXPECT_EQ(scaled.basis, made.basis);
}

TEST(TernaryFit, OfALayerOfZerosIsZero) {
  for (const int taps : {1, 9}) {
    const KernelShape shape{2, 3, taps};
    const std::vector<float> weights(shape.size(), 0.0f);
    const Decomposition made = fit_ternary(weights, shape, {1});
    EXPECT_EQ(density_of(made), 0);
    EXPECT_EQ(error_of(weights, shape, made), 0);
    EXPECT_GT(made.basis_scale, 0);
  }
}

TEST(TernaryFit, KeepsAnOutputChannelOfZerosAtZero) {
  const KernelShape shape{2, 4, 9};
  std::vector<float> weights = sine_weights(shape.size());
  std::fill_n(weights.begin(), 36, 0.0f);
  const Decomposition made = fit_ternary(weights, shape, {3});
  EXPECT_EQ(std::count(made.coefficients.begin(), made.coefficients.begin() + 12, 0), 12);
  EXPECT_GT(made.channel_scale[0], 0);
}

}  // namespace
}  // namespace escalate
