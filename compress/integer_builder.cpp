#include "compress/integer_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <tuple>
#include <utility>

#include "common/error.h"
#include "compress/direct_weights.h"
#include "compress/graph_passes.h"
#include "workloads/dilated_phases.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

constexpr double kLargestInput = 128;  ///< magnitude of an int8 activation
constexpr int kBiasOnlyBits = 16;  ///< bits of fraction in the bias of a channel without weights

[[noreturn]] void fail(const Node& node, const std::string& message) {
  throw UserError(SourcePlace{"", 0, node.name}, message);
}

/// Integer weights of one layer, and what a step of each output channel's accumulator is worth.
struct ChannelWeights {
  std::vector<double> scale;      ///< [K]; 0: the channel has no weights
  std::vector<double> magnitude;  ///< [K]: sum over terms of |coefficient| |basis|, or of |weight|
};

ChannelWeights channel_weights(const Node& node) {
  ChannelWeights made;
  const auto outputs = std::size_t(node.out_channels);
  made.magnitude.assign(outputs, 0.0);
  if (!node.decomposition) {
    const std::vector<std::int8_t> steps = direct_steps(node);
    const std::size_t per_output = steps.size() / outputs;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      made.magnitude[i / per_output] += std::abs(int{steps[i]});
    }
    for (std::size_t k = 0; k < outputs; ++k) {
      made.scale.push_back(made.magnitude[k] > 0 ? double(node.weight_scale[k]) : 0.0);
    }
    return made;
  }
  const Decomposition& parts = *node.decomposition;
  const std::size_t taps = parts.basis.size() / std::size_t(parts.terms);
  const std::size_t channels = parts.coefficients.size() / (outputs * parts.terms);
  for (std::size_t i = 0; i < parts.coefficients.size(); ++i) {
    if (parts.coefficients[i] == 0) continue;
    const std::size_t m = i / channels % parts.terms;
    for (std::size_t t = 0; t < taps; ++t) {
      made.magnitude[i / channels / parts.terms] += std::abs(int{parts.basis[m * taps + t]});
    }
  }
  for (std::size_t k = 0; k < outputs; ++k) {
    made.scale.push_back(
        made.magnitude[k] > 0 ? double(parts.channel_scale[k]) * double(parts.basis_scale) : 0.0);
  }
  return made;
}

/// Of channel `k` of one for each channel or for all; 1 of none.
double slope_of(const std::vector<float>& slopes, std::size_t k) {
  return slopes.empty() ? 1.0 : double(slopes.size() == 1 ? slopes[0] : slopes[k]);
}

/// A ReLU's or clip's bounds in steps of the output.
std::pair<int, int> clamp_steps(const Node& clamp, double scale) {
  const auto steps = [scale](float bound) {
    return int(std::clamp(std::round(double(bound) / scale), -128.0, 127.0));
  };
  const auto [low, high] = kind_of(clamp).bounds(clamp);
  const auto bounds = std::pair{steps(low), steps(high)};
  if (bounds.first > bounds.second) fail(clamp, "its lower bound is above its upper");
  return bounds;
}

class IntegerBuilder {
 public:
  explicit IntegerBuilder(const Graph& calibrated)
      : graph_(prepared(calibrated)),
        slopes_of_(fused_slopes(graph_)),
        last_of_(last_fused(graph_)),
        made_by_(graph_.nodes.size(), -1) {}

  IntegerNetwork build() {
    if (graph_.quantization.empty()) {
      throw UserError("the network '" + graph_.name +
                      "' is not calibrated: activation scales are missing "
                      "(compress it with images to calibrate by: --calibrate)");
    }
    refuse_inner_softmaxes(graph_);
    network_.name = graph_.name;
    network_.transform = graph_.transform;
    network_.seed = graph_.seed;
    network_.input_scale = scale_of(0);
    for (const int i : order()) made_by_[std::size_t(i)] = add_named(i);
    for (const int output : graph_.output_nodes()) {
      const auto made = std::size_t(made_by_[std::size_t(output)]);
      network_.nodes[made].is_output = made + 1 != network_.nodes.size();
    }
    network_.validate();
    return std::move(network_);
  }

