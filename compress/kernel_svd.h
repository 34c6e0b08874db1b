// PENNI's phase A (PENNI, ICML 2020, section 3.1): a layer's kernels as rows of a matrix, and the
// singular value decomposition of that matrix.
#pragma once

#include <span>
#include <vector>

namespace escalate {

/// Extents of a layer's weights [K][C/groups][R*S]: K*C/groups kernels of R*S taps each.
struct KernelShape {
  int outputs = 0;   ///< K
  int channels = 0;  ///< C/groups
  int taps = 0;      ///< R*S
  std::size_t kernels() const { return static_cast<std::size_t>(outputs) * channels; }
  std::size_t size() const { return kernels() * taps; }
};

/// The best approximation of all kernels by M shared ones (Eckart-Young).
struct KernelSvd {
  int terms = 0;
  std::vector<double> basis;        ///< [M][R*S], right singular vectors, orthonormal rows
  std::vector<float> coefficients;  ///< [K*C/groups][M]: each kernel projected on the basis
  std::vector<double> singular;     ///< all min(K*C, R*S) singular values, largest first
  double relative_error = 0;        ///< Frobenius norm of what is lost over that of the weights
};

/// Plain SVD (not centred) of `weights` [K][C/groups][R*S] reshaped to (K*C/groups) x (R*S); the
/// top `terms` right singular vectors. 1 <= terms <= R*S. Exact for terms = R*S.
KernelSvd kernel_svd(std::span<const float> weights, const KernelShape& shape, int terms);

}  // namespace escalate
