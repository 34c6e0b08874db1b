#include "compiler/conv_layers.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "compiler/layers/machine_layer.h"
#include "compiler/wide_padding.h"

namespace escalate {
namespace {

std::int64_t num_nonzero(std::span<const std::int8_t> values) {
  std::int32_t count = 0;  // which a vector has more of than of wider ones
  for (const std::int8_t value : values) count += value != 0 ? 1 : 0;
  return count;
}

// Kernels that are not all zero.
std::int64_t num_kernels(std::span<const std::int8_t> row, int taps) {
  std::int64_t count = 0;
  for (; !row.empty(); row = row.subspan(std::size_t(taps))) {
    const auto kernel = row.first(std::size_t(taps));
    count += std::ranges::any_of(kernel, [](std::int8_t value) { return value != 0; }) ? 1 : 0;
  }
  return count;
}

void set_densities(ConvLayer& layer) {
  const Window& window = layer.node->window;
  const int taps = layer.direct ? window.r * window.s : 1;
  const std::span<const std::int8_t> values = layer.coefficients.of_node();
  const std::size_t rows = std::size_t(layer.out.c) * std::size_t(layer.terms);
  const std::size_t of_row = values.size() / rows;
  std::int64_t nonzero = 0, densest = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto of = values.subspan(row * of_row, of_row);
    const std::int64_t count = num_nonzero(of);
    nonzero += count;
    densest = std::max(densest, taps == 1 ? count : num_kernels(of, taps));
  }
  const std::size_t size = std::max<std::size_t>(1, layer.coefficients.size());
  layer.coefficient_density = double(nonzero) / double(size);
  layer.densest_row = double(densest) / layer.channels_of_group();
}

// About half of the activations are taken to be cut off by a ReLU, and none to be zero otherwise.
double computed_density(const IntegerNode& node) {
  constexpr double kAfterRelu = 0.5;
  return node.clamp_low >= 0 ? kAfterRelu : 1;
}

}  // namespace

ConvLayers::ConvLayers(const NetworkSteps& steps) : steps_(steps) {
  for (int i = 0; i < steps.size(); ++i) {
    const IntegerNode& node = steps.node_of(i);
    if (pads_beyond_kernel(node)) widened_.emplace(steps.at(i).node, with_wide_kernel(node));
  }
}

ConvLayer ConvLayers::layer(int step) const {
  const LayerStep& of = steps_.at(step);
  const auto widened = widened_.find(of.node);
  const IntegerNode& conv = widened != widened_.end() ? widened->second : steps_.node(of.node);
  ConvLayer layer;
  layer.node = &conv;
  layer.out = conv.out;
  layer.in = steps_.node(conv.inputs[0]).out;
  layer.direct = conv.form == WeightForm::kDirect;
  layer.terms = layer.direct ? 1 : conv.terms;
  layer.bypass = conv.bypasses_mac();
  set_coefficients(step, layer);
  set_densities(layer);
  layer.input_density = read_density(of.inputs[0]);
  if (of.residual >= 0) layer.residual_density = read_density(of.residual);
  layer.output_density = computed_density(steps_.node(of.output()));
  return layer;
}

void ConvLayers::set_coefficients(int step, ConvLayer& layer) const {
  const auto& values = layer.direct ? layer.node->weights : layer.node->coefficients;
  const Shape& shape = steps_.node(steps_.at(step).inputs[0]).out;
  const int positions = shape.h * shape.w;
  if (!steps_.is_flattened(step) || positions == 1) {
    layer.coefficients.look_at(values);
    return;
  }
  // It is read in the order in which it lies: position by position, with the padding of each.
  const int stride = position_bytes(shape.c);
  layer.coefficients.look_at_flattened(values, shape.c, positions, stride);
  layer.in = {positions * stride, 1, 1};
}

double ConvLayers::read_density(int tensor) const {
  const IntegerNode& made = steps_.node(tensor);
  if (made.substitute) {
    const std::vector<std::int8_t>& values = made.substitute->values;
    const auto zeros = std::count(values.begin(), values.end(), std::int8_t{0});
    return 1 - double(zeros) / double(std::max<std::size_t>(1, values.size()));
  }
  if (made.op == IntegerOp::kInput) return 1;
  return machine_layer(made.op).keeps_density() ? read_density(made.inputs.at(0))
                                                : computed_density(made);
}

}  // namespace escalate
