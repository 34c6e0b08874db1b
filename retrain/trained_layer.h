// The weights of one layer while it is trained: plain ones, PENNI's shared basis kernels with real
// coefficients (ICML 2020, section 3.2), or ESCALATE's ternary coefficients with an int8 basis.
#pragma once

#include <ATen/ATen.h>

#include "workloads/graph.h"

namespace escalate {

/// What a layer's weights are computed from.
enum class Weighting {
  kPlain,      ///< themselves
  kRealBasis,  ///< sum_m coefficients[k,m,c] basis[m]
  kTernary     ///< s_k sum_m ternary(coefficients[k,m,c]) int8(basis[m])
};

/// Latent coefficients beyond this are -1 or 1, the others 0.
inline constexpr double kTernaryThreshold = 0.5;
/// Latent coefficients are kept within this after each step: one that could run away would never
/// come back.
inline constexpr double kLargestLatent = 1.5;

/// `value` exactly, with the gradient of `latent` (straight-through estimator).
at::Tensor straight_through(const at::Tensor& latent, const at::Tensor& value);

/// -1, 0 or 1 for each latent coefficient; no gradient.
at::Tensor ternary_codes_of(const at::Tensor& latent);

/// Step of the int8 basis: the largest magnitude is 127 steps. A tensor of no dimensions.
at::Tensor basis_scale_of(const at::Tensor& basis);

struct TrainedLayer {
  Weighting weighting = Weighting::kPlain;
  at::Tensor weight;         ///< kPlain: [K][C/groups][R][S]
  at::Tensor coefficients;   ///< else [K][M][C/groups]; latent ones if ternary
  at::Tensor basis;          ///< else [M][R][S], real
  at::Tensor channel_scale;  ///< kTernary: s_k [K]
  at::Tensor bias;           ///< [K], or undefined
  /// Mask in the shape of `weight` or `coefficients`: 0 where they are pruned, else 1. Undefined:
  /// none.
  at::Tensor mask;

  /// The layer as `node` has it: kTernary where it has a Decomposition, else kPlain. `channels` is
  /// C/groups.
  static TrainedLayer from_node(const Node& node, int channels);
  /// Puts weights or Decomposition, and the bias, into `node`. Real basis kernels become the
  /// weights that they stand for.
  void store(Node& node) const;

  /// Weights [K][C/groups][R][S] that the layer computes with; pruned ones are 0.
  at::Tensor effective_weight() const;
  /// The tensor that pruning and l1 are about: coefficients, or the plain weights.
  at::Tensor& sparse() { return weighting == Weighting::kPlain ? weight : coefficients; }
  const at::Tensor& sparse() const {
    return weighting == Weighting::kPlain ? weight : coefficients;
  }
  /// How many of them are zero as the layer computes.
  std::int64_t num_zeros() const;
};

/// A tensor of these values, as int8 or float.
at::Tensor tensor_of(const std::vector<float>& values, at::IntArrayRef shape);
std::vector<float> floats_of(const at::Tensor& tensor);

}  // namespace escalate
