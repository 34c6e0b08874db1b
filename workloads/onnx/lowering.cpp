#include "workloads/onnx/lowering.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "common/error.h"

namespace escalate {

const OnnxLowerings& onnx_lowerings() {
  static const OnnxLowerings all = [] {
    OnnxLowerings made = convolution_lowerings();
    for (const auto& family :
         {fully_connected_lowerings, pooling_lowerings, movement_lowerings, resize_lowerings,
          activation_lowerings, elementwise_lowerings, quantization_lowerings}) {
      made.merge(family());
    }
    return made;
  }();
  return all;
}

bool is_weighted(const std::string& op) {
  return op == "Conv" || op == "ConvTranspose" || op == "Gemm" || op == "MatMul";
}

std::vector<float> along_channels(const OnnxNetwork& network, const OnnxNode& node,
                                  const OnnxView& view, const OnnxTensor& constant) {
  const std::vector<float>& values = constant.floats;
  const auto fail = [&]() {
    node.fail(
        fmt::format("combines a value of shape [{}] with a constant [{}] that is not one "
                    "number a channel",
                    fmt::join(view.extents(), ", "), fmt::join(constant.dims, ", ")));
  };
  if (!constant.is_floating() || values.empty()) fail();
  for (const float value : values) {
    if (std::isnan(value)) node.fail("its constant holds a value that is not a number");
  }
  if (constant.dims.size() > view.rank() && constant.dims[0] != 1) fail();
  const bool uniform =
      std::all_of(values.begin(), values.end(), [&](float value) { return value == values[0]; });
  int along = -1;
  for (std::size_t i = 0; i < constant.dims.size(); ++i) {
    const std::int64_t extent = constant.dims[constant.dims.size() - 1 - i];
    if (extent == 1) continue;
    if (i >= view.rank() || extent != view.extent(view.rank() - 1 - i)) fail();
    if (along >= 0 && !uniform) fail();
    along = int(view.rank() - 1 - i);
  }
  if (uniform) return {values[0]};
  const Shape shape = network.shape(view.node);
  const int step = shape.h * shape.w;
  std::vector<float> made(std::size_t(shape.c), 0.0f);
  std::vector<bool> taken(made.size(), false);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int place = view.dims[std::size_t(along)][i];
    if (place < 0 || place % step != 0 || place / step >= shape.c) fail();
    const auto channel = std::size_t(place / step);
    if (taken[channel] && made[channel] != values[i]) fail();
    made[channel] = values[i];
    taken[channel] = true;
  }
  return made;
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