 private:
  /// Nodes in an order in which the outputs come as the graph's do: what does the work of an output
  /// stands where that does.
  std::vector<int> order() const {
    const std::vector<std::vector<int>> readers = graph_.consumers();
    const std::vector<int> outputs = graph_.output_nodes();
    std::vector<std::vector<int>> ahead(graph_.nodes.size());  // of an output, the last one first
    std::vector<bool> is_moved(graph_.nodes.size(), false);
    for (const int output : outputs) {
      for (int i = output; outputs.size() > 1 && is_done_by_input(i);) {
        i = graph_.nodes[std::size_t(i)].inputs[0];
        if (readers[std::size_t(i)].size() != 1 || graph_.nodes[std::size_t(i)].is_output) break;
        ahead[std::size_t(output)].push_back(i);
        is_moved[std::size_t(i)] = true;
      }
    }
    std::vector<int> made;
    for (int i = 0; i < int(graph_.nodes.size()); ++i) {
      if (is_moved[std::size_t(i)]) continue;
      made.insert(made.end(), ahead[std::size_t(i)].rbegin(), ahead[std::size_t(i)].rend());
      made.push_back(i);
    }
    return made;
  }

  /// Whether the node makes no node of its own.
  bool is_done_by_input(int i) const {
    const Node& node = graph_.nodes[std::size_t(i)];
    if (node.inputs.empty()) return false;
    const bool is_flat =
        node.op == OpKind::kFlatten && graph_.nodes[std::size_t(node.inputs[0])].out == node.out;
    return is_flat || node.op == OpKind::kSoftmax || is_fused(i);
  }

  // What is wrong with a node (a factor out of range) is said with its name.
  int add_named(int i) {
    try {
      return add(i);
    } catch (const UserError& error) {
      if (!error.place().key.empty()) throw;
      fail(graph_.nodes[std::size_t(i)], error.message());
    }
  }

  double scale_of(int i) const {
    const Node& node = graph_.nodes[i];
    const auto found = graph_.quantization.tensor_scale.find(node.name);
    if (found == graph_.quantization.tensor_scale.end()) {
      fail(node, "has no activation scale in the network's calibration");
    }
    const double scale = found->second;
    if (!(scale > 0) || !std::isfinite(scale)) fail(node, "its activation scale is not above 0");
    return scale;
  }
  double input_scale(const Node& node) const {
    return network_.nodes[made_by_[node.inputs.at(0)]].scale;
  }

  int push(IntegerNode node) {
    network_.nodes.push_back(std::move(node));
    return int(network_.nodes.size()) - 1;
  }

  /// All but its operation and factors.
  IntegerNode start(int i) const {
    const Node& node = graph_.nodes[i];
    IntegerNode made;
    made.name = node.name;
    for (const int input : node.inputs) made.inputs.push_back(made_by_[input]);
    made.out = node.out;
    made.scale = scale_of(i);
    const Node& last = graph_.nodes[std::size_t(last_of_[i])];
    if (last_of_[i] != i && kind_of(last).role() == IntegerRole::kClamp) {
      std::tie(made.clamp_low, made.clamp_high) = clamp_steps(last, made.scale);
    }
    return made;
  }

  int add(int i) {
    const Node& node = graph_.nodes[i];
    if (is_done_by_input(i)) return made_by_[std::size_t(node.inputs[0])];
    switch (kind_of(node).role()) {
      case IntegerRole::kWeighted:
        return add_weighted(i);
      case IntegerRole::kClamp:
        return add_clamp(i);
      case IntegerRole::kLayer:
      case IntegerRole::kFunction:
        return push(with_factors(i));
      case IntegerRole::kNone:
        break;
    }
    throw InternalError("a batch norm is left in a prepared graph");
  }

  /// Whether what the node reads does the node's work.
  bool is_fused(int i) const {
    return last_of_[std::size_t(graph_.nodes[std::size_t(i)].inputs.at(0))] ==
           last_of_[std::size_t(i)];
  }

