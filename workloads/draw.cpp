#include "workloads/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>

#include "common/error.h"
#include "common/random.h"
#include "workloads/dilated_phases.h"
#include "workloads/drawn_input.h"
#include "workloads/drawn_values.h"
#include "workloads/drawn_weights.h"
#include "workloads/layer_rules.h"
#include "workloads/layers/kinds.h"
#include "workloads/sign_slopes.h"

namespace escalate {
namespace {

class Drawer {
 public:
  Drawer(const Graph& graph, const DrawOptions& options) : graph_(graph), options_(options) {
    network_.name = graph.name;
    network_.transform = graph.transform;
    network_.seed = options.seed.value_or(graph.seed);
    made_by_.assign(graph.nodes.size(), -1);
    consumers_.resize(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const int input : graph.nodes[i].inputs)
        consumers_[input].push_back(static_cast<int>(i));
    }
  }

  DrawnNetwork draw() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      add(static_cast<int>(i));
      if (graph_.nodes[i].is_output) network_.nodes[made_by_[i]].is_output = true;
    }
    network_.nodes.back().is_output = false;  // as the last one it is one
    if (made_by_.back() + 1 != static_cast<int>(network_.nodes.size())) drop_unread();
    network_.validate();
    return {std::move(network_), std::move(warnings_)};
  }

 private:
  /// Where the last node was dropped, its input is the output; nodes that do not lead there are not
  /// drawn.
  void drop_unread() {
    std::vector<bool> is_read(network_.nodes.size(), false);
    is_read.front() = is_read[made_by_.back()] = true;
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      if (network_.nodes[i].is_output) is_read[i] = true;
    }
    for (std::size_t i = network_.nodes.size(); i-- > 0;) {
      for (const int input : network_.nodes[i].inputs) {
        is_read[input] = is_read[input] || is_read[i];
      }
    }
    std::vector<IntegerNode> kept;
    std::vector<int> moved(network_.nodes.size(), -1);
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      IntegerNode& node = network_.nodes[i];
      if (!is_read[i]) {
        warnings_.push_back(
            fmt::format("'{}' is left out: the network's output does not depend on it", node.name));
        continue;
      }
      for (int& input : node.inputs) input = moved[input];
      moved[i] = static_cast<int>(kept.size());
      kept.push_back(std::move(node));
    }
    network_.nodes = std::move(kept);
  }

  void add(int i) {
    const Node& node = graph_.nodes[i];
    switch (kind_of(node).role()) {
      case IntegerRole::kLayer:
        made_by_[i] = add_unweighted(node);
        return;
      case IntegerRole::kWeighted:
        made_by_[i] = add_weighted(i);
        return;
      case IntegerRole::kClamp:
        made_by_[i] = add_clamp(i);
        return;
      case IntegerRole::kFunction:
        made_by_[i] = add_function(i);
        return;
      case IntegerRole::kNone:
        made_by_[i] = made_by_[node.inputs.at(0)];
        return;
    }
  }

  int push(IntegerNode node, Moments moments) {
    network_.nodes.push_back(std::move(node));
    moments_.push_back(moments);
    return static_cast<int>(network_.nodes.size()) - 1;
  }

  IntegerNode start(const Node& node) const {
    IntegerNode made;
    made.name = node.name;
    for (const int input : node.inputs) made.inputs.push_back(made_by_[input]);
    made.out = node.out;
    return made;
  }

  int add_unweighted(const Node& node) {
    IntegerNode made = start(node);
    std::vector<Shape> shapes;
    std::vector<Moments> read;
    for (const int input : made.inputs) {
      shapes.push_back(network_.nodes[input].out);
      read.push_back(moments_[input]);
    }
    const Moments moments = kind_of(node).draw(node, shapes, read, made);
    return push(std::move(made), moments);
  }

  /// Whether an integer node is a convolution, or puts the phases of a dilated one in order.
  bool makes_sums(int node) const {
    return network_.nodes[node].op == IntegerOp::kConv || phases_.contains(node);
  }

  /// Whether graph node `i` alone reads what integer node `source` makes, which can do its work.
  bool is_for(int source, int i) const {
    // The network's output has to stay its last node.
    const bool order_kept = source + 1 == static_cast<int>(network_.nodes.size()) ||
                            i + 1 != static_cast<int>(graph_.nodes.size());
    return order_kept && readers_of(source) == 1 && !network_.nodes[source].substitute &&
           !network_.nodes[source].is_output;
  }

  /// A function: factors of the convolution before it where these do (PReLU by channel), or else a
  /// table.
  int add_function(int i) {
    const Node& node = graph_.nodes[i];
    const int source = made_by_[node.inputs.at(0)];
    const std::optional<SignSlopes> slopes = fusible_slopes(node.function);
    if (!slopes || !makes_sums(source) || !is_for(source, i)) return add_unweighted(node);
    const auto phases = phases_.find(source);
    for (int n = phases == phases_.end() ? source : phases->second; n <= source; ++n) {
      if (network_.nodes[n].op == IntegerOp::kConv) set_slopes(network_.nodes[n], *slopes);
    }
    return source;
  }

  static void set_slopes(IntegerNode& conv, const SignSlopes& slopes) {
    for (std::size_t k = 0; k < conv.requant.size(); ++k) {
      const auto slope = [k](const std::vector<float>& of) {
        return static_cast<double>(of.size() == 1 ? of[0] : of[k]);
      };
      const double factor =
          std::ldexp(static_cast<double>(conv.requant[k].multiplier), -conv.requant[k].shift);
      conv.requant[k] = to_fixed_point(factor * slope(slopes.positive));
      conv.negative_requant.push_back(to_signed_fixed_point(factor * slope(slopes.negative)));
    }
  }

  /// A ReLU or clip: fused into the node before it where that clamps and nobody else reads it.
  int add_clamp(int i) {
    const Node& node = graph_.nodes[i];
    const int source = made_by_[node.inputs.at(0)];
    const bool keeps_negative = kind_of(node).bounds(node).first < 0;
    const auto phases = phases_.find(source);
    const bool clamps = makes_sums(source) || combines_two(network_.nodes[source].op);
    const bool can_fuse = clamps && is_for(source, i);
    int made = source;
    if (!can_fuse) made = add_unweighted(node);
    if (!keeps_negative) {
      network_.nodes[made].clamp_low = 0;
      if (can_fuse && phases != phases_.end()) clamp_phases(phases->second, source);
      // The positive half of a normal distribution is left: its mean is deviation / sqrt(2 pi).
      const Moments before = moments_[made];
      if (std::abs(before.mean) < 1e-9) {
        moments_[made] = {std::sqrt(before.square / (2 * std::numbers::pi)), before.square / 2};
      }
    }
    return made;
  }

  /// A dilated convolution makes its output in phases, and a selection puts these in order.
  void clamp_phases(int first, int output) {
    network_.nodes[output].clamp_low = IntegerNode{}.clamp_low;
    for (int i = first; i <= output; ++i) {
      if (network_.nodes[i].op == IntegerOp::kConv) network_.nodes[i].clamp_low = 0;
    }
  }

  /// Graph nodes that read what integer node `made` makes (dropped nodes pass on to their readers).
  std::size_t readers_of(int made) const {
    std::size_t readers = 0;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (made_by_[i] != made) continue;
      for (const int consumer : consumers_[i]) {
        if (kind_of(graph_.nodes[consumer]).role() != IntegerRole::kNone) ++readers;
      }
    }
    return readers;
  }

  int add_weighted(int i) {
    const Node& node = graph_.nodes[i];
    if (!node.drawn) {
      throw UserError(fmt::format("layer '{}' has no densities to draw its values at", node.name));
    }
    IntegerNode made = start(node);
    made.op = IntegerOp::kConv;
    const Shape in = network_.nodes[made.inputs.at(0)].out;
    substitute_input(node, made.inputs[0]);
    Moments input = moments_[made.inputs[0]];
    made.groups = node.groups;
    made.window = node.window;
    made.transposed_positions = node.transposed_positions;
    int in_channels = in.c;
    if (node.op == OpKind::kFullyConnected) {
      in_channels = static_cast<int>(in.size());
      made.groups = 1;
      made.window = Window{};
      if (in.h != 1 || in.w != 1) made.inputs[0] = add_flatten(node, made.inputs[0], input);
    }
    const LayerForm form = options_.plain_weights           ? LayerForm::kDirect
                           : node.form == LayerForm::kUnset ? default_form(graph_, i)
                                                            : node.form;
    const double deviation =
        form == LayerForm::kDirect
            ? draw_direct(node, made, in_channels, input, network_.seed)
            : draw_decomposed(node, made, in_channels, input, options_, network_.seed);
    set_requantisation(made, deviation);
    if (!made.window.is_dilated()) return push(std::move(made), kDrawnMoments);
    const auto first = static_cast<int>(network_.nodes.size());
    const int output = append_phases(made, network_.nodes);
    phases_[output] = first;
    moments_.resize(network_.nodes.size(), kDrawnMoments);
    return output;
  }

  int add_flatten(const Node& node, int input, Moments moments) {
    IntegerNode flatten;
    flatten.name = node.name + ".flatten";
    flatten.op = IntegerOp::kFlatten;
    flatten.inputs = {input};
    flatten.out = {static_cast<int>(network_.nodes[input].out.size()), 1, 1};
    return push(std::move(flatten), moments);
  }

  /// Draws what `layer` reads, unless an earlier layer that reads it has done so.
  void substitute_input(const Node& layer, int source) {
    int maker = source;
    while (network_.nodes[maker].op == IntegerOp::kFlatten) maker = network_.nodes[maker].inputs[0];
    IntegerNode& node = network_.nodes[maker];
    const bool named = layer.npy_files.contains("activations") || layer.npy_files.contains("mask");
    if (node.substitute) {
      const Node& first = graph_.nodes[drawn_for_.at(maker)];
      const bool first_named =
          first.npy_files.contains("activations") || first.npy_files.contains("mask");
      if (named || (!first_named && first.drawn->activation != layer.drawn->activation)) {
        warnings_.push_back(fmt::format(
            "layers '{}' and '{}' read the same tensor '{}' but ask for different inputs: that of "
            "'{}' is drawn",
            first.name, layer.name, node.name, first.name));
      }
      return;
    }
    drawn_for_[maker] = graph_.find(layer.name);
    node.substitute = draw_activations(layer, node.out, network_.seed, options_.jobs);
    if (num_filled(node) > 0) clear_filled(layer, node);
    const Moments moments = moments_of(node.substitute->values);
    for (int at = source; at != maker; at = network_.nodes[at].inputs[0]) moments_[at] = moments;
    moments_[maker] = moments;
  }

  // The machine fills padding with zeros, whatever its readers ask for.
  void clear_filled(const Node& layer, IntegerNode& node) {
    auto value = node.substitute->values.begin();
    bool has_values = false;
    for (int c = 0; c < node.out.c; ++c) {
      for (int h = 0; h < node.out.h; ++h) {
        for (int w = 0; w < node.out.w; ++w, ++value) {
          if (*value == 0 || !is_filled(node, c, h, w)) continue;
          has_values = true;
          *value = 0;
        }
      }
    }
    if (has_values && layer.npy_files.contains("activations")) {
      warnings_.push_back(
          fmt::format("the input of layer '{}' stays zero in the padding that '{}' adds",
                      layer.name, node.name));
    }
  }

  void set_requantisation(IntegerNode& made, double deviation) const {
    const double factor = deviation > 0 ? kDrawnDeviation / deviation : 1;
    const auto outputs = static_cast<std::size_t>(made.out.c);
    made.requant.assign(outputs, to_fixed_point(factor));
    made.bias.resize(outputs);
    const RandomStream numbers = stream_of(network_.seed, made.name, "bias");
    for (std::size_t k = 0; k < outputs; ++k) {  // uniform within half a deviation
      const double uniform = static_cast<double>(numbers.at(k) >> 11) * 0x1p-53 - 0.5;
      made.bias[k] = static_cast<std::int32_t>(std::lround(uniform * deviation));
    }
  }

  const Graph& graph_;
  const DrawOptions& options_;
  IntegerNetwork network_;
  std::vector<std::string> warnings_;
  std::vector<Moments> moments_;             ///< moments of what each integer node's readers see
  std::vector<int> made_by_;                 ///< graph node -> integer node that makes its output
  std::vector<std::vector<int>> consumers_;  ///< consumers of each graph node
  std::map<int, int> phases_;                ///< output of a dilated convolution -> its first phase
  std::map<int, int> drawn_for_;             ///< integer node -> graph node its substitute is for
};

}  // namespace

DrawnNetwork draw_network(const Graph& graph, const DrawOptions& options) {
  if (options.terms < 1 || options.pointwise_terms < 1) {
    throw UserError("the number of terms of a decomposed layer must be at least 1");
  }
  return Drawer(graph, options).draw();
}

Activations synthetic_input(const IntegerNetwork& network, std::int64_t image) {
  const IntegerNode& input = network.nodes.at(0);
  if (input.substitute) return *input.substitute;
  Activations drawn{input.out,
                    std::vector<std::int8_t>(static_cast<std::size_t>(input.out.size()))};
  const RandomStream numbers(seed_for(network.seed, fmt::format("synthetic[{}]", image)));
  draw_signed(drawn.values, numbers, 1, 127);
  return drawn;
}

}  // namespace escalate
