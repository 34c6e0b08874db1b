#include "workloads/onnx/lowering.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "common/error.h"

namespace escalate {

const OnnxLowerings& onnx_lowerings() {
  static const OnnxLowerings all = [] {
    OnnxLowerings made = convolution_lowerings();
    for (const auto& family : {fully_connected_lowerings, pooling_lowerings, movement_lowerings,
                               resize_lowerings, activation_lowerings, elementwise_lowerings,
                               quantization_lowerings, normalization_lowerings}) {
      made.merge(family());
    }
    return made;
  }();
  return all;
}

bool is_weighted(const std::string& op) {
  return op == "Conv" || op == "ConvTranspose" || op == "Gemm" || op == "MatMul";
}

namespace {

[[noreturn]] void fail_along(const OnnxNode& node, const OnnxView& view,
                             const OnnxTensor& constant) {
  node.fail(
      fmt::format("combines a value of shape [{}] with a constant [{}] that is not one number a "
                  "channel",
                  fmt::join(view.extents(), ", "), fmt::join(constant.dims, ", ")));
}

bool is_uniform(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [&](float value) { return value == values[0]; });
}

// The dimension of a view along which a constant is broadcast; -1: the same for all.
int axis_along(const OnnxNode& node, const OnnxView& view, const OnnxTensor& constant) {
  const bool uniform = is_uniform(constant.floats);
  int along = -1;
  for (std::size_t i = 0; i < constant.dims.size(); ++i) {
    const std::int64_t extent = constant.dims[constant.dims.size() - 1 - i];
    if (extent == 1) continue;
    if (i >= view.rank() || extent != view.extent(view.rank() - 1 - i)) {
      fail_along(node, view, constant);
    }
    if (along >= 0 && !uniform) fail_along(node, view, constant);
    along = int(view.rank() - 1 - i);
  }
  return uniform ? -1 : along;
}

// By how many channels the elements of a view are further than dimension `axis` says; nothing if
// the other dimensions do not stay within channels.
std::optional<std::set<int>> channels_beside(const OnnxView& view, std::size_t axis, int step) {
  std::set<int> shifts = {0};
  int within = 0;  // the furthest place in a channel
  for (std::size_t i = 0; i < view.rank(); ++i) {
    if (i == axis) continue;
    std::set<int> own;
    int furthest = 0;
    for (const int place : view.dims[i]) {
      if (place == OnnxView::kFill) continue;
      own.insert(place / step);
      furthest = std::max(furthest, place % step);
    }
    within += furthest;
    std::set<int> made;
    for (const int a : shifts) {
      for (const int b : own) made.insert(a + b);
    }
    shifts = std::move(made);
  }
  if (within >= step) return std::nullopt;
  return shifts;
}

// By channel of the layer, values for the places of a dimension; nothing if these are no channels,
// or one channel has several.
std::optional<std::vector<float>> by_channel(const Shape& shape, const OnnxView& view,
                                             std::size_t axis, const std::vector<float>& values) {
  const int step = shape.h * shape.w;
  const auto shifts = channels_beside(view, axis, step);
  if (!shifts) return std::nullopt;
  std::vector<float> made(std::size_t(shape.c), 0.0f);
  std::vector<bool> taken(made.size(), false);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int place = view.dims[axis][i];
    if (place < 0 || place % step != 0) return std::nullopt;
    for (const int shift : *shifts) {
      const auto channel = std::size_t(place / step + shift);
      if (channel >= made.size() || (taken[channel] && made[channel] != values[i])) {
        return std::nullopt;
      }
      made[channel] = values[i];
      taken[channel] = true;
    }
  }
  return made;
}

}  // namespace

std::vector<float> along_channels(OnnxNetwork& network, const OnnxNode& node, OnnxView& view,
                                  const OnnxTensor& constant) {
  const std::vector<float>& values = constant.floats;
  if (!constant.is_floating() || values.empty() ||
      (constant.dims.size() > view.rank() && constant.dims[0] != 1)) {
    fail_along(node, view, constant);
  }
  for (const float value : values) {
    if (std::isnan(value)) node.fail("its constant holds a value that is not a number");
  }
  const int along = axis_along(node, view, constant);
  if (along < 0) return {values[0]};
  const auto axis = std::size_t(along);
  if (auto found = by_channel(network.shape(view.node), view, axis, values)) return *found;
  if (view.rank() > 1 && axis == 0) fail_along(node, view, constant);
  view = network.with_channels_along(node, view, axis);
  return *by_channel(network.shape(view.node), view, axis, values);
}

OnnxView with_channels(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view) {
  const OnnxView made = network.without_fill(node, view);
  const Shape shape = network.shape(made.node);
  const std::vector<int>& channels = made.dims.at(made.rank() > 1 ? 1 : 0);
  const bool repeats = std::set<int>(channels.begin(), channels.end()).size() != channels.size();
  if (!repeats && (made.rank() > 2 || (shape.h == 1 && shape.w == 1))) return made;
  return network.whole_of(node, network.map(node, made), made);
}

void finish_function(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view, Node made,
                     PointwiseFunction function) {
  made.inputs = {view.node};
  const int layer = network.add(node, std::move(made));
  network.functions[layer] = std::move(function);
  OnnxView result = view;
  result.node = layer;
  result.name = node.name();
  network.define(node.output(), std::move(result));
}

void finish_function(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view,
                     PointwiseFunction function) {
  Node made;
  made.op = OpKind::kPointwise;
  made.function = function;
  finish_function(network, node, view, std::move(made), std::move(function));
}

void finish_affine(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view,
                   const std::vector<float>& scale, const std::vector<float>& shift,
                   PointwiseFunction function) {
  const auto channels = std::size_t(network.shape(view.node).c);
  const auto spread = [&](const std::vector<float>& values) {
    return values.size() == 1 ? std::vector<float>(channels, values[0]) : values;
  };
  Node made;
  made.op = OpKind::kBatchNorm;
  made.bn_scale = spread(scale);
  made.bn_bias = spread(shift);
  made.bn_mean.assign(channels, 0.0f);
  made.bn_variance.assign(channels, 1.0f);
  made.bn_epsilon = 0;
  for (const auto* values : {&made.bn_scale, &made.bn_bias}) {
    if (!std::all_of(values->begin(), values->end(), [](float v) { return std::isfinite(v); })) {
      node.fail("multiplies or adds a value that is not finite");
    }
  }
  finish_function(network, node, view, std::move(made), std::move(function));
}

}  // namespace escalate