  IntegerNode with_factors(int i) const {
    const Node& node = graph_.nodes[i];
    IntegerNode made = start(i);
    LayerScales scales{{}, made.scale};
    for (const int input : made.inputs) scales.inputs.push_back(network_.nodes[input].scale);
    kind_of(node).set_integers(node, input_shapes(graph_, node), scales, made);
    if (made.requant.empty() && kind_of(node).passes_values_on(node)) {
      check_same_scale(node, made);
    }
    return made;
  }

  int add_clamp(int i) {
    const Node& node = graph_.nodes[i];
    const Node& maker = graph_.nodes[std::size_t(node.inputs[0])];
    if (node.is_quantizer() && maker.is_weighted()) return add_steps(i);
    IntegerNode made = with_factors(i);
    std::tie(made.clamp_low, made.clamp_high) = clamp_steps(node, made.scale);
    return push(std::move(made));
  }

  /// A clip to whole steps of a layer that has other ones: looked up as it leaves the layer.
  int add_steps(int i) {
    const Node& node = graph_.nodes[i];
    IntegerNode made = start(i);
    made.op = IntegerOp::kTable;
    const auto [low, high] = clamp_steps(node, made.scale);
    for (int step = -128; step <= 127; ++step) {
      const float whole = std::nearbyint(float(step * input_scale(node)) / node.clip_step);
      const double value = std::round(double(whole * node.clip_step) / made.scale);
      made.table.push_back(std::int8_t(std::clamp(value, double(low), double(high))));
    }
    return push(std::move(made));
  }

  /// A node that passes values on must pass on their scale too.
  void check_same_scale(const Node& node, const IntegerNode& made) const {
    if (made.scale != input_scale(node)) {
      fail(node, "passes values on but its activation scale is not that of its input");
    }
  }

  /// A fully connected layer is a 1x1 convolution of its flattened input.
  int flattened(const Node& node, int source) {
    const IntegerNode& input = network_.nodes[source];
    if (input.out.h == 1 && input.out.w == 1) return source;
    IntegerNode made;
    made.name = node.name + ".flatten";
    made.op = IntegerOp::kFlatten;
    made.inputs = {source};
    made.out = {int(input.out.size()), 1, 1};
    made.scale = input.scale;
    return push(std::move(made));
  }

  int add_weighted(int i) {
    const Node& node = graph_.nodes[i];
    const int source = made_by_[node.inputs.at(0)];
    const int input = node.op == OpKind::kFullyConnected ? flattened(node, source) : source;
    IntegerNode made = start(i);
    made.op = IntegerOp::kConv;
    made.inputs = {input};
    if (node.op == OpKind::kConv) {
      made.groups = node.groups;
      made.window = node.window;
      made.transposed_positions = node.transposed_positions;
    }
    if (node.decomposition) {
      made.form = WeightForm::kDecomposed;
      made.terms = node.decomposition->terms;
      made.coefficients = node.decomposition->coefficients;
      made.basis = node.decomposition->basis;
    } else {
      if (node.weight_scale.empty()) fail(node, "has no int8 weights");
      made.form = WeightForm::kDirect;
      made.weights = direct_steps(node);
    }
    set_requantization(node, made);
    const std::int64_t worst = worst_case_accumulator(made, network_.nodes[input].out.c);
    if (worst > std::numeric_limits<std::int32_t>::max()) {
      fail(node, fmt::format("its accumulators could reach {}: more than 32 bits hold", worst));
    }
    if (made.window.is_dilated()) return append_phases(made, network_.nodes);
    return push(std::move(made));
  }

  void set_requantization(const Node& node, IntegerNode& made) const {
    const auto found = graph_.quantization.layers.find(node.name);
    if (found == graph_.quantization.layers.end()) {
      fail(node, "has no requantisation in the network's calibration");
    }
    const StoredQuantization::Requantization& stored = found->second;
    const auto outputs = std::size_t(node.out_channels);
    if (stored.multiplier.size() != outputs || stored.shift.size() != outputs ||
        stored.bias.size() != outputs) {
      fail(node,
           fmt::format("its calibration has not one multiplier, shift and bias for each of {} "
                       "output channels",
                       outputs));
    }
    made.bias = stored.bias;
    for (std::size_t k = 0; k < outputs; ++k) {
      if (stored.multiplier[k] < 0 || stored.shift[k] < 0 || stored.shift[k] > 62) {
        fail(node, fmt::format("output channel {}: multiplier {} or shift {} is out of range", k,
                               stored.multiplier[k], stored.shift[k]));
      }
      made.requant.push_back({stored.multiplier[k], stored.shift[k]});
    }
    set_negative_factors(node, stored, made);
  }

