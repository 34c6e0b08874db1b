#include "retrain/plain_layers.h"

#include <limits>
#include <map>

#include "common/error.h"

namespace escalate {
namespace {

using Inputs = std::vector<at::Tensor>;

/// `in` with so much around it (or cut off) that windows without padding give `out`.
at::Tensor fitted(const at::Tensor& in, const Window& window, const Shape& out, double value) {
  const std::int64_t bottom =
      std::int64_t{out.h - 1} * window.stride_h + window.r - in.size(2) - window.pad_top;
  const std::int64_t right =
      std::int64_t{out.w - 1} * window.stride_w + window.s - in.size(3) - window.pad_left;
  if (window.pad_top == 0 && window.pad_left == 0 && bottom == 0 && right == 0) return in;
  return at::constant_pad_nd(in, {window.pad_left, right, window.pad_top, bottom}, value);
}

// The gradient passes through the rounding to whole steps.
at::Tensor clipped(const Node& clip, const at::Tensor& in) {
  const at::Tensor bounded = at::clamp(in, double(clip.clip_min), double(clip.clip_max));
  if (!clip.is_quantizer()) return bounded;
  const double step = double(clip.clip_step);
  return bounded + (at::round(bounded / step) * step - bounded).detach();
}

at::Tensor pool(const Node& node, const Inputs& inputs) {
  const at::Tensor& in = inputs.at(0);
  const Window& window = node.window;
  const std::vector<std::int64_t> kernel = {window.r, window.s};
  const std::vector<std::int64_t> stride = {window.stride_h, window.stride_w};
  if (node.op == OpKind::kMaxPool) {
    const at::Tensor padded =
        fitted(in, window, node.out, -std::numeric_limits<double>::infinity());
    if (window.r == 1 && window.s == 1) {  // a choice of positions
      return every(padded, window);
    }
    return at::max_pool2d(padded, kernel, stride);
  }
  at::Tensor mean = at::avg_pool2d(fitted(in, window, node.out, 0), kernel, stride);
  // A share of each window's elements counts: without the padding, unless that counts too, and
  // without what hangs over it.
  Window counted = window;
  std::int64_t rows = in.size(2), columns = in.size(3);
  if (node.count_include_pad) {
    rows += std::int64_t{window.pad_top} + window.pad_bottom;
    columns += std::int64_t{window.pad_left} + window.pad_right;
    counted.pad_top = counted.pad_bottom = counted.pad_left = counted.pad_right = 0;
  }
  const at::Tensor ones = at::ones({1, 1, rows, columns}, in.options());
  return mean / at::avg_pool2d(fitted(ones, counted, node.out, 0), kernel, stride);
}

using Layer = at::Tensor (*)(const Node&, const Inputs&);

// Kinds that are not in the table cannot be trained.
const std::map<OpKind, Layer>& plain_layers() {
  static const std::map<OpKind, Layer> kLayers = {
      {OpKind::kMaxPool, pool},
      {OpKind::kAvgPool, pool},
      {OpKind::kGlobalAvgPool,
       [](const Node&, const Inputs& in) {
         return at::mean(in.at(0), {2, 3}, true);
       }},
      {OpKind::kGlobalSum,
       [](const Node&, const Inputs& in) {
         return at::sum(in.at(0), {2, 3}, true);
       }},
      {OpKind::kAdd,
       [](const Node& node, const Inputs& in) {
         return in.at(0) * node.add_factor[0] + in.at(1) * node.add_factor[1];
       }},
      {OpKind::kMultiply, [](const Node&, const Inputs& in) { return in.at(0) * in.at(1); }},
      {OpKind::kMinimum,
       [](const Node&, const Inputs& in) { return at::minimum(in.at(0), in.at(1)); }},
      {OpKind::kMaximum,
       [](const Node&, const Inputs& in) { return at::maximum(in.at(0), in.at(1)); }},
      {OpKind::kConcat, [](const Node&, const Inputs& in) { return at::cat(in, 1); }},
      {OpKind::kChannelPad,
       [](const Node& node, const Inputs& in) {
         return at::constant_pad_nd(in.at(0), {0, 0, 0, 0, node.pad_before, node.pad_after}, 0);
       }},
      {OpKind::kRelu, [](const Node&, const Inputs& in) { return at::relu(in.at(0)); }},
      {OpKind::kClip, [](const Node& node, const Inputs& in) { return clipped(node, in.at(0)); }},
      {OpKind::kFlatten, [](const Node&, const Inputs& in) { return vectors(in.at(0)); }},
      {OpKind::kSoftmax, [](const Node&, const Inputs& in) { return at::softmax(in.at(0), 1); }}};
  return kLayers;
}

}  // namespace

at::Tensor trained_plain_layer(const Node& node, const Inputs& inputs) {
  const auto layer = plain_layers().find(node.op);
  if (layer == plain_layers().end()) {
    throw UserError(SourcePlace{"", 0, node.name},
                    "is a layer that cannot be trained: a function of each value, or a choice of "
                    "channels, rows and columns");
  }
  return layer->second(node, inputs);
}

at::Tensor vectors(const at::Tensor& in) { return in.reshape({in.size(0), -1, 1, 1}); }

at::Tensor every(const at::Tensor& in, const Window& window) {
  if (window.stride_h == 1 && window.stride_w == 1) return in;
  return in.slice(2, 0, in.size(2), window.stride_h).slice(3, 0, in.size(3), window.stride_w);
}

}  // namespace escalate
