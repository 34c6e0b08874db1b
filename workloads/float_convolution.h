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

  /// The sums [K][P][Q] of each image, without the bias; the same on every host (multiply()) and
  /// with every number of images.
  std::vector<Tensor> sums(std::span<const Tensor* const> images) const;
  /// How many images together leave next to no column of the product empty.
  int images_together() const;

 private:
  /// From sums [K][images][P][Q] those of each.
  std::vector<Tensor> image_by_image(std::span<const float> sums, std::size_t images) const;

  Window window_;
  Shape out_;
  std::vector<ProductRows> kernels_;  ///< by group: [K/groups][C/groups R S]
};

}  // namespace escalate
