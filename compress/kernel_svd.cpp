#include "compress/kernel_svd.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

using RowMajorFloat = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The R factor of the kernels' QR decomposition, built up block by block: it has the same singular
/// values and right singular vectors, and R*S rows where the kernels may have millions.
Eigen::MatrixXd triangular_factor(const Eigen::Map<const RowMajorFloat>& kernels) {
  constexpr Eigen::Index kBlock = 1024;
  const Eigen::Index taps = kernels.cols();
  Eigen::MatrixXd factor(0, taps);
  for (Eigen::Index first = 0; first < kernels.rows(); first += kBlock) {
    const Eigen::Index rows = std::min(kBlock, kernels.rows() - first);
    Eigen::MatrixXd stacked(factor.rows() + rows, taps);
    stacked.topRows(factor.rows()) = factor;
    stacked.bottomRows(rows) = kernels.middleRows(first, rows).cast<double>();
    if (stacked.rows() <= taps) {
      factor = std::move(stacked);
      continue;
    }
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(stacked);
    factor = qr.matrixQR().topRows(taps).triangularView<Eigen::Upper>();
  }
  return factor;
}

}  // namespace

KernelSvd kernel_svd(std::span<const float> weights, const KernelShape& shape, int terms) {
  ensure(weights.size() == shape.size(), "weights are [K][C/groups][R*S]");
  ensure(terms >= 1 && terms <= shape.taps, "an SVD has between 1 and R*S terms");
  const Eigen::Map<const RowMajorFloat> kernels(weights.data(), Eigen::Index(shape.kernels()),
                                                shape.taps);
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(triangular_factor(kernels), Eigen::ComputeFullV);
  const Eigen::VectorXd& singular = svd.singularValues();

  KernelSvd result;
  result.terms = terms;
  result.singular.assign(singular.data(), singular.data() + singular.size());
  const RowMajor basis = svd.matrixV().leftCols(terms).transpose();
  result.basis.assign(basis.data(), basis.data() + basis.size());
  const RowMajorFloat coefficients = kernels * basis.cast<float>().transpose();
  result.coefficients.assign(coefficients.data(), coefficients.data() + coefficients.size());
  const double all = singular.squaredNorm();
  const Eigen::Index lost = std::max<Eigen::Index>(0, singular.size() - terms);
  result.relative_error = all > 0 ? std::sqrt(singular.tail(lost).squaredNorm() / all) : 0.0;
  return result;
}

}  // namespace escalate
