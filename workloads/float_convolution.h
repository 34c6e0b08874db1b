// A convolution in floats, as a product of kernels and patches of the input.
#pragma once

#include <span>
#include <vector>

#include "common/float_product.h"
#include "workloads/graph.h"
#include "workloads/tensor.h"

namespace escalate {

class FloatConvolution {
 public:
  /// weights: [K][C/groups][R][S].
  FloatConvolution(const Node& node, std::span<const float> weights);

  /// The sums [K][P][Q] for one image, without the bias; the same on every host (multiply()).
  std::vector<float> sums(const Tensor& in) const;

 private:
  Window window_;
  Shape out_;
  std::vector<ProductRows> kernels_;  ///< by group: [K/groups][C/groups R S]
};

}  // namespace escalate
