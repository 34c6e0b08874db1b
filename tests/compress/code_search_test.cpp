#include "compress/code_search.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "compress/ternary_codes.h"

namespace escalate {
namespace {

using Index = Eigen::Index;
using Features = Eigen::Matrix<float, Eigen::Dynamic, CodeSearch::kLanes, Eigen::RowMajor>;

double score(const Eigen::VectorXd& code, const Eigen::MatrixXd& gram,
             const Eigen::VectorXd& features, double price) {
  return code.dot(gram * code) - 2 * code.dot(features) + price * code.cwiseAbs().sum();
}

TEST(CodeSearch, FindsTheCodeOfLeastScoreOfEachKernel) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (int terms = 1; terms <= kBlockTerms; ++terms) {
    const Eigen::MatrixXf codes = ternary_codes(terms);
    const Eigen::MatrixXd basis =
        Eigen::MatrixXd::NullaryExpr(terms, 9, [&] { return normal(random); });
    const Eigen::MatrixXd gram = basis * basis.transpose();
    const Features features =
        Features::NullaryExpr(terms, CodeSearch::kLanes, [&] { return float(9 * normal(random)); });
    float prices[CodeSearch::kLanes];
    for (int i = 0; i < CodeSearch::kLanes; ++i) prices[i] = float(i) / 3;
    Index found[CodeSearch::kLanes];
    CodeSearch(codes, gram).best(features.data(), prices, found);
    for (int i = 0; i < CodeSearch::kLanes; ++i) {
      const auto score_of = [&](Index candidate) {
        return score(codes.row(candidate).transpose().cast<double>(), gram,
                     features.col(i).cast<double>(), prices[i]);
      };
      double least = std::numeric_limits<double>::infinity();
      for (Index j = 0; j < codes.rows(); ++j) least = std::min(least, score_of(j));
      EXPECT_NEAR(score_of(found[i]), least, 1e-3) << terms << " terms, kernel " << i;
    }
  }
}

TEST(CodeSearch, TakesTheSparsestOfCodesThatAreEquallyGood) {
  const Eigen::MatrixXf codes = ternary_codes(2);
  // Two terms of the same basis kernel, and a kernel that is once it: either alone is right.
  const Eigen::MatrixXd gram = Eigen::MatrixXd::Ones(2, 2);
  const Features features = Features::Ones(2, CodeSearch::kLanes);
  const float prices[CodeSearch::kLanes] = {};
  Index found[CodeSearch::kLanes];
  CodeSearch(codes, gram).best(features.data(), prices, found);
  for (const Index candidate : found) EXPECT_EQ(candidate, 1);
  EXPECT_EQ(codes.row(1).cwiseAbs().sum(), 1);
}

}  // namespace
}  // namespace escalate
