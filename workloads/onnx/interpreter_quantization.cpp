#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/quantization.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;
using Proto = onnx::TensorProto;

// For each element the place of its scale and zero point: one for all, one for each place along an
// axis, or one for each block of such places.
std::vector<std::int64_t> scale_places(const OnnxNode& node, const OnnxDims& dims,
                                       const OnnxTensor& scale) {
  const std::int64_t block = node.integer("block_size", 0);
  if (scale.size() == 1) {
    node.ignore("axis");
    return std::vector<std::int64_t>(std::size_t(num_elements(dims)), 0);
  }
  const auto axis = std::size_t(node.axis("axis", 1, int(dims.size())));
  OnnxDims along(dims.size(), 1);
  along[axis] = dims[axis];
  if (block == 0) {
    if (scale.dims != OnnxDims{dims[axis]}) {
      node.fail("expected one scale, or one for each place along its axis");
    }
    return broadcast_places(along, dims);
  }
  OnnxDims blocks = dims;
  if (block > 0) blocks[axis] = (dims[axis] + block - 1) / block;
  if (block < 0 || scale.dims != blocks) {
    node.fail(fmt::format("has scales [{}] in blocks of {} of [{}]", fmt::join(scale.dims, ", "),
                          block, fmt::join(dims, ", ")));
  }
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < dims.size(); ++i) inner *= dims[i];
  std::vector<std::int64_t> places(std::size_t(num_elements(dims)));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t row = std::int64_t(i) / inner, column = std::int64_t(i) % inner;
    const std::int64_t outer = row / dims[axis], place = row % dims[axis] / block;
    places[i] = (outer * blocks[axis] + place) * inner + column;
  }
  return places;
}

std::int64_t zero_point_at(const OnnxNode& node, const OnnxInputs& inputs, std::int64_t place) {
  if (!is_given(inputs, 2)) return 0;
  if (inputs[2]->is_floating() || inputs[2]->size() != inputs[1]->size()) {
    node.fail("expected as many zero points, whole numbers, as scales");
  }
  return inputs[2]->integers[std::size_t(place)];
}

Tensors dequantize(const OnnxNode& node, const OnnxInputs& inputs) {
  node.ignore("output_dtype");
  const OnnxTensor &steps = needed(node, inputs, 0), &scale = needed(node, inputs, 1);
  if (steps.is_floating() || !scale.is_floating()) {
    node.fail("expected whole numbers and floats as scales");
  }
  const auto places = scale_places(node, steps.dims, scale);
  OnnxTensor made(Proto::FLOAT, steps.dims);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t from_zero = steps.integers[i] - zero_point_at(node, inputs, places[i]);
    made.steps = std::max(made.steps, std::abs(from_zero));
    made.floats[i] = float(from_zero) * scale.floats[std::size_t(places[i])];
  }
  return {std::move(made)};
}

std::int64_t saturated(float value, const IntegerRange& range) {
  return std::int64_t(std::clamp(value, float(range.low), float(range.high)));
}

Tensors quantize(const OnnxNode& node, const OnnxInputs& inputs) {
  node.ignore("saturate");  // of 8-bit floats
  if (node.integer("precision", 0) != 0) node.fail("divides in a precision of its own");
  const OnnxTensor &values = needed(node, inputs, 0), &scale = needed(node, inputs, 1);
  if (!values.is_floating() || !scale.is_floating()) node.fail("expected floats");
  const auto asked = int(node.integer("output_dtype", 0));
  const int type = is_given(inputs, 2) ? inputs[2]->type : asked != 0 ? asked : Proto::UINT8;
  const auto range = integer_range(type);
  if (!range) node.fail(fmt::format("makes numbers of ONNX type {}; expected 8 or 16 bits", type));
  const auto places = scale_places(node, values.dims, scale);
  OnnxTensor made(type, values.dims);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const float zero = float(zero_point_at(node, inputs, places[i]));
    const float step = scale.floats[std::size_t(places[i])];
    made.integers[i] = saturated(std::nearbyint(values.floats[i] / step) + zero, *range);
  }
  return {std::move(made)};
}

// To 256 steps from the smallest value, or 0, to the largest.
Tensors quantize_by_range(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& values = needed(node, inputs, 0);
  if (!values.is_floating()) node.fail("expected floats");
  constexpr IntegerRange kRange{0, 255};
  float low = 0, high = 0;
  for (const float value : values.floats) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const float scale = (high - low) / float(kRange.high);
  const float zero = scale > 0 ? float(saturated(std::nearbyint(-low / scale), kRange)) : 0;
  OnnxTensor made(Proto::UINT8, values.dims), zero_point(Proto::UINT8, {});
  for (std::size_t i = 0; i < values.floats.size() && scale > 0; ++i) {
    made.integers[i] = saturated(std::nearbyint(values.floats[i] / scale) + zero, kRange);
  }
  zero_point.integers[0] = std::int64_t(zero);
  return {std::move(made), OnnxTensor::of_floats({}, {scale}), std::move(zero_point)};
}

}  // namespace

std::optional<IntegerRange> integer_range(int type) {
  switch (type) {
    case Proto::INT8:
      return IntegerRange{-128, 127};
    case Proto::UINT8:
      return IntegerRange{0, 255};
    case Proto::INT16:
      return IntegerRange{-32768, 32767};
    case Proto::UINT16:
      return IntegerRange{0, 65535};
    default:
      return std::nullopt;
  }
}

OnnxEvaluations quantization_evaluations() {
  return {{"QuantizeLinear", quantize},
          {"DequantizeLinear", dequantize},
          {"DynamicQuantizeLinear", quantize_by_range}};
}

}  // namespace escalate
