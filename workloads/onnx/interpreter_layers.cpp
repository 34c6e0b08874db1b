// What is a layer inside a network and may stand behind it, too: pools of scores, the mean of a
// distribution as a convolution or product by constants.
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <limits>

#include "workloads/graph.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/operators/window.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;

// A tensor [N, C, H, W], or [N, C, W] of one row.
struct Maps {
  const OnnxTensor& tensor;
  std::int64_t images, channels;
  int h, w;

  std::size_t rank() const { return tensor.dims.size(); }
  const float* plane(std::int64_t image, std::int64_t channel) const {
    return tensor.floats.data() + (image * channels + channel) * h * w;
  }
};

Maps maps_of(const OnnxNode& node, const OnnxTensor& tensor) {
  const std::size_t rank = tensor.dims.size();
  if ((rank != 3 && rank != 4) || !tensor.is_floating() || tensor.size() == 0) {
    node.fail("expected a map [N, C, H, W] of floats");
  }
  const int h = rank == 4 ? node.extent("its height", tensor.dims[2]) : 1;
  return {tensor, tensor.dims[0], tensor.dims[1], h, node.extent("its width", tensor.dims.back())};
}

OnnxTensor windows_of(const OnnxNode& node, const Maps& in, std::int64_t channels, int h, int w) {
  OnnxDims dims = {in.images, channels, h, w};
  if (in.rank() == 3) dims.erase(dims.begin() + 2);
  if (h < 1 || w < 1) node.fail("its window is larger than what it reads");
  check_size(node, dims);
  return {in.tensor.type, dims};
}

// Calls `take(place in the window, place in the map)` for all elements of the map in a window.
template <class Take>
void for_each_inside(const Window& window, const Maps& in, int p, int q, Take take) {
  for (int r = 0; r < window.r; ++r) {
    const std::int64_t h =
        std::int64_t{p} * window.stride_h + std::int64_t{r} * window.dilation_h - window.pad_top;
    if (h < 0 || h >= in.h) continue;
    for (int s = 0; s < window.s; ++s) {
      const std::int64_t w =
          std::int64_t{q} * window.stride_w + std::int64_t{s} * window.dilation_w - window.pad_left;
      if (w >= 0 && w < in.w) take(std::size_t(r * window.s + s), std::size_t(h * in.w + w));
    }
  }
}

Tensors convolution(const OnnxNode& node, const OnnxInputs& inputs) {
  const Maps in = maps_of(node, needed(node, inputs, 0));
  const Maps weights = maps_of(node, needed(node, inputs, 1));
  const std::int64_t groups = node.integer("group", 1), outputs = weights.images;
  const Window window = window_of(node, {weights.h, weights.w}, in.rank(), in.h, in.w);
  if (weights.rank() != in.rank() || groups < 1 || outputs % groups != 0 ||
      weights.channels * groups != in.channels || window.r != weights.h || window.s != weights.w) {
    node.fail("has weights of another shape than what it reads asks for");
  }
  const bool biased = is_given(inputs, 2);
  if (biased && inputs[2]->floats.size() != std::size_t(outputs)) node.fail("lacks biases");
  OnnxTensor made = windows_of(node, in, outputs, window.out_h(in.h), window.out_w(in.w));
  float* next = made.floats.data();
  for (std::int64_t i = 0; i < in.images * outputs; ++i) {
    const std::int64_t n = i / outputs, k = i % outputs;
    const std::int64_t first = k / (outputs / groups) * weights.channels;
    for (int p = 0; p < window.out_h(in.h); ++p) {
      for (int q = 0; q < window.out_w(in.w); ++q) {
        double sum = biased ? double(inputs[2]->floats[std::size_t(k)]) : 0.0;
        for (std::int64_t c = 0; c < weights.channels; ++c) {
          const float *kernel = weights.plane(k, c), *plane = in.plane(n, first + c);
          for_each_inside(window, in, p, q, [&](std::size_t tap, std::size_t at) {
            sum += double(kernel[tap]) * double(plane[at]);
          });
        }
        *next++ = float(sum);
      }
    }
  }
  return {std::move(made)};
}

