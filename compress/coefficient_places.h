// Ternary coefficients in an N:M pattern: where they may differ from zero.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "compress/kernel_svd.h"
#include "workloads/nm_pattern.h"

namespace escalate {

class CoefficientPlaces {
 public:
  /// All of them may.
  CoefficientPlaces() = default;
  /// Of each group of consecutive input channels those may whose unquantised coefficients are the
  /// largest in magnitude: those of the singular value decomposition of `weights`
  /// [K][C/groups][R*S] into `terms` kernels, or of 1x1 kernels the weights, for every term alike.
  CoefficientPlaces(std::span<const float> weights, const KernelShape& shape, int terms,
                    const NmPattern& pattern);

  bool are_all() const { return allowed_.empty(); }
  /// Whether the coefficient of term `term` of a kernel may differ from 0.
  bool allows(Eigen::Index kernel, int term) const {
    return are_all() || allowed_[std::size_t(kernel) * std::size_t(terms_) + std::size_t(term)];
  }

  /// The kernels of which the same ones of `count` terms from `first` on may differ from 0, and
  /// which these are: a bit each, that of the first being 1.
  std::map<unsigned, std::vector<Eigen::Index>> by_terms(const std::vector<Eigen::Index>& kernels,
                                                         int first, int count) const;

 private:
  int terms_ = 0;
  std::vector<bool> allowed_;  ///< [K][C/groups][M]; empty: all
};

/// Rows of `codes` [n][terms] that are 0 in every term whose bit is missing from `terms`.
std::vector<Eigen::Index> codes_within(const Eigen::MatrixXf& codes, unsigned terms);

}  // namespace escalate
