#include "compress/output_fit.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/random_weights.h"
#include "compress/ternary_fit.h"
#include "workloads/float_executor.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

std::vector<float> weights_of(const Decomposition& parts, const KernelShape& shape) {
  Node node;
  node.op = OpKind::kConv;
  node.out_channels = shape.outputs;
  node.window.s = shape.taps;
  node.decomposition = parts;
  return float_weights(node, shape.channels);
}

/// Sum over outputs of the variance of (W - What) x over the patches.
double output_error(const std::vector<float>& weights, const std::vector<float>& made,
                    const KernelShape& shape, const std::vector<float>& patches) {
  const std::size_t depth = shape.size() / std::size_t(shape.outputs);
  const std::size_t count = patches.size() / depth;
  double error = 0;
  for (std::size_t k = 0; k < std::size_t(shape.outputs); ++k) {
    double sum = 0, square = 0;
    for (std::size_t n = 0; n < count; ++n) {
      double lost = 0;
      for (std::size_t i = 0; i < depth; ++i) {
        lost +=
            double(weights[k * depth + i] - made[k * depth + i]) * double(patches[n * depth + i]);
      }
      sum += lost;
      square += lost * lost;
    }
    error += square / double(count) - sum * sum / double(count * count);
  }
  return error;
}

/// Positive inputs that go together: each a mixture of three causes.
std::vector<float> correlated_patches(std::size_t depth, std::size_t count) {
  std::vector<float> patches;
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t i = 0; i < depth; ++i) {
      double value = 0.2 * std::sin(double(31 * n * n + 7 * i));
      for (std::size_t cause = 1; cause <= 3; ++cause) {
        value += std::sin(double(n * n * cause)) * std::cos(double(i * cause));
      }
      patches.push_back(float(std::max(0.0, value)));
    }
  }
  return patches;
}

double density_of(const Decomposition& parts) {
  const auto zeros = std::count(parts.coefficients.begin(), parts.coefficients.end(), 0);
  return 1 - double(zeros) / double(parts.coefficients.size());
}

TEST(OutputFit, LosesLessOfTheOutputsThanTheFitToTheWeights) {
  for (const KernelShape shape : {KernelShape{16, 24, 9}, KernelShape{16, 40, 1}}) {
    for (const int terms : {1, 3, 8}) {
      if (terms > shape.taps && shape.taps > 1) continue;
      const std::vector<float> weights = sine_weights(shape.size());
      const std::size_t depth = shape.size() / 16;
      const std::vector<float> patches = correlated_patches(depth, 4 * depth);
      Decomposition parts = fit_ternary(weights, shape, {terms});
      const double before = output_error(weights, weights_of(parts, shape), shape, patches);
      fit_codes_to_outputs(weights, shape, patches, {}, parts);
      const double after = output_error(weights, weights_of(parts, shape), shape, patches);
      EXPECT_LT(after, 0.85 * before) << shape.taps << " taps, " << terms << " terms";
    }
  }
}

TEST(OutputFit, FindsTheBestCodesOfASingleChannel) {
  EXPECT_TRUE(rc::check("no other code of the kernel loses less of its outputs", [] {
    const KernelShape shape{1, 1, *rc::gen::inRange(2, 6)};
    const std::vector<float> weights = random_weights(shape);
    const auto taps = std::size_t(shape.taps);
    const std::vector<float> patches = random_weights({1, 8, shape.taps});
    Decomposition parts = fit_ternary(weights, shape, {2});
    fit_codes_to_outputs(weights, shape, patches, {}, parts);
    double inputs = 0;  // the damping is 1% of their mean square, on each weight
    for (std::size_t t = 0; t < taps; ++t) {
      double sum = 0, square = 0;
      for (std::size_t n = 0; n < 8; ++n) {
        sum += double(patches[n * taps + t]);
        square += double(patches[n * taps + t]) * double(patches[n * taps + t]);
      }
      inputs += (square - sum * sum / 8) / double(taps);
    }
    const auto loss = [&](const Decomposition& tried) {
      const std::vector<float> made = weights_of(tried, shape);
      double damped = 8 * output_error(weights, made, shape, patches);
      for (std::size_t t = 0; t < taps; ++t) {
        damped += 0.01 * inputs * double(weights[t] - made[t]) * double(weights[t] - made[t]);
      }
      return damped;
    };
    const double found = loss(parts);
    for (int code = 0; code < 9; ++code) {
      Decomposition other = parts;
      other.coefficients = {std::int8_t(code / 3 - 1), std::int8_t(code % 3 - 1)};
      RC_ASSERT(found <= loss(other) * 1.001 + 1e-5);
    }
  }));
}

