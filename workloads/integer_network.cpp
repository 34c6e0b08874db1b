#include "workloads/integer_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "common/error.h"
#include "common/interruption.h"
#include "workloads/dense_convolution.h"

namespace escalate {
namespace {

std::size_t kernel_size(const IntegerNode& node) {
  return std::size_t(node.window.r) * node.window.s;
}

Activations convolve(const IntegerNode& node, const Activations& input) {
  const std::vector<std::int32_t> sums = reference_accumulators(node, input);
  Activations out{node.out, std::vector<std::int8_t>(sums.size())};
  const std::size_t positions = std::size_t(node.out.h) * node.out.w;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    out.values[i] = requantized(node, int(i / positions), sums[i]);
  }
  return out;
}

// Calls visit(value) for every input of a pooling window that is not padding.
template <class Visit>
void for_each_in_window(const IntegerNode& node, const Activations& in, int c, int p, int q,
                        Visit&& visit) {
  const Window& window = node.window;
  for (int r = 0; r < window.r; ++r) {
    const int h = p * window.stride_h + r - window.pad_top;
    if (h < 0 || h >= in.shape.h) continue;
    for (int s = 0; s < window.s; ++s) {
      const int w = q * window.stride_w + s - window.pad_left;
      if (w >= 0 && w < in.shape.w) visit(in.at(c, h, w));
    }
  }
}

std::int8_t largest(const IntegerNode& node, const Activations& in, int c, int p, int q) {
  std::int8_t best = std::numeric_limits<std::int8_t>::min();
  for_each_in_window(node, in, c, p, q, [&](std::int8_t value) { best = std::max(best, value); });
  return best;
}

std::int8_t average(const IntegerNode& node, const Activations& in, int c, int p, int q) {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  for_each_in_window(node, in, c, p, q, [&](std::int8_t value) {
    sum += value;
    ++count;
  });
  const std::int64_t full = std::int64_t(kernel_size(node));
  if (!node.count_include_pad && count > 0 && count < full) {
    // The factor holds 1/full: bring the sum of `count` values to that of a full window.
    const std::int64_t scaled = 2 * sum * full + (sum >= 0 ? count : -count);
    sum = scaled / (2 * count);
  }
  const bool below = p == node.out.h - 1 && node.window.overhang_h(in.shape.h) > 0;
  const bool right = q == node.out.w - 1 && node.window.overhang_w(in.shape.w) > 0;
  return requantize(std::int32_t(sum), 0, average_factor(node, below, right), node.clamp_low,
                    node.clamp_high);
}

template <class Pool>
Activations pooled(const IntegerNode& node, const Activations& in, Pool&& pool) {
  Activations out{node.out, {}};
  out.values.reserve(node.out.size());
  for (int c = 0; c < node.out.c; ++c) {
    for (int p = 0; p < node.out.h; ++p) {
      for (int q = 0; q < node.out.w; ++q) out.values.push_back(pool(node, in, c, p, q));
    }
  }
  return out;
}

std::int8_t combine(const IntegerNode& node, std::int8_t a, std::int8_t b) {
  if (node.op == IntegerOp::kMultiply) {
    return requantize(std::int32_t{a} * b, 0, node.requant.at(0), node.clamp_low, node.clamp_high);
  }
  if (node.op == IntegerOp::kAdd) {
    return add_requantized(a, b, node.add_multiplier[0], node.add_multiplier[1], node.add_shift,
                           node.clamp_low, node.clamp_high);
  }
  const std::int64_t left = std::int64_t{a} * node.add_multiplier[0];
  const std::int64_t right = std::int64_t{b} * node.add_multiplier[1];
  const std::int64_t chosen =
      node.op == IntegerOp::kMinimum ? std::min(left, right) : std::max(left, right);
  return round_shifted(chosen, node.add_shift, node.clamp_low, node.clamp_high);
}

Activations combined(const IntegerNode& node, const Activations& a, const Activations& b) {
  Activations out{node.out, {}};
  out.values.reserve(std::size_t(node.out.size()));
  const auto element = [](const Activations& of, int c, int h, int w) {
    return of.at(of.shape.c == 1 ? 0 : c, of.shape.h == 1 ? 0 : h, of.shape.w == 1 ? 0 : w);
  };
  for (int c = 0; c < node.out.c; ++c) {
    for (int h = 0; h < node.out.h; ++h) {
      for (int w = 0; w < node.out.w; ++w) {
        out.values.push_back(combine(node, element(a, c, h, w), element(b, c, h, w)));
      }
    }
  }
  return out;
}

Activations looked_up(const IntegerNode& node, const Activations& in) {
  Activations out = in;
  const std::size_t positions = std::size_t(in.shape.h) * in.shape.w;
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const std::size_t first =
        node.table.size() == kTableEntries ? 0 : i / positions * kTableEntries;
    out.values[i] = node.table[first + std::size_t(int{in.values[i]} + 128)];
  }
  return out;
}

