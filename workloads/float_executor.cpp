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

/// Replaces each value of channel c by map(value, c).
template <class Map>
void by_channel(Tensor& tensor, Map&& map) {
  const std::size_t positions = std::size_t(tensor.shape.h) * std::size_t(tensor.shape.w);
  float* value = tensor.values.data();
  for (int c = 0; c < tensor.shape.c; ++c) {
    for (const float* end = value + positions; value != end; ++value) *value = map(*value, c);
  }
}

void add_bias(const Node& node, Tensor& out) {
  if (node.bias.empty()) return;
  by_channel(out, [&, bias = node.bias.data()](float value, int c) { return value + bias[c]; });
}

Tensor convolve(const Node& node, const FloatConvolution& convolution, const Tensor& in) {
  Tensor out{node.out, convolution.sums(in)};
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

/// What lies within the input, along one axis, of a window that starts at `first`.
struct Reach {
  Reach(int first, int length, int extent)
      : begin(std::max(0, first)), end(std::min(extent, first + length)) {}
  int begin, end;
};

/// Largest value or sum of a window.
float pooled(const float* map, int width, const Reach& rows, const Reach& columns, bool is_max) {
  float result = is_max ? -std::numeric_limits<float>::infinity() : 0.0f;
  for (int h = rows.begin; h < rows.end; ++h) {
    for (int w = columns.begin; w < columns.end; ++w) {
      const float value = map[std::ptrdiff_t(h) * width + w];
      result = is_max ? std::max(result, value) : result + value;
    }
  }
  return result;
}

Tensor pool(const Node& node, const Tensor& in) {
  Tensor out{node.out, {}};
  out.values.reserve(node.out.size());
  const Window& window = node.window;
  const bool is_max = node.op == OpKind::kMaxPool;
  // A window at p, q never counts what hangs over the padded map; padding inside it may count.
  const int height = in.shape.h + window.pad_top + window.pad_bottom;
  const int width = in.shape.w + window.pad_left + window.pad_right;
  for (int c = 0; c < node.out.c; ++c) {
    const float* map = in.values.data() + std::ptrdiff_t(c) * in.shape.h * in.shape.w;
    for (int p = 0; p < node.out.h; ++p) {
      const int top = p * window.stride_h;
      const Reach rows(top - window.pad_top, window.r, in.shape.h);
      for (int q = 0; q < node.out.w; ++q) {
        const int left = q * window.stride_w;
        const Reach columns(left - window.pad_left, window.s, in.shape.w);
        float result = pooled(map, in.shape.w, rows, columns, is_max);
        if (!is_max) {
          const int count =
              node.count_include_pad
                  ? std::min(window.r, height - top) * std::min(window.s, width - left)
                  : std::max(0, rows.end - rows.begin) * std::max(0, columns.end - columns.begin);
          result /= float(count);
        }
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
  by_channel(out, [&](float value, int c) {
    const auto i = std::size_t(c);
    return (value - node.bn_mean[i]) / std::sqrt(node.bn_variance[i] + node.bn_epsilon) *
               node.bn_scale[i] +
           node.bn_bias[i];
  });
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
  if (step > 0) {
    for (float& value : out.values) value = std::nearbyint(value / step) * step;
  }
  for (float& value : out.values) value = std::clamp(value, low, high);
  return out;
}

// combine(a, b) of each pair of elements, with extents of 1 read again.
template <class Combine>
Tensor combined(const Tensor& a, const Tensor& b, const Shape& shape, Combine&& combine) {
  if (a.shape == shape && b.shape == shape) {
    Tensor out = a;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      out.values[i] = combine(out.values[i], b.values[i]);
    }
    return out;
  }
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
  by_channel(out, [&](float value, int c) { return function(value, c); });
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

/// A node without weights.
Tensor run_one(const Node& node, const std::vector<const Tensor*>& inputs) {
  const Tensor& in = *inputs[0];
  switch (node.op) {
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
    case OpKind::kConv:
    case OpKind::kFullyConnected:
      break;
  }
  throw InternalError("an input node is not run, and one with weights not without them");
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

Tensor FloatExecutor::run_node(int node, const std::vector<const Tensor*>& inputs) const {
  const Node& layer = graph_.nodes[std::size_t(node)];
  if (layer.op == OpKind::kConv) {
    return convolve(layer, *convolutions_[std::size_t(node)], *inputs[0]);
  }
  if (layer.op == OpKind::kFullyConnected) {
    return multiply(layer, weights_[std::size_t(node)], *inputs[0]);
  }
  return run_one(layer, inputs);
}

std::vector<Tensor> run_float(const Graph& graph, const Tensor& input) {
  return FloatExecutor(graph).run(input);
}

}  // namespace escalate
