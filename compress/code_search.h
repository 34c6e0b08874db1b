// The best ternary code of many kernels at once, all codes of a few terms tried.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace escalate {

/// Finds for a kernel, of which f = B r is what the terms' basis kernels B make of it, the code z
/// with the least z'Gz - 2 z'f + price |z|_0, where G = BB'.
class CodeSearch {
 public:
  static constexpr int kLanes = 16;  ///< kernels that are looked at together

  /// One code of the first terms and one of the others.
  struct Candidate {
    int first, second;
    float own;  ///< z'Gz
  };

  /// `candidates`: codes [n][terms] as of ternary_codes(); gram: G.
  CodeSearch(const Eigen::MatrixXf& candidates, const Eigen::MatrixXd& gram);

  /// features: f, [terms][kLanes]; prices: [kLanes]; of equally good codes the first is found.
  void best(const float* features, const float* prices, Eigen::Index* found) const;

 private:
  int terms_, first_terms_;
  std::vector<Candidate> candidates_;
};

}  // namespace escalate