Activations selected(const IntegerNode& node, const std::vector<const Activations*>& inputs) {
  std::vector<Shape> shapes;
  for (const Activations* input : inputs) shapes.push_back(input->shape);
  Activations out{node.out, {}};
  out.values.reserve(std::size_t(node.out.size()));
  for_each_selected(node.selection, shapes, [&](int input, std::size_t place) {
    if (input == Selection::kZero) return out.values.push_back(0);
    const auto i = std::size_t(input);
    out.values.push_back(requantize(inputs[i]->values[place], 0, node.requant.at(i), node.clamp_low,
                                    node.clamp_high));
  });
  return out;
}

void append_rescaled(const IntegerNode& node, FixedPoint factor, const Activations& in,
                     std::vector<std::int8_t>& values) {
  for (const std::int8_t value : in.values) {
    values.push_back(requantize(value, 0, factor, node.clamp_low, node.clamp_high));
  }
}

Activations concatenated(const IntegerNode& node, const std::vector<const Activations*>& inputs) {
  ensure(node.requant.size() == inputs.size(), "a concatenation has one factor an input");
  Activations out{node.out, {}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    append_rescaled(node, node.requant[i], *inputs[i], out.values);
  }
  return out;
}

Activations channel_padded(const IntegerNode& node, const Activations& in) {
  Activations out{node.out, std::vector<std::int8_t>(node.out.size(), 0)};
  const std::size_t before = std::size_t(node.pad_before) * in.shape.h * in.shape.w;
  std::copy(in.values.begin(), in.values.end(), out.values.begin() + std::ptrdiff_t(before));
  return out;
}

}  // namespace

bool combines_two(IntegerOp op) {
  return op == IntegerOp::kAdd || op == IntegerOp::kMultiply || op == IntegerOp::kMinimum ||
         op == IntegerOp::kMaximum;
}

bool is_filled(const IntegerNode& node, int c, int h, int w) {
  if (node.op == IntegerOp::kChannelPad) {
    return c < node.pad_before || c >= node.out.c - node.pad_after;
  }
  if (node.op != IntegerOp::kSelect) return false;
  const auto is_zero = [](const std::vector<int>& list, int place) {
    return !list.empty() && list[std::size_t(place)] == Selection::kZero;
  };
  return is_zero(node.selection.channels, c) || is_zero(node.selection.rows, h) ||
         is_zero(node.selection.columns, w);
}

std::int64_t num_filled(const IntegerNode& node) {
  const Shape& out = node.out;
  if (node.op == IntegerOp::kChannelPad) {
    return (std::int64_t{node.pad_before} + node.pad_after) * out.h * out.w;
  }
  if (node.op != IntegerOp::kSelect) return 0;
  const auto chosen = [](const std::vector<int>& list, int extent) {
    return extent - std::count(list.begin(), list.end(), Selection::kZero);
  };
  return out.size() - chosen(node.selection.channels, out.c) * chosen(node.selection.rows, out.h) *
                          chosen(node.selection.columns, out.w);
}

std::vector<int> IntegerNetwork::output_nodes() const {
  std::vector<int> outputs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].is_output || i + 1 == nodes.size()) outputs.push_back(int(i));
  }
  return outputs;
}

std::int64_t IntegerNetwork::dense_macs(int i) const {
  const IntegerNode& node = nodes[i];
  if (node.op != IntegerOp::kConv) return 0;
  const int channels = nodes[node.inputs.at(0)].out.c / node.groups;
  const std::int64_t positions = node.transposed_positions > 0
                                     ? node.transposed_positions
                                     : std::int64_t{node.out.h} * node.out.w;
  return positions * node.out.c * channels * std::int64_t(kernel_size(node));
}

