#include "compress/scalar_codes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "compress/ternary_codes.h"

namespace escalate {
namespace {

double number(int most) { return *rc::gen::inRange(-most, most + 1) / 100.0; }

TEST(ScalarCodes, FindWhatTryingAllFinds) {
  EXPECT_TRUE(rc::check("no other code is better, and none before it as good", [] {
    const int terms = *rc::gen::inRange(1, 6);
    const Eigen::MatrixXf candidates = ternary_codes(terms);
    Eigen::VectorXd basis(terms);
    for (int m = 0; m < terms; ++m) basis(m) = number(100);
    const ScalarCodes codes(candidates, basis);
    for (int i = 0; i < 10; ++i) {
      const double target = number(400);
      const double price = *rc::gen::element(0.0, 0.001, 0.05, 2.0);
      const auto error = [&](Eigen::Index z) {
        const double miss = candidates.row(z).cast<double>() * basis - target;
        return miss * miss + price * double(candidates.row(z).cwiseAbs().sum());
      };
      const Eigen::Index best = codes.best(target, price);
      for (Eigen::Index z = 0; z < candidates.rows(); ++z) {
        RC_ASSERT(error(best) <= error(z) + 1e-12);
      }
    }
  }));
}

TEST(ScalarCodes, PreferTheSparserOfEqualSums) {
  // 2 = 2 alone, or 1 + 1.
  const ScalarCodes codes(ternary_codes(3), Eigen::Vector3d(1, 1, 2));
  const Eigen::MatrixXf candidates = ternary_codes(3);
  EXPECT_EQ(candidates.row(codes.best(2, 0)).cwiseAbs().sum(), 1);
  EXPECT_EQ(candidates.row(codes.best(0, 0)).cwiseAbs().sum(), 0);
}

}  // namespace
}  // namespace escalate
