// The best ternary codes of single numbers: sums of a few terms, each taken, left out or negated.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace escalate {

/// Terms of a 1x1 layer whose codes are searched together: 3^8 = 6561 sums.
inline constexpr int kScalarBlockTerms = 8;

/// Finds codes by bisection of the sorted sums, where kernels of several taps need all codes tried.
class ScalarCodes {
 public:
  /// `candidates`: ternary codes [n][terms] as of ternary_codes(), sparser ones first; `basis`:
  /// what each term is worth.
  ScalarCodes(const Eigen::MatrixXf& candidates, const Eigen::VectorXd& basis);

  /// The candidate z with the least (z'basis - target)^2 + price |z|_0; of several the first.
  Eigen::Index best(double target, double price) const;

 private:
  struct Sum {
    double value;
    Eigen::Index candidate;
  };
  using Sums = std::vector<Sum>;  ///< by value
  static void consider(const Sums& sums, double target, double price, double& least,
                       Eigen::Index& candidate);

  std::vector<Sums> by_count_;  ///< of codes with so many non-zeros
  Sums all_;                    ///< each value once, with its sparsest code
};

}  // namespace escalate
