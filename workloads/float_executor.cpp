#include "workloads/float_executor.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.h"

namespace escalate {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const RowMajor>;
using Map = Eigen::Map<RowMajor>;

float at(const Tensor& tensor, int c, int h, int w) {
  return tensor.values[(std::size_t(c) * tensor.shape.h + h) * tensor.shape.w + w];
}

// Columns of the inputs that each output position meets: [channels*R*S][P*Q].
RowMajor im2col(const Tensor& in, const Window& window, int first, int channels, const Shape& out) {
  RowMajor columns =
      RowMajor::Zero(Eigen::Index(channels) * window.r * window.s, Eigen::Index(out.h) * out.w);
  Eigen::Index row = 0;
  for (int c = 0; c < channels; ++c) {
    for (int r = 0; r < window.r; ++r) {
      for (int s = 0; s < window.s; ++s, ++row) {
        for (int p = 0; p < out.h; ++p) {
          const int h = p * window.stride_h + r * window.dilation_h - window.pad_top;
          if (h < 0 || h >= in.shape.h) continue;
          for (int q = 0; q < out.w; ++q) {
            const int w = q * window.stride_w + s * window.dilation_w - window.pad_left;
            if (w >= 0 && w < in.shape.w) columns(row, p * out.w + q) = at(in, first + c, h, w);
          }
        }
      }
    }
  }
  return columns;
}

void add_bias(const Node& node, Tensor& out) {
  if (node.bias.empty()) return;
  const std::size_t positions = std::size_t(out.shape.h) * out.shape.w;
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += node.bias[i / positions];
}

Tensor convolve(const Node& node, const std::vector<float>& weights, const Tensor& in) {
  Tensor out{node.out, std::vector<float>(node.out.size())};
  const int channels = in.shape.c / node.groups;
  const int outputs = node.out_channels / node.groups;
  const int depth = channels * node.window.r * node.window.s;
  const Eigen::Index positions = Eigen::Index(node.out.h) * node.out.w;
  for (int g = 0; g < node.groups; ++g) {
    const ConstMap kernels(&weights[std::size_t(g) * outputs * depth], outputs, depth);
    Map(&out.values[std::size_t(g) * outputs * positions], outputs, positions).noalias() =
        kernels * im2col(in, node.window, g * channels, channels, node.out);
  }
  add_bias(node, out);
  return out;
}

Tensor multiply(const Node& node, const std::vector<float>& weights, const Tensor& in) {
  Tensor out{node.out, std::vector<float>(node.out.size())};
  const auto size = Eigen::Index(in.values.size());
  Map(out.values.data(), node.out_channels, 1).noalias() =
      ConstMap(weights.data(), node.out_channels, size) * ConstMap(in.values.data(), size, 1);
  add_bias(node, out);
  return out;
}

Tensor pool(const Node& node, const Tensor& in) {
  Tensor out{node.out, {}};
  out.values.reserve(node.out.size());
  const Window& window = node.window;
  const bool is_max = node.op == OpKind::kMaxPool;
  // A window at p, q never counts what hangs over the padded map; padding inside it may count.
  const int rows = in.shape.h + window.pad_top + window.pad_bottom;
  const int columns = in.shape.w + window.pad_left + window.pad_right;
  for (int c = 0; c < node.out.c; ++c) {
    for (int p = 0; p < node.out.h; ++p) {
      for (int q = 0; q < node.out.w; ++q) {
        float result = is_max ? -std::numeric_limits<float>::infinity() : 0.0f;
        int count = 0;
        for (int r = 0; r < window.r; ++r) {
          for (int s = 0; s < window.s; ++s) {
            const int h = p * window.stride_h + r - window.pad_top;
            const int w = q * window.stride_w + s - window.pad_left;
            if (h < 0 || h >= in.shape.h || w < 0 || w >= in.shape.w) continue;
            const float value = at(in, c, h, w);
            result = is_max ? std::max(result, value) : result + value;
            ++count;
          }
        }
        if (node.count_include_pad) {
          count = std::min(window.r, rows - p * window.stride_h) *
                  std::min(window.s, columns - q * window.stride_w);
        }
        if (!is_max) result /= float(count);
        out.values.push_back(result);
      }
    }
  }
  return out;
}

Tensor global_average(const Tensor& in, const Shape& shape) {
  Tensor out{shape, {}};
  const auto positions = std::ptrdiff_t(in.shape.h) * in.shape.w;
  for (int c = 0; c < in.shape.c; ++c) {
    const Eigen::Map<const Eigen::ArrayXf> map(&in.values[std::size_t(c * positions)], positions);
    out.values.push_back(map.mean());
  }
  return out;
}

Tensor batch_normalise(const Node& node, const Tensor& in) {
  Tensor out = in;
  const std::size_t positions = std::size_t(in.shape.h) * in.shape.w;
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const std::size_t c = i / positions;
    out.values[i] = (out.values[i] - node.bn_mean[c]) /
                        std::sqrt(node.bn_variance[c] + node.bn_epsilon) * node.bn_scale[c] +
                    node.bn_bias[c];
  }
  return out;
}

