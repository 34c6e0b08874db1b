// The float reference of a network, for compression and as the accuracy to compare with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "workloads/float_convolution.h"
#include "workloads/graph.h"
#include "workloads/tensor.h"

namespace escalate {

/// Weights [K][C/groups][R][S] of a weighted node: its own, or those that its decomposition stands
/// for, scale_k * basis_scale * sum_m coefficients[k,m,c] basis[m]. Throws UserError for a drawn
/// layer, which has none.
std::vector<float> float_weights(const Node& node, int in_channels);

/// Every node's output for one image. Throws UserError naming a layer without weights, or an input
/// that is not of the network's shape.
std::vector<Tensor> run_float(const Graph& graph, const Tensor& input);

/// The same with the weights of decomposed layers reconstructed once, for many images.
class FloatExecutor {
 public:
  explicit FloatExecutor(const Graph& graph);
  std::vector<Tensor> run(const Tensor& input) const;
  /// Takes the weights of a node again, which have changed in the graph.
  void refresh(int node);
  /// Output of one node (not the input) from those of the nodes it reads.
  Tensor run_node(int node, const std::vector<const Tensor*>& inputs) const;
  /// The same for several images, given by what the node reads of each.
  std::vector<Tensor> run_node(int node, std::span<const std::vector<const Tensor*>> images) const;
  /// How many images run_node() does best together.
  std::int64_t images_together(int node) const;

 private:
  std::vector<Tensor> convolve(int node, std::span<const Tensor* const> inputs) const;

  const Graph& graph_;
  std::vector<std::optional<FloatConvolution>> convolutions_;  ///< by node
  std::vector<std::vector<float>> weights_;                    ///< of fully connected nodes
};

}  // namespace escalate
