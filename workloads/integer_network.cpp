#include "workloads/integer_network.h"

#include <algorithm>
#include <cstdlib>

#include "common/error.h"
#include "common/interruption.h"
#include "workloads/dense_convolution.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

std::size_t kernel_size(const IntegerNode& node) {
  return std::size_t(node.window.r) * node.window.s;
}

}  // namespace

bool is_filled(const IntegerNode& node, int c, int h, int w) {
  return kind_of(node).is_filled(node, c, h, w);
}

std::int64_t num_filled(const IntegerNode& node) { return kind_of(node).num_filled(node); }

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
  return kind_of(node).run(node, inputs);
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
