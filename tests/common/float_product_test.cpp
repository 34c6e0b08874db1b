#include "common/float_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <tuple>
#include <utility>

namespace escalate {
namespace {

struct Factors {
  int rows, depth, columns;
  std::vector<float> left, right;  // [rows][depth], [depth][columns]
};

Factors random_factors(int rows, int depth, int columns) {
  std::mt19937 random(rows * 7919 + depth * 31 + columns);
  std::normal_distribution<float> normal;
  Factors factors{rows, depth, columns, {}, {}};
  for (int i = 0; i < rows * depth; ++i) factors.left.push_back(normal(random));
  for (int i = 0; i < depth * columns; ++i) factors.right.push_back(normal(random));
  return factors;
}

FillColumns columns_of(const Factors& factors) {
  return [&factors](int first, int depth, int column, float* panel) {
    for (int k = first; k < first + depth; ++k, panel += kProductColumns) {
      const float* row = &factors.right[std::size_t(k * factors.columns + column)];
      std::copy_n(row, std::min(kProductColumns, factors.columns - column), panel);
    }
  };
}

std::vector<float> product(const Factors& factors, ProductKernel kernel) {
  std::vector<float> out(std::size_t(factors.rows * factors.columns), -1.0f);
  multiply(ProductRows(factors.left, factors.rows, factors.depth), factors.columns,
           columns_of(factors), out.data(), kernel);
  return out;
}

float element(const Factors& factors, int row, int column) {
  float whole = 0;
  for (int first = 0; first < factors.depth; first += kProductDepth) {
    float sum = 0;
    for (int k = first; k < std::min(factors.depth, first + kProductDepth); ++k) {
      sum = std::fma(factors.left[std::size_t(row * factors.depth + k)],
                     factors.right[std::size_t(k * factors.columns + column)], sum);
    }
    whole = first == 0 ? sum : whole + sum;
  }
  return whole;
}

TEST(FloatProduct, IsTheSameToTheBitWithEveryInstructionSet) {
  for (const auto& [rows, depth, columns] :
       {std::tuple{1, 1, 1}, {1, 9, 33}, {3, 27, 32}, {8, 256, 64}, {9, 257, 31}, {70, 600, 100}}) {
    const Factors factors = random_factors(rows, depth, columns);
    std::vector<float> expected;
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) expected.push_back(element(factors, i, j));
    }
    for (const ProductKernel kernel : available_product_kernels()) {
      EXPECT_EQ(product(factors, kernel), expected) << rows << "x" << depth << "x" << columns;
    }
  }
}

// Operands of few bits and of all magnitudes meet halfway between floats, below the least normal
// one and above the largest.
TEST(FloatProduct, RoundsEachStepOnceWithEveryInstructionSet) {
  std::mt19937 random(1);
  const auto operand = [&](int magnitudes) {
    const float sign = random() % 2 == 0 ? 1.0f : -1.0f;
    const int bits = int(random() % 24);
    return sign * std::ldexp(float((1u << bits) + random() % (1u << bits)),
                             int(random() % unsigned(2 * magnitudes)) - magnitudes - bits);
  };
  for (int magnitudes : {2, 30, 75}) {
    for (int i = 0; i < 20000; ++i) {
      Factors factors{1, 3, 1, {}, {}};
      for (int k = 0; k < 3; ++k) {
        factors.left.push_back(operand(magnitudes));
        factors.right.push_back(operand(magnitudes));
      }
      const std::uint32_t expected = std::bit_cast<std::uint32_t>(element(factors, 0, 0));
      for (const ProductKernel kernel : available_product_kernels()) {
        const float made = product(factors, kernel)[0];
        ASSERT_EQ(std::bit_cast<std::uint32_t>(made), expected) << made;
      }
    }
  }
}

TEST(FloatProduct, PassesOnWhatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const ProductKernel kernel : available_product_kernels()) {
    EXPECT_EQ(product({1, 2, 1, {1, 1}, {infinity, 1}}, kernel)[0], infinity);
    EXPECT_EQ(product({1, 2, 1, {3e38f, 3e38f}, {1, 1}}, kernel)[0], infinity);
    EXPECT_TRUE(std::isnan(product({1, 2, 1, {1, 1}, {infinity, -infinity}}, kernel)[0]));
    EXPECT_TRUE(std::isnan(product({1, 2, 1, {0, 1}, {infinity, 1}}, kernel)[0]));
  }
}

TEST(FloatProduct, OfNothingInADimensionIsNothing) {
  const Factors factors = random_factors(4, 3, 0);
  EXPECT_TRUE(product(factors, available_product_kernels().front()).empty());
}

TEST(FloatProduct, GivesTheLowerTriangleOfAGramMatrix) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {5, 70}, {300, 33}, {513, 40}}) {
    const Factors factors = random_factors(0, rows, columns);
    std::vector<float> gram(std::size_t(columns * columns));
    lower_gram(factors.right, columns, gram.data());
    for (int i = 0; i < columns; ++i) {
      for (int j = 0; j <= i; ++j) {
        double sum = 0, size = 0;
        for (int n = 0; n < rows; ++n) {
          const double one = double(factors.right[std::size_t(n * columns + i)]) *
                             double(factors.right[std::size_t(n * columns + j)]);
          sum += one;
          size += std::abs(one);
        }
        EXPECT_NEAR(gram[std::size_t(i * columns + j)], sum, 1e-5 * size) << i << ", " << j;
      }
    }
  }
}

TEST(FloatProduct, OfAGramMatrixIsTheSameByAnyNumberOfThreads) {
  const Factors factors = random_factors(0, 600, 70);
  std::vector<float> one(70 * 70), three(70 * 70);
  lower_gram(factors.right, 70, one.data());
  lower_gram(factors.right, 70, three.data(), 3);
  for (std::size_t i = 0; i < 70; ++i) {
    for (std::size_t j = 0; j <= i; ++j) ASSERT_EQ(one[i * 70 + j], three[i * 70 + j]);
  }
}

}  // namespace
}  // namespace escalate
