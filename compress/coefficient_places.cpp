#include "compress/coefficient_places.h"

#include <Eigen/QR>

#include "common/error.h"
#include "workloads/nm_groups.h"

namespace escalate {

using Eigen::Index;

CoefficientPlaces::CoefficientPlaces(std::span<const float> weights, const KernelShape& shape,
                                     const Eigen::MatrixXd& basis, const NmPattern& pattern)
    : terms_(int(basis.rows())) {
  ensure(weights.size() == shape.size() && basis.cols() == shape.taps,
         "weights are [K][C/groups][R*S], and a basis is [M][R*S]");
  if (!has_groups(shape.channels, pattern)) return;
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor> kernels(weights.data(), Index(shape.kernels()), shape.taps);
  const Eigen::MatrixXd inverse = basis.completeOrthogonalDecomposition().pseudoInverse();
  RowMajor real(kernels.rows(), terms_);
  for (Index j = 0; j < kernels.rows(); ++j) {
    real.row(j) = (kernels.row(j).cast<double>() * inverse).cast<float>();
  }
  allowed_ =
      largest_of_groups({real.data(), std::size_t(real.size())}, shape.channels, terms_, pattern);
}

std::map<unsigned, std::vector<Index>> CoefficientPlaces::by_terms(
    const std::vector<Index>& kernels, int first, int count) const {
  const unsigned all = (1U << unsigned(count)) - 1;
  if (are_all()) return {{all, kernels}};
  std::map<unsigned, std::vector<Index>> made;
  for (const Index kernel : kernels) {
    unsigned terms = 0;
    for (int m = 0; m < count; ++m) {
      if (allows(kernel, first + m)) terms |= 1U << unsigned(m);
    }
    made[terms].push_back(kernel);
  }
  return made;
}

std::vector<Index> codes_within(const Eigen::MatrixXf& codes, unsigned terms) {
  std::vector<Index> rows;
  for (Index i = 0; i < codes.rows(); ++i) {
    bool is_within = true;
    for (Index m = 0; m < codes.cols(); ++m) {
      if (codes(i, m) != 0 && (terms >> unsigned(m) & 1) == 0) is_within = false;
    }
    if (is_within) rows.push_back(i);
  }
  return rows;
}

}  // namespace escalate