Tensors matrix_product(const OnnxNode& node, const OnnxInputs& inputs) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto matrix = [&](std::size_t i, const char* transposed) -> Matrix {
    const OnnxTensor& tensor = needed(node, inputs, i);
    if (tensor.dims.size() != 2 || !tensor.is_floating()) node.fail("expected matrices of floats");
    const Eigen::Map<const Matrix> all(tensor.floats.data(), tensor.dims[0], tensor.dims[1]);
    if (node.flag(transposed)) return all.transpose();
    return all;
  };
  const Matrix a = matrix(0, "transA"), b = matrix(1, "transB");
  if (a.cols() != b.rows()) node.fail("multiplies matrices that do not fit");
  OnnxTensor made(inputs[0]->type, {a.rows(), b.cols()});
  Eigen::Map<Matrix>(made.floats.data(), a.rows(), b.cols()) = node.number("alpha", 1) * (a * b);
  const float beta = node.number("beta", 1);
  if (!is_given(inputs, 2)) return {std::move(made)};
  if (broadcast(node, inputs[2]->dims, made.dims) != made.dims) node.fail("has a bias too large");
  const auto places = broadcast_places(inputs[2]->dims, made.dims);
  for (std::size_t i = 0; i < places.size(); ++i) {
    made.floats[i] += beta * inputs[2]->floats.at(std::size_t(places[i]));
  }
  return {std::move(made)};
}

struct Pooled {
  float largest = std::numeric_limits<float>::lowest();
  double sum = 0;
  int inside = 0;
};

// What an average is divided by: the window's elements within the map, or within its padding, too.
int counted(const Window& window, const Maps& in, int p, int q) {
  const auto along = [](int at, int stride, int kernel, int before, int extent, int behind) {
    return std::min(at * stride + kernel, before + extent + behind) - at * stride;
  };
  return along(p, window.stride_h, window.r, window.pad_top, in.h, window.pad_bottom) *
         along(q, window.stride_w, window.s, window.pad_left, in.w, window.pad_right);
}

Tensors pool(const OnnxNode& node, const OnnxInputs& inputs) {
  const Maps in = maps_of(node, needed(node, inputs, 0));
  const bool is_max = node.op() == "MaxPool";
  Window window = window_of(node, {}, in.rank(), in.h, in.w);
  window.ceil_mode = node.flag("ceil_mode");
  const bool counts = !is_max && node.flag("count_include_pad");
  node.ignore("storage_order");  // concerns the indices alone
  if (!is_max && window.is_dilated()) node.fail("is dilated; expected dilations of 1");
  const int h = window.out_h(in.h), w = window.out_w(in.w);
  OnnxTensor made = windows_of(node, in, in.channels, h, w);
  float* next = made.floats.data();
  for (std::int64_t plane = 0; plane < in.images * in.channels; ++plane) {
    const float* values = in.plane(0, plane);
    for (int i = 0; i < h * w; ++i) {
      Pooled found;
      for_each_inside(window, in, i / w, i % w, [&](std::size_t, std::size_t at) {
        found.largest = std::max(found.largest, values[at]);
        found.sum += double(values[at]);
        ++found.inside;
      });
      const int count = counts ? counted(window, in, i / w, i % w) : std::max(1, found.inside);
      *next++ = is_max ? found.largest : float(found.sum / count);
    }
  }
  return {std::move(made)};
}

Tensors global_pool(const OnnxNode& node, const OnnxInputs& inputs) {
  const Maps in = maps_of(node, needed(node, inputs, 0));
  OnnxTensor made = windows_of(node, in, in.channels, 1, 1);
  for (std::int64_t plane = 0; plane < in.images * in.channels; ++plane) {
    const Eigen::Map<const Eigen::ArrayXf> values(in.plane(0, plane), Eigen::Index(in.h) * in.w);
    made.floats[std::size_t(plane)] =
        node.op() == "GlobalMaxPool" ? values.maxCoeff() : float(values.cast<double>().mean());
  }
  return {std::move(made)};
}

}  // namespace

OnnxEvaluations layer_evaluations() {
  return {
      {"Conv", convolution}, {"Gemm", matrix_product},       {"MaxPool", pool},
      {"AveragePool", pool}, {"GlobalMaxPool", global_pool}, {"GlobalAveragePool", global_pool}};
}

}  // namespace escalate
