#include "workloads/float_executor.h"

#include <Eigen/Core>
#include <utility>

#include "common/error.h"
#include "workloads/layers/by_channel.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const RowMajor>;
using Map = Eigen::Map<RowMajor>;

void add_bias(const Node& node, Tensor& out) {
  if (node.bias.empty()) return;
  by_channel(out, [&, bias = node.bias.data()](float value, int c) { return value + bias[c]; });
}

Tensor multiply(const Node& node, const std::vector<float>& weights, const Tensor& in) {
  Tensor out{node.out, std::vector<float>(node.out.size())};
  const auto size = Eigen::Index(in.values.size());
  Map(out.values.data(), node.out_channels, 1).noalias() =
      ConstMap(weights.data(), node.out_channels, size) * ConstMap(in.values.data(), size, 1);
  add_bias(node, out);
  return out;
}

}  // namespace

std::vector<float> float_weights(const Node& node, int in_channels) {
  if (!node.decomposition) {
    if (node.weights.empty()) throw UserError(SourcePlace{"", 0, node.name}, "has no weights");
    return node.weights;
  }
  const Decomposition& parts = *node.decomposition;
  const std::size_t taps = std::size_t(node.window.r) * node.window.s;
  const std::size_t channels =
      parts.coefficients.size() / (std::size_t(node.out_channels) * parts.terms);
  ensure(channels == std::size_t(in_channels) / node.groups, "coefficients are [K][M][C/groups]");
  std::vector<float> weights(node.out_channels * channels * taps, 0.0f);
  for (int k = 0; k < node.out_channels; ++k) {
    const float scale = parts.channel_scale[k] * parts.basis_scale;
    for (int m = 0; m < parts.terms; ++m) {
      for (std::size_t c = 0; c < channels; ++c) {
        const int code = parts.coefficients[(std::size_t(k) * parts.terms + m) * channels + c];
        if (code == 0) continue;
        float* kernel = &weights[(k * channels + c) * taps];
        for (std::size_t t = 0; t < taps; ++t) {
          kernel[t] += scale * float(code * parts.basis[m * taps + t]);
        }
      }
    }
  }
  return weights;
}

FloatExecutor::FloatExecutor(const Graph& graph)
    : graph_(graph), convolutions_(graph.nodes.size()), weights_(graph.nodes.size()) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].is_weighted()) refresh(int(i));
  }
}

void FloatExecutor::refresh(int node) {
  const Node& layer = graph_.nodes[std::size_t(node)];
  const Shape in = graph_.input_shape_of(node);
  if (layer.op == OpKind::kConv) {
    convolutions_[std::size_t(node)].emplace(layer, float_weights(layer, in.c));
  } else {
    weights_[std::size_t(node)] = float_weights(layer, int(in.size()));
  }
}

std::vector<Tensor> FloatExecutor::run(const Tensor& input) const {
  if (input.shape != graph_.nodes[0].out) {
    throw UserError("the image is not of the network's input shape");
  }
  std::vector<Tensor> outputs = {input};
  outputs.reserve(graph_.nodes.size());
  for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
    std::vector<const Tensor*> inputs;
    for (const int j : graph_.nodes[i].inputs) inputs.push_back(&outputs[j]);
    outputs.push_back(run_node(int(i), inputs));
  }
  return outputs;
}

std::int64_t FloatExecutor::images_together(int node) const {
  const auto& convolution = convolutions_[std::size_t(node)];
  return convolution ? convolution->images_together() : 1;
}

std::vector<Tensor> FloatExecutor::convolve(int node, std::span<const Tensor* const> inputs) const {
  std::vector<Tensor> outputs = convolutions_[std::size_t(node)]->sums(inputs);
  for (Tensor& out : outputs) add_bias(graph_.nodes[std::size_t(node)], out);
  return outputs;
}

std::vector<Tensor> FloatExecutor::run_node(
    int node, std::span<const std::vector<const Tensor*>> images) const {
  if (convolutions_[std::size_t(node)]) {
    std::vector<const Tensor*> inputs;
    for (const auto& image : images) inputs.push_back(image[0]);
    return convolve(node, inputs);
  }
  std::vector<Tensor> outputs;
  for (const auto& image : images) outputs.push_back(run_node(node, image));
  return outputs;
}

Tensor FloatExecutor::run_node(int node, const std::vector<const Tensor*>& inputs) const {
  const Node& layer = graph_.nodes[std::size_t(node)];
  if (layer.op == OpKind::kConv) return std::move(convolve(node, {inputs.data(), 1}).front());
  if (layer.op == OpKind::kFullyConnected) {
    return multiply(layer, weights_[std::size_t(node)], *inputs[0]);
  }
  return kind_of(layer).run(layer, inputs);
}

std::vector<Tensor> run_float(const Graph& graph, const Tensor& input) {
  return FloatExecutor(graph).run(input);
}

}  // namespace escalate