std::vector<std::vector<int>> IntegerNetwork::consumers() const {
  std::vector<std::vector<int>> readers(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const int input : nodes[i].inputs) readers[input].push_back(int(i));
  }
  return readers;
}

std::vector<FixedPoint> average_factors(double ratio, const Window& window, bool count_include_pad,
                                        const Shape& in) {
  const int below = window.overhang_h(in.h), right = window.overhang_w(in.w);
  const auto factor = [&](int rows, int columns) {
    return to_fixed_point(ratio / (double(rows) * columns));
  };
  if (!count_include_pad || (below == 0 && right == 0)) return {factor(window.r, window.s)};
  return {factor(window.r, window.s), factor(window.r, window.s - right),
          factor(window.r - below, window.s), factor(window.r - below, window.s - right)};
}

FixedPoint average_factor(const IntegerNode& node, bool below, bool right) {
  if (node.requant.size() == 1) return node.requant[0];
  return node.requant.at((below ? 2 : 0) + (right ? 1 : 0));
}

std::vector<std::int32_t> reconstruct_weights(const IntegerNode& node, int in_channels) {
  const int channels = in_channels / node.groups;
  const std::size_t taps = kernel_size(node);
  const std::size_t size = std::size_t(node.out_channels()) * channels * taps;
  if (node.form == WeightForm::kDirect) {
    ensure(node.weights.size() == size, "direct weights are [K][C/groups][R][S]");
    return {node.weights.begin(), node.weights.end()};
  }
  ensure(node.coefficients.size() == std::size_t(node.out_channels()) * node.terms * channels,
         "coefficients are [K][M][C/groups]");
  ensure(node.basis.size() == node.terms * taps, "basis kernels are [M][R][S]");
  std::vector<std::int32_t> weights(size, 0);
  for (int k = 0; k < node.out_channels(); ++k) {
    for (int m = 0; m < node.terms; ++m) {
      const std::int8_t* row = &node.coefficients[(std::size_t(k) * node.terms + m) * channels];
      for (int c = 0; c < channels; ++c) {
        if (row[c] == 0) continue;
        std::int32_t* kernel = &weights[(std::size_t(k) * channels + c) * taps];
        for (std::size_t t = 0; t < taps; ++t) kernel[t] += row[c] * node.basis[m * taps + t];
      }
    }
  }
  return weights;
}

std::vector<std::int32_t> reconstruct_kernel(const IntegerNode& node, int in_channels, int k) {
  const std::size_t channels = std::size_t(in_channels) / node.groups;
  const std::size_t taps = kernel_size(node);
  if (node.form == WeightForm::kDirect) {
    const std::int8_t* weights = &node.weights[k * channels * taps];
    return {weights, weights + channels * taps};
  }
  std::vector<std::int32_t> kernel(channels * taps, 0);
  for (int m = 0; m < node.terms; ++m) {
    const std::int8_t* row = &node.coefficients[(std::size_t(k) * node.terms + m) * channels];
    for (std::size_t c = 0; c < channels; ++c) {
      if (row[c] == 0) continue;
      for (std::size_t t = 0; t < taps; ++t) {
        kernel[c * taps + t] += row[c] * node.basis[m * taps + t];
      }
    }
  }
  return kernel;
}

std::int8_t requantized(const IntegerNode& node, int k, std::int32_t accumulator) {
  const auto channel = std::size_t(k);
  const FixedPoint& factor = node.requant[channel];
  return requantize_by_sign(accumulator, node.bias[channel], factor,
                            node.negative_requant.empty() ? factor : node.negative_requant[channel],
                            node.clamp_low, node.clamp_high);
}