TEST(OutputFit, KeepsTheDensityAskedFor) {
  const KernelShape shape{32, 16, 9};
  const std::vector<float> weights = sine_weights(shape.size());
  const std::vector<float> patches = correlated_patches(144, 600);
  for (const double density : {0.05, 0.2, 0.4}) {
    Decomposition parts = fit_ternary(weights, shape, {6, density});
    fit_codes_to_outputs(weights, shape, patches, {density, 1}, parts);
    EXPECT_LE(density_of(parts), density);
    EXPECT_GT(density_of(parts), 0.8 * density);
  }
}

TEST(OutputFit, KeepsToThePatternAskedFor) {
  for (const KernelShape shape : {KernelShape{70, 12, 9}, KernelShape{16, 40, 1}}) {
    const std::vector<float> weights = sine_weights(shape.size());
    const std::size_t depth = shape.size() / std::size_t(shape.outputs);
    const std::vector<float> patches = correlated_patches(depth, 4 * depth);
    TernaryOptions fit{shape.taps > 1 ? 8 : 2};
    fit.pattern = NmPattern{2, 8};
    Decomposition parts = fit_ternary(weights, shape, fit);
    const double before = output_error(weights, weights_of(parts, shape), shape, patches);
    fit_codes_to_outputs(weights, shape, patches, {1, 2, fit.pattern}, parts);
    EXPECT_TRUE(keeps_to(parts.coefficients, shape.channels, 1, *fit.pattern));
    EXPECT_LT(output_error(weights, weights_of(parts, shape), shape, patches), before);
  }
}

TEST(OutputFit, ChangesNothingButCoefficientsAndDoesNotDependOnJobs) {
  const KernelShape shape{150, 8, 9};
  const std::vector<float> weights = sine_weights(shape.size());
  const std::vector<float> patches = correlated_patches(72, 300);
  const Decomposition before = fit_ternary(weights, shape, {4});
  Decomposition one = before, three = before;
  fit_codes_to_outputs(weights, shape, patches, {1, 1}, one);
  fit_codes_to_outputs(weights, shape, patches, {1, 3}, three);
  EXPECT_EQ(one, three);
  EXPECT_NE(one, before);
  one.coefficients = before.coefficients;
  EXPECT_EQ(one, before);
}

TEST(OutputFit, KeepsWhatCanBeHadExactly) {
  const KernelShape shape{4, 6, 9};
  const Decomposition exact = fit_ternary(sine_weights(shape.size()), shape, {5});
  Decomposition made = exact;
  fit_codes_to_outputs(weights_of(exact, shape), shape, correlated_patches(54, 200), {}, made);
  EXPECT_LT(relative_error(weights_of(exact, shape), weights_of(made, shape)), 1e-5);
}

TEST(OutputFit, SurvivesInputsOfZeros) {
  const KernelShape shape{3, 4, 9};
  const std::vector<float> weights = sine_weights(shape.size());
  Decomposition parts = fit_ternary(weights, shape, {6});
  fit_codes_to_outputs(weights, shape, std::vector<float>(360, 0.0f), {}, parts);
  EXPECT_LT(relative_error(weights, weights_of(parts, shape)), 0.9);
}

}  // namespace
}  // namespace escalate
