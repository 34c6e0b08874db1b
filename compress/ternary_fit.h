// Ternary coefficients and int8 basis kernels of a layer: ESCALATE's hybrid quantisation (MICRO
// 2021) on top of PENNI's decomposition, fitted to the weights.
#pragma once

#include <optional>
#include <span>

#include "compress/kernel_svd.h"
#include "workloads/graph.h"

namespace escalate {

struct TernaryOptions {
  int terms = 6;       ///< M; of 1x1 and fully connected layers the number of ternary terms
  double density = 1;  ///< largest share of the coefficients that may be non-zero (0 to 1)
  int max_rounds = 30;
  std::optional<NmPattern> pattern = {};  ///< of coefficients along the input channels
};

/// Finds What[k,c] = s_k b sum_m Ce[k,m,c] B[m] near `weights` [K][C/groups][R*S]: Ce in {-1,0,1},
/// B int8, s_k > 0. The squared error over the layer falls in every step of an alternation:
///   1. codes: for each kernel the best of all 3^6 combinations of up to six terms at a time, the
///      others held (so for M <= 6 the best codes there are); of 1x1 kernels, up to eight terms;
///   2. basis: least squares, weighted by s_k^2;
///   3. channel scales: least squares, one a channel.
/// It starts from the thresholded SVD (1x1: from terms fitted one after the other, each to the
/// residual of the last) and ends when a round gains less than 0.01%. Of a layer of more than
/// 16,384 kernels, every n-th input channel decides the basis first, then three rounds suit it to
/// all. The basis is rounded to int8, then codes and channel scales are fitted to what it has
/// become. With density < 1 each non-zero coefficient costs a Lagrange multiplier, the smallest at
/// which the layer keeps the density. With a pattern codes are 0 outside of CoefficientPlaces. A
/// 1x1 layer of one term has basis {1} and basis scale 1: all magnitude is in s_k.
Decomposition fit_ternary(std::span<const float> weights, const KernelShape& shape,
                          const TernaryOptions& options);

/// The bare threshold (TWN, arXiv 1605.04711, on the coefficients of the SVD): |a| > 0.7 mean |a|
/// of the term becomes its sign, each term's magnitude goes into its basis kernel. What
/// fit_ternary() starts from (R*S > 1), and is never worse than.
Decomposition threshold_ternary(std::span<const float> weights, const KernelShape& shape,
                                int terms);

/// ||W - What|| / ||W|| (Frobenius) of weights [K][C/groups][R*S]; 0 for W = 0.
double relative_error(std::span<const float> weights, std::span<const float> approximation);

}  // namespace escalate