std::int32_t reference_accumulator(const IntegerNode& node, const std::vector<std::int32_t>& kernel,
                                   const Activations& input, int k, int p, int q) {
  const Window& window = node.window;
  const int channels = input.shape.c / node.groups;
  const int first = k / (node.out_channels() / node.groups) * channels;
  std::int32_t sum = 0;
  for (int c = 0; c < channels; ++c) {
    const std::int32_t* taps = &kernel[std::size_t(c) * kernel_size(node)];
    for (int r = 0; r < window.r; ++r) {
      const int h = p * window.stride_h + r - window.pad_top;
      if (h < 0 || h >= input.shape.h) continue;
      for (int s = 0; s < window.s; ++s) {
        const int w = q * window.stride_w + s - window.pad_left;
        if (w < 0 || w >= input.shape.w) continue;
        sum += taps[r * window.s + s] * input.at(first + c, h, w);
      }
    }
  }
  return sum;
}

std::vector<std::int32_t> reference_accumulators(const IntegerNode& node,
                                                 const Activations& input) {
  ensure(node.op == IntegerOp::kConv, "only convolutions accumulate");
  return convolve_dense([&](int k) { return reconstruct_kernel(node, input.shape.c, k); },
                        node.window, node.groups, input, node.out);
}

std::int64_t worst_case_accumulator(const IntegerNode& node, int in_channels) {
  const std::size_t of_channel = std::size_t(in_channels / node.groups) * kernel_size(node);
  std::int64_t worst = 0;
  if (node.form == WeightForm::kDirect) {
    const std::vector<std::int32_t> weights = reconstruct_weights(node, in_channels);
    for (int k = 0; k < node.out_channels(); ++k) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < of_channel; ++i) sum += std::abs(weights[k * of_channel + i]);
      worst = std::max(worst, 128 * sum + std::abs(std::int64_t{node.bias.at(k)}));
    }
    return worst;
  }
  const std::size_t taps = kernel_size(node);
  const std::size_t channels = std::size_t(in_channels) / node.groups;
  for (int k = 0; k < node.out_channels(); ++k) {
    std::int64_t sum = 0;
    for (int m = 0; m < node.terms; ++m) {
      std::int64_t basis = 0;
      for (std::size_t t = 0; t < taps; ++t) basis += std::abs(int{node.basis[m * taps + t]});
      const std::int8_t* row = &node.coefficients[(std::size_t(k) * node.terms + m) * channels];
      const auto zeros = std::count(row, row + channels, std::int8_t{0});
      sum += basis * (std::int64_t(channels) - zeros);
    }
    worst = std::max(worst, 128 * sum + std::abs(std::int64_t{node.bias.at(k)}));
  }
  return worst;
}

Activations run_node(const IntegerNode& node, const std::vector<const Activations*>& inputs) {
  ensure(node.op != IntegerOp::kInput && !inputs.empty(), "an input node is not run");
  const Activations& in = *inputs[0];
  switch (node.op) {
    case IntegerOp::kConv:
      return convolve(node, in);
    case IntegerOp::kMaxPool:
      return pooled(node, in, largest);
    case IntegerOp::kAvgPool:
      return pooled(node, in, average);
    case IntegerOp::kAdd:
    case IntegerOp::kMultiply:
    case IntegerOp::kMinimum:
    case IntegerOp::kMaximum:
      return combined(node, in, *inputs.at(1));
    case IntegerOp::kTable:
      return looked_up(node, in);
    case IntegerOp::kSelect:
      return selected(node, inputs);
    case IntegerOp::kConcat:
      return concatenated(node, inputs);
    case IntegerOp::kChannelPad:
      return channel_padded(node, in);
    case IntegerOp::kFlatten:
      return {node.out, in.values};
    case IntegerOp::kRescale: {
      Activations out{node.out, {}};
      append_rescaled(node, node.requant.at(0), in, out.values);
      return out;
    }
    case IntegerOp::kInput:
      break;
  }
  throw InternalError("an unknown integer operation");
}

std::vector<Activations> run_network(const IntegerNetwork& network, const Activations& input) {
  std::vector<Activations> outputs;
  outputs.reserve(network.nodes.size());
  for (const IntegerNode& node : network.nodes) {
    interruption_point();
    if (node.substitute) {
      outputs.push_back(*node.substitute);
    } else if (node.op == IntegerOp::kInput) {
      ensure(input.shape == node.out, "the input has the network's input shape");
      outputs.push_back(input);
    } else {
      std::vector<const Activations*> inputs;
      for (const int i : node.inputs) inputs.push_back(&outputs[i]);
      outputs.push_back(run_node(node, inputs));
    }
  }
  return outputs;
}

}  // namespace escalate
