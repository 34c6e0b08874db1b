#include "compress/coefficient_places.h"

#include "common/error.h"
#include "workloads/nm_groups.h"

namespace escalate {

using Eigen::Index;

namespace {

/// [K][C/groups][M]
std::vector<float> real_coefficients(std::span<const float> weights, const KernelShape& shape,
                                     int terms) {
  if (shape.taps > 1) return kernel_svd(weights, shape, terms).coefficients;
  std::vector<float> coefficients;
  for (const float weight : weights) coefficients.insert(coefficients.end(), terms, weight);
  return coefficients;
}

}  // namespace

CoefficientPlaces::CoefficientPlaces(std::span<const float> weights, const KernelShape& shape,
                                     int terms, const NmPattern& pattern)
    : terms_(terms) {
  ensure(weights.size() == shape.size(), "weights are [K][C/groups][R*S]");
  if (!has_groups(shape.channels, pattern)) return;
  allowed_ =
      largest_of_groups(real_coefficients(weights, shape, terms), shape.channels, terms, pattern);
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