  void set_negative_factors(const Node& node, const StoredQuantization::Requantization& stored,
                            IntegerNode& made) const {
    if (stored.negative_multiplier.empty() && stored.negative_shift.empty()) return;
    const auto outputs = std::size_t(node.out_channels);
    if (stored.negative_multiplier.size() != outputs || stored.negative_shift.size() != outputs) {
      fail(node, fmt::format("its calibration has not one multiplier and shift of sums below 0 for "
                             "each of {} output channels",
                             outputs));
    }
    if (slopes_of_[std::size_t(graph_.find(node.name))] < 0) {
      fail(node, "its calibration has factors of sums below 0, and no PReLU by channel follows it");
    }
    for (std::size_t k = 0; k < outputs; ++k) {
      made.negative_requant.push_back({stored.negative_multiplier[k], stored.negative_shift[k]});
    }
  }

  Graph graph_;
  std::vector<int> slopes_of_;  ///< fused_slopes()
  std::vector<int> last_of_;    ///< last_fused()
  std::vector<int> made_by_;    ///< graph node -> integer node that makes its output
  IntegerNetwork network_;
};

}  // namespace

IntegerNetwork build_integer_network(const Graph& calibrated) {
  return IntegerBuilder(calibrated).build();
}

StoredQuantization::Requantization requantization_of(const Node& node, double input_scale,
                                                     double output_scale,
                                                     const SignSlopes& slopes) {
  const ChannelWeights weights = channel_weights(node);
  StoredQuantization::Requantization made;
  for (std::size_t k = 0; k < std::size_t(node.out_channels); ++k) {
    const double step = weights.scale[k] > 0 ? input_scale * weights.scale[k]
                                             : std::ldexp(output_scale, -kBiasOnlyBits);
    const double bias = node.bias.empty() ? 0.0 : std::round(double(node.bias[k]) / step);
    if (!(std::abs(bias) + kLargestInput * weights.magnitude[k] <=
          double(std::numeric_limits<std::int32_t>::max()))) {
      fail(node, fmt::format("output channel {}: its accumulator could reach {:.3g} with its bias "
                             "of {}: more than 32 bits hold",
                             k, std::abs(bias) + kLargestInput * weights.magnitude[k],
                             node.bias.empty() ? 0.0f : node.bias[k]));
    }
    const FixedPoint factor = to_fixed_point(step * slope_of(slopes.positive, k) / output_scale);
    made.multiplier.push_back(factor.multiplier);
    made.shift.push_back(factor.shift);
    made.bias.push_back(std::int32_t(bias));
    if (slopes.negative.empty()) continue;
    const FixedPoint negative =
        to_signed_fixed_point(step * slope_of(slopes.negative, k) / output_scale);
    made.negative_multiplier.push_back(negative.multiplier);
    made.negative_shift.push_back(negative.shift);
  }
  return made;
}

void drop_vanishing_channels(Node& node, double input_scale, double output_scale,
                             const SignSlopes& slopes) {
  const ChannelWeights weights = channel_weights(node);
  for (std::size_t k = 0; k < std::size_t(node.out_channels); ++k) {
    const double steepest =
        std::max(slope_of(slopes.positive, k), std::abs(slope_of(slopes.negative, k)));
    const double most =
        kLargestInput * weights.magnitude[k] * input_scale * weights.scale[k] * steepest;
    if (!(most < 0.5 * output_scale)) continue;
    const auto clear = [&](auto& values) {
      const std::size_t per_output = values.size() / std::size_t(node.out_channels);
      std::fill_n(values.begin() + std::ptrdiff_t(k * per_output), per_output, 0);
    };
    if (node.decomposition) {
      clear(node.decomposition->coefficients);
    } else {
      clear(node.weights);
    }
  }
}

}  // namespace escalate
