#include "compress/scalar_codes.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <tuple>

namespace escalate {

using Eigen::Index;

ScalarCodes::ScalarCodes(const Eigen::MatrixXf& candidates, const Eigen::VectorXd& basis)
    : by_count_(std::size_t(candidates.cols()) + 1) {
  const Eigen::VectorXd values = candidates.cast<double>() * basis;
  for (Index i = 0; i < candidates.rows(); ++i) {
    const auto count = std::size_t(candidates.row(i).cwiseAbs().sum());
    by_count_[count].push_back({values(i), i});
    all_.push_back({values(i), i});
  }
  // Candidates come with fewer non-zeros first.
  const auto before = [](const Sum& a, const Sum& b) {
    return std::tie(a.value, a.candidate) < std::tie(b.value, b.candidate);
  };
  for (Sums& sums : by_count_) std::sort(sums.begin(), sums.end(), before);
  std::sort(all_.begin(), all_.end(), before);
  const auto same = [](const Sum& a, const Sum& b) { return a.value == b.value; };
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
}

void ScalarCodes::consider(const Sums& sums, double target, double price, double& least,
                           Index& candidate) {
  const auto above =
      std::lower_bound(sums.begin(), sums.end(), target,
                       [](const Sum& sum, double value) { return sum.value < value; });
  const auto take = [&](const Sum& sum) {
    const double error = (sum.value - target) * (sum.value - target) + price;
    if (error < least || (error == least && sum.candidate < candidate)) {
      least = error;
      candidate = sum.candidate;
    }
  };
  if (above != sums.end()) take(*above);
  if (above == sums.begin()) return;
  // Of equal values below, the first has the sparsest code.
  auto below = above - 1;
  while (below != sums.begin() && (below - 1)->value == below->value) --below;
  take(*below);
}

Index ScalarCodes::best(double target, double price) const {
  double least = std::numeric_limits<double>::infinity();
  Index candidate = 0;
  if (price == 0) {
    consider(all_, target, 0, least, candidate);
    return candidate;
  }
  for (std::size_t count = 0; count < by_count_.size(); ++count) {
    const double paid = price * double(count);
    if (paid > least) break;
    consider(by_count_[count], target, paid, least, candidate);
  }
  return candidate;
}

}  // namespace escalate
