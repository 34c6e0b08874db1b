// A network as something that can be trained: the graph with every layer differentiable.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "retrain/trained_layer.h"
#include "workloads/graph.h"

namespace escalate {

/// What a trained tensor is, which decides how it is trained.
enum class ParameterKind {
  kWeight,        ///< plain weights
  kCoefficient,   ///< real coefficients
  kLatent,        ///< latent coefficients of ternary ones
  kBasis,         ///< basis kernels
  kChannelValue,  ///< biases, channel scales, scales and offsets of batch norms
};

struct Parameter {
  std::string name;  ///< node and part, as in "conv1.basis"
  ParameterKind kind;
  at::Tensor tensor;
};

/// Scale, offset and statistics of a batch norm, [C] each.
struct TrainedBatchNorm {
  at::Tensor scale, offset, mean, variance;
  at::Tensor mask;  ///< 0 for channels that pruning has ended: their output stays 0; or undefined
};

/// Share of a batch in the running statistics of batch norms.
inline constexpr double kBatchShare = 0.1;

class TrainedNetwork {
 public:
  /// `graph` with shapes inferred; its weights are copied. Throws UserError naming a layer that has
  /// none.
  explicit TrainedNetwork(Graph graph, at::Device device = at::kCPU);

  /// Outputs [N][K] of images [N][C][H][W], in front of a final softmax. In training batch norms
  /// use, and follow, the statistics of the batch.
  at::Tensor forward(const at::Tensor& images, bool training);
  /// Outputs of all nodes [N][C][H][W].
  std::vector<at::Tensor> forward_all(const at::Tensor& images, bool training);

  /// From now on the outputs of these nodes are rounded to int8 multiples of their step (clipped to
  /// -128..127), and plain weights to 127 steps of each output channel, as the integer network
  /// computes. The gradient passes as if they were not, except where values are clipped. Without
  /// steps, outputs are real numbers again.
  void set_int8_steps(std::map<int, double> steps) { int8_steps_ = std::move(steps); }
  const std::map<int, double>& int8_steps() const { return int8_steps_; }

  /// What share a batch has in the statistics of batch norms that it is trained with.
  void set_batch_share(double share) { batch_share_ = share; }

  std::vector<Parameter> parameters() const;
  /// Parameters, statistics and masks by name: all that training changes.
  std::map<std::string, at::Tensor> state() const;
  /// Takes over a state() of a network of the same structure; its layers become what they are there
  /// (real basis kernels, masks). InternalError if the shapes differ.
  void load_state(const std::map<std::string, at::Tensor>& state);

  /// The network with the values that it has now. Real basis kernels become plain weights.
  Graph graph() const;
  /// The graph that the network was made from: its structure.
  const Graph& structure() const { return graph_; }

  /// Layers by index of their node.
  std::map<int, TrainedLayer>& layers() { return layers_; }
  const std::map<int, TrainedLayer>& layers() const { return layers_; }
  std::map<int, TrainedBatchNorm>& batch_norms() { return batch_norms_; }
  const std::map<int, TrainedBatchNorm>& batch_norms() const { return batch_norms_; }
  /// C/groups of a weighted node.
  int channels_of(int node) const;
  at::Device device() const { return device_; }

 private:
  at::Tensor run(int node, const std::vector<at::Tensor>& outputs, bool training);
  at::Tensor weight_of(int node) const;
  at::Tensor convolve(int node, const at::Tensor& in) const;
  at::Tensor multiply(int node, const at::Tensor& in) const;
  at::Tensor normalise(int node, const at::Tensor& in, bool training);

  Graph graph_;
  at::Device device_;
  std::map<int, TrainedLayer> layers_;
  std::map<int, TrainedBatchNorm> batch_norms_;
  std::map<int, double> int8_steps_;
  double batch_share_ = kBatchShare;
};

/// Pixels [n][C][H][W] as what the network reads: (pixel/255 - mean) / std, channels in its order.
/// Throws UserError if `transform` is not known or does not fit.
at::Tensor network_input(const std::vector<std::uint8_t>& pixels, const Shape& shape,
                         const InputTransform& transform, at::Device device);

}  // namespace escalate
