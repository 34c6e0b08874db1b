#include "compress/cholesky.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

namespace escalate {
namespace {

/// Positive definite, [size][size], with nothing of use above the diagonal.
Eigen::MatrixXd lower_half(int size) {
  Eigen::MatrixXd rows(size, size);
  for (Eigen::Index i = 0; i < rows.size(); ++i) rows.data()[i] = *rc::gen::inRange(-100, 100);
  Eigen::MatrixXd matrix = rows * rows.transpose() + Eigen::MatrixXd::Identity(size, size);
  matrix.triangularView<Eigen::StrictlyUpper>().setConstant(
      std::numeric_limits<double>::quiet_NaN());
  return matrix;
}

Eigen::MatrixXd factor_in(const Eigen::MatrixXd& matrix) {
  return matrix.triangularView<Eigen::Lower>();
}

TEST(Cholesky, TheFactorTimesItsTransposeIsTheMatrix) {
  EXPECT_TRUE(rc::check("of one panel, of whole panels and of more", [] {
    const Eigen::MatrixXd matrix = lower_half(*rc::gen::element(1, 7, 128, 129, 300));
    Eigen::MatrixXd factor = matrix;
    RC_ASSERT(factorise_lower(factor, 2));
    const Eigen::MatrixXd made = factor_in(factor) * factor_in(factor).transpose();
    RC_ASSERT((factor.diagonal().array() > 0).all());
    RC_ASSERT(factor_in(made - matrix).norm() <= 1e-12 * made.norm());
  }));
}

TEST(Cholesky, TheNumberOfThreadsDoesNotChangeABit) {
  EXPECT_TRUE(rc::check("one, two and three", [] {
    const Eigen::MatrixXd matrix = lower_half(*rc::gen::inRange(1, 400));
    Eigen::MatrixXd one = matrix, two = matrix, three = matrix;
    RC_ASSERT(factorise_lower(one, 1) && factorise_lower(two, 2) && factorise_lower(three, 3));
    RC_ASSERT(factor_in(one) == factor_in(two));
    RC_ASSERT(factor_in(one) == factor_in(three));
  }));
}

TEST(Cholesky, AMatrixThatIsNotPositiveDefiniteHasNone) {
  EXPECT_TRUE(rc::check("wherever its diagonal is not positive", [] {
    const int size = *rc::gen::inRange(1, 300);
    Eigen::MatrixXd matrix = lower_half(size);
    const int place = *rc::gen::inRange(0, size);
    matrix(place, place) = -1;
    RC_ASSERT(!factorise_lower(matrix, 2));
  }));
}

}  // namespace
}  // namespace escalate