Tensor softmax(const Tensor& in) {
  Tensor out = in;
  Eigen::Map<Eigen::ArrayXf> values(out.values.data(), Eigen::Index(out.values.size()));
  values = (values - values.maxCoeff()).exp();
  values /= values.sum();
  return out;
}

Tensor clip(const Tensor& in, float low, float high, float step = 0) {
  Tensor out = in;
  for (float& value : out.values) {
    if (step > 0) value = std::nearbyint(value / step) * step;
    value = std::clamp(value, low, high);
  }
  return out;
}

// combine(a, b) of each pair of elements, with extents of 1 read again.
template <class Combine>
Tensor combined(const Tensor& a, const Tensor& b, const Shape& shape, Combine&& combine) {
  Tensor out{shape, {}};
  out.values.reserve(std::size_t(shape.size()));
  const auto element = [](const Tensor& of, int c, int h, int w) {
    return at(of, of.shape.c == 1 ? 0 : c, of.shape.h == 1 ? 0 : h, of.shape.w == 1 ? 0 : w);
  };
  for (int c = 0; c < shape.c; ++c) {
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        out.values.push_back(combine(element(a, c, h, w), element(b, c, h, w)));
      }
    }
  }
  return out;
}

Tensor combine_two(const Node& node, const Tensor& a, const Tensor& b) {
  if (node.op == OpKind::kMultiply) {
    return combined(a, b, node.out, [](float x, float y) { return x * y; });
  }
  if (node.op == OpKind::kMinimum) {
    return combined(a, b, node.out, [](float x, float y) { return std::min(x, y); });
  }
  if (node.op == OpKind::kMaximum) {
    return combined(a, b, node.out, [](float x, float y) { return std::max(x, y); });
  }
  ensure(node.op == OpKind::kAdd, "an operation on two tensors");
  const float left = node.add_factor[0], right = node.add_factor[1];
  return combined(a, b, node.out, [=](float x, float y) { return left * x + right * y; });
}

Tensor apply(const PointwiseFunction& function, const Tensor& in) {
  Tensor out = in;
  const std::size_t positions = std::size_t(in.shape.h) * in.shape.w;
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = function(out.values[i], int(i / positions));
  }
  return out;
}

Tensor select(const Node& node, const std::vector<const Tensor*>& inputs) {
  std::vector<Shape> shapes;
  for (const Tensor* input : inputs) shapes.push_back(input->shape);
  Tensor out{node.out, {}};
  out.values.reserve(std::size_t(node.out.size()));
  for_each_selected(node.selection, shapes, [&](int input, std::size_t place) {
    out.values.push_back(input == Selection::kZero ? 0.0f
                                                   : inputs[std::size_t(input)]->values[place]);
  });
  return out;
}

Tensor run_one(const Node& node, const std::vector<float>& weights,
               const std::vector<const Tensor*>& inputs) {
  const Tensor& in = *inputs[0];
  switch (node.op) {
    case OpKind::kConv:
      return convolve(node, weights, in);
    case OpKind::kFullyConnected:
      return multiply(node, weights, in);
    case OpKind::kMaxPool:
    case OpKind::kAvgPool:
      return pool(node, in);
    case OpKind::kGlobalAvgPool:
      return global_average(in, node.out);
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kMinimum:
    case OpKind::kMaximum:
      return combine_two(node, in, *inputs[1]);
    case OpKind::kPointwise:
      return apply(node.function, in);
    case OpKind::kSelect:
      return select(node, inputs);
    case OpKind::kRelu:
      return clip(in, 0, std::numeric_limits<float>::infinity());
    case OpKind::kClip:
      return clip(in, node.clip_min, node.clip_max, node.clip_step);
    case OpKind::kBatchNorm:
      return batch_normalise(node, in);
    case OpKind::kFlatten:
      return {node.out, in.values};
    case OpKind::kSoftmax:
      return softmax(in);
    case OpKind::kConcat: {
      Tensor out{node.out, {}};
      for (const Tensor* part : inputs) {
        out.values.insert(out.values.end(), part->values.begin(), part->values.end());
      }
      return out;
    }
    case OpKind::kChannelPad: {
      Tensor out{node.out, std::vector<float>(node.out.size(), 0.0f)};
      const std::ptrdiff_t before = std::ptrdiff_t(node.pad_before) * in.shape.h * in.shape.w;
      std::copy(in.values.begin(), in.values.end(), out.values.begin() + before);
      return out;
    }
    case OpKind::kInput:
      break;
  }
  throw InternalError("an input node is not run");
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

FloatExecutor::FloatExecutor(const Graph& graph) : graph_(graph), weights_(graph.nodes.size()) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].is_weighted()) refresh(int(i));
  }
}

void FloatExecutor::refresh(int node) {
  const Node& layer = graph_.nodes[std::size_t(node)];
  const Shape in = graph_.input_shape_of(node);
  weights_[std::size_t(node)] =
      float_weights(layer, layer.op == OpKind::kConv ? in.c : int(in.size()));
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

Tensor FloatExecutor::run_node(int node, const std::vector<const Tensor*>& inputs) const {
  return run_one(graph_.nodes[std::size_t(node)], weights_[std::size_t(node)], inputs);
}

std::vector<Tensor> run_float(const Graph& graph, const Tensor& input) {
  return FloatExecutor(graph).run(input);
}

}  // namespace escalate
