#include "workloads/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <optional>
#include <span>

#include "common/error.h"
#include "common/random.h"
#include "workloads/dilated_phases.h"
#include "workloads/function_table.h"
#include "workloads/layer_rules.h"
#include "workloads/npy.h"
#include "workloads/sign_slopes.h"

namespace escalate {
namespace {

constexpr double kTargetDeviation =
    40;  ///< deviation of a layer's output in int8 steps: 127 is 3.2 of them

// One 32-bit number decides an element: its upper 24 bits whether it is zero, the lower 8 its
// value.
constexpr std::uint32_t kDensityOne = 1u << 24;

std::uint32_t threshold(double density) {
  return static_cast<std::uint32_t>(std::lround(density * kDensityOne));
}

/// Fills `values` by element(upper 24 bits, lower 8 bits) on the numbers of `stream`.
template <class Element>
void fill(std::vector<std::int8_t>& values, RandomStream stream, Element element) {
  const std::size_t pairs = values.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    const std::uint64_t bits = stream.at(i);
    const auto low = static_cast<std::uint32_t>(bits),
               high = static_cast<std::uint32_t>(bits >> 32);
    values[2 * i] = element(low >> 8, low & 0xff);
    values[2 * i + 1] = element(high >> 8, high & 0xff);
  }
  if (values.size() % 2 != 0) {
    const auto low = static_cast<std::uint32_t>(stream.at(pairs));
    values.back() = element(low >> 8, low & 0xff);
  }
}

std::size_t checked_size(const std::string& name, std::initializer_list<std::int64_t> extents) {
  const std::int64_t size = num_elements(extents);
  if (size > kMostElements) {
    throw UserError(fmt::format("layer '{}': a tensor of more than {} elements is too large", name,
                                kMostElements));
  }
  return static_cast<std::size_t>(size);
}

void draw_ternary(std::vector<std::int8_t>& values, RandomStream stream, double density) {
  const std::uint32_t limit = threshold(density);
  fill(values, stream, [limit](std::uint32_t uniform, std::uint32_t low) {
    const int sign = 1 - 2 * static_cast<int>(low & 1);
    return static_cast<std::int8_t>(uniform < limit ? sign : 0);
  });
}

/// Non-zero magnitudes 1..most (most <= 127), both signs.
void draw_signed(std::vector<std::int8_t>& values, RandomStream stream, double density, int most) {
  const std::uint32_t limit = threshold(density);
  fill(values, stream, [limit, most](std::uint32_t uniform, std::uint32_t low) {
    const int magnitude = 1 + (static_cast<int>(low >> 1) * most >> 7);
    const int value = (low & 1) != 0 ? -magnitude : magnitude;
    return static_cast<std::int8_t>(uniform < limit ? value : 0);
  });
}

/// Non-zero values 1..127.
void draw_positive(std::vector<std::int8_t>& values, RandomStream stream, double density) {
  const std::uint32_t limit = threshold(density);
  fill(values, stream, [limit](std::uint32_t uniform, std::uint32_t low) {
    const int value = 1 + (static_cast<int>(low) * 127 >> 8);
    return static_cast<std::int8_t>(uniform < limit ? value : 0);
  });
}

/// Mean and mean square of a tensor's elements.
struct Moments {
  double mean = 0, square = 0;
  double variance() const { return square - mean * mean; }
};

Moments moments_of(const std::vector<std::int8_t>& values) {
  std::int64_t sum = 0, squares = 0;
  for (const std::int8_t value : values) {
    sum += value;
    squares += std::int32_t{value} * value;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(values.size(), 1));
  return {static_cast<double>(sum) / count, static_cast<double>(squares) / count};
}

NpyFile open_tensor(const Node& node, const std::string& key,
                    const std::vector<std::int64_t>& expected) {
  NpyFile file(node.npy_files.at(key));
  if (file.shape() != expected) {
    throw UserError({file.path()},
                    fmt::format("{} of layer '{}': is {}; expected {}", key, node.name,
                                file.description(), shape_text(expected)));
  }
  return file;
}

/// Elements of an int8 or bool file stay as they are. Those of a float32 file are scaled to a
/// largest magnitude of 127 and rounded.
std::vector<std::int8_t> read_scaled(const NpyFile& file, const std::string& what) {
  if (file.type() == NpyType::kUint8) {
    throw UserError({file.path()},
                    what + ": is " + file.description() + "; expected int8 or float32");
  }
  if (file.type() != NpyType::kFloat32) return file.read_int8(0, file.num_elements());
  const std::vector<float> real = file.read_floats(0, file.num_elements());
  float largest = 0;
  for (const float value : real) {
    if (!std::isfinite(value))
      throw UserError({file.path()}, what + ": holds a value that is not finite");
    largest = std::max(largest, std::abs(value));
  }
  std::vector<std::int8_t> values(real.size());
  const double factor = largest > 0 ? 127.0 / largest : 0;
  std::transform(real.begin(), real.end(), values.begin(), [factor](float value) {
    return static_cast<std::int8_t>(std::lround(value * factor));
  });
  return values;
}

/// Whole numbers within [-most, most], from int8 or float32.
std::vector<std::int8_t> read_whole(const NpyFile& file, const std::string& what, int most) {
  const std::vector<float> real = file.read_floats(0, file.num_elements());
  std::vector<std::int8_t> values(real.size());
  for (std::size_t i = 0; i < real.size(); ++i) {
    if (!(std::abs(real[i]) <= static_cast<float>(most)) || real[i] != std::trunc(real[i])) {
      throw UserError({file.path()}, fmt::format("{}: element {} is {}; expected a whole number "
                                                 "from {} to {}",
                                                 what, i, real[i], -most, most));
    }
    values[i] = static_cast<std::int8_t>(real[i]);
  }
  return values;
}

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

  RandomStream stream(const std::string& layer, const char* tensor) const {
    return RandomStream(seed_for(seed_for(network_.seed, layer), tensor));
  }

  void add(int i) {
    const Node& node = graph_.nodes[i];
    switch (node.op) {
      case OpKind::kConv:
      case OpKind::kFullyConnected:
        made_by_[i] = add_weighted(i);
        return;
      case OpKind::kRelu:
      case OpKind::kClip:
        made_by_[i] = add_clamp(i);
        return;
      case OpKind::kPointwise:
        made_by_[i] = add_function(i);
        return;
      case OpKind::kBatchNorm:
      case OpKind::kSoftmax:
        made_by_[i] = made_by_[node.inputs.at(0)];
        return;
      default:
        made_by_[i] = add_unweighted(node);
    }
  }

  int push(IntegerNode node, Moments moments) {
    network_.nodes.push_back(std::move(node));
    moments_.push_back(moments);
    return static_cast<int>(network_.nodes.size()) - 1;
  }

  IntegerNode start(const Node& node, IntegerOp op) const {
    IntegerNode made;
    made.name = node.name;
    made.op = op;
    for (const int input : node.inputs) made.inputs.push_back(made_by_[input]);
    made.out = node.out;
    return made;
  }

  int add_unweighted(const Node& node) {
    IntegerNode made = start(node, IntegerOp::kInput);
    Moments moments;
    if (!made.inputs.empty()) moments = moments_[made.inputs[0]];
    switch (node.op) {
      case OpKind::kMaxPool:
        made.op = IntegerOp::kMaxPool;
        made.window = node.window;
        break;
      case OpKind::kAvgPool:
      case OpKind::kGlobalAvgPool:
        made.op = IntegerOp::kAvgPool;
        made.window = node.window;
        made.count_include_pad = node.count_include_pad;
        if (node.op == OpKind::kGlobalAvgPool) {
          const Shape& in = network_.nodes[made.inputs[0]].out;
          made.window = Window{};
          made.window.r = made.window.stride_h = in.h;
          made.window.s = made.window.stride_w = in.w;
        }
        made.requant = average_factors(1, made.window, made.count_include_pad,
                                       network_.nodes[made.inputs[0]].out);
        break;
      case OpKind::kAdd:
        made.op = IntegerOp::kAdd;
        moments = set_add_factors(made);
        for (int n = 0; n < 2; ++n) {
          if (node.add_factor[n] < 0) made.add_multiplier[n] *= -1;
        }
        break;
      case OpKind::kMultiply:
        made.op = IntegerOp::kMultiply;
        moments = set_product_factor(made);
        break;
      case OpKind::kMinimum:
        made.op = IntegerOp::kMinimum;
        moments = set_choice_factors(made);
        break;
      case OpKind::kMaximum:
        made.op = IntegerOp::kMaximum;
        moments = set_choice_factors(made);
        break;
      case OpKind::kPointwise:
        made.op = IntegerOp::kTable;
        made.table = function_table(node.function, 1 / kTargetDeviation, 1 / kTargetDeviation);
        break;
      case OpKind::kSelect:
        made.op = IntegerOp::kSelect;
        made.selection = node.selection;
        made.requant.assign(made.inputs.size(), to_fixed_point(1));
        break;
      case OpKind::kConcat:
        made.op = IntegerOp::kConcat;
        made.requant.assign(made.inputs.size(), to_fixed_point(1));
        break;
      case OpKind::kChannelPad:
        made.op = IntegerOp::kChannelPad;
        made.pad_before = node.pad_before;
        made.pad_after = node.pad_after;
        break;
      case OpKind::kFlatten:
        made.op = IntegerOp::kFlatten;
        break;
      default:
        ensure(node.op == OpKind::kInput, "an operator that a drawn network cannot have");
        moments = {0, kTargetDeviation * kTargetDeviation};
    }
    return push(std::move(made), moments);
  }

  /// Both inputs are scaled by the same factor, so that their sum has the target as root mean
  /// square.
  Moments set_add_factors(IntegerNode& add) const {
    const Moments a = moments_[add.inputs.at(0)], b = moments_[add.inputs.at(1)];
    const double square = a.square + b.square + 2 * a.mean * b.mean;
    const double rms = std::sqrt(std::max(square, 1.0));
    const double factor = std::min(1.0, kTargetDeviation / rms);
    const FixedPoint fixed = to_fixed_point(factor);
    add.add_multiplier[0] = add.add_multiplier[1] = fixed.multiplier;
    add.add_shift = fixed.shift;
    return {factor * (a.mean + b.mean), factor * factor * square};
  }

  /// The product of two independent tensors gets the target as root mean square.
  Moments set_product_factor(IntegerNode& product) const {
    const Moments a = moments_[product.inputs.at(0)], b = moments_[product.inputs.at(1)];
    const double rms = std::sqrt(std::max(a.square * b.square, 1.0));
    const double factor = std::min(1.0, kTargetDeviation / rms);
    product.requant = {to_fixed_point(factor)};
    return {factor * a.mean * b.mean, factor * factor * a.square * b.square};
  }

  /// Of two tensors as they are the smaller or the larger value.
  Moments set_choice_factors(IntegerNode& choice) const {
    const Moments a = moments_[choice.inputs.at(0)], b = moments_[choice.inputs.at(1)];
    const FixedPoint one = to_fixed_point(1);
    choice.add_multiplier[0] = choice.add_multiplier[1] = one.multiplier;
    choice.add_shift = one.shift;
    return {(a.mean + b.mean) / 2, (a.square + b.square) / 2};
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
    const bool keeps_negative = node.op == OpKind::kClip && node.clip_min < 0;
    const auto phases = phases_.find(source);
    const bool clamps = makes_sums(source) || combines_two(network_.nodes[source].op);
    const bool can_fuse = clamps && is_for(source, i);
    int made = source;
    if (!can_fuse) {
      IntegerNode rescale = start(node, IntegerOp::kRescale);
      rescale.requant = {to_fixed_point(1)};
      made = push(std::move(rescale), moments_[source]);
    }
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
        const OpKind op = graph_.nodes[consumer].op;
        if (op != OpKind::kBatchNorm && op != OpKind::kSoftmax) ++readers;
      }
    }
    return readers;
  }

  int add_weighted(int i) {
    const Node& node = graph_.nodes[i];
    if (!node.drawn) {
      throw UserError(fmt::format("layer '{}' has no densities to draw its values at", node.name));
    }
    IntegerNode made = start(node, IntegerOp::kConv);
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
    const double deviation = form == LayerForm::kDirect
                                 ? draw_direct(node, made, in_channels, input)
                                 : draw_decomposed(node, made, in_channels, input);
    set_requantisation(made, deviation);
    const Moments moments{0, kTargetDeviation * kTargetDeviation};
    if (!made.window.is_dilated()) return push(std::move(made), moments);
    const auto first = static_cast<int>(network_.nodes.size());
    const int output = append_phases(made, network_.nodes);
    phases_[output] = first;
    moments_.resize(network_.nodes.size(), moments);
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
    node.substitute = draw_activations(layer, node.out);
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

  Activations draw_activations(const Node& layer, const Shape& shape) const {
    Activations drawn{shape, {}};
    const std::vector<std::int64_t> extents = {shape.c, shape.h, shape.w};
    const std::string what = fmt::format("input of layer '{}'", layer.name);
    if (layer.npy_files.contains("activations")) {
      drawn.values = read_scaled(open_tensor(layer, "activations", extents), what);
      return drawn;
    }
    drawn.values.resize(checked_size(layer.name, {shape.c, shape.h, shape.w}));
    std::vector<std::int8_t> mask;
    double density = layer.drawn->activation;
    if (layer.npy_files.contains("mask")) {
      mask = read_scaled(open_tensor(layer, "mask", extents), "mask of the " + what);
      density = 1;
    }
    const RandomStream numbers = stream(layer.name, "activations");
    if (layer.drawn->signed_input) {
      draw_signed(drawn.values, numbers, density, 127);
    } else {
      draw_positive(drawn.values, numbers, density);
    }
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] == 0) drawn.values[i] = 0;
    }
    return drawn;
  }

  /// Largest magnitude of a weight for which `products` of it with an int8 activation, and the bias
  /// of up to half a deviation, cannot leave int32.
  static int largest_weight(const Node& node, double products) {
    const double most = std::numeric_limits<std::int32_t>::max() / (products * 128 * 1.5);
    if (most < 1) {
      throw UserError(fmt::format("layer '{}': its int32 accumulators could overflow", node.name));
    }
    return static_cast<int>(std::min(127.0, most));
  }

  void draw_weights(const Node& node, IntegerNode& made, std::int64_t per_output) const {
    const auto draw = [&](double density) {
      draw_signed(made.weights, stream(node.name, "weights"), density,
                  largest_weight(node, static_cast<double>(per_output)));
    };
    const std::optional<NmPattern>& pattern = node.drawn->weight_pattern;
    if (!pattern) return draw(node.drawn->weight);
    // Of the places that the pattern leaves, as many that the share of all is the density.
    draw(std::min(1.0, node.drawn->weight / pattern->density()));
    const int taps = made.window.r * made.window.s;
    keep_pattern(made.weights, static_cast<int>(per_output / taps), taps, *pattern,
                 seed_for(seed_for(network_.seed, node.name), "weight_pattern"));
  }

  /// Returns the standard deviation of the accumulators over the draw of the weights.
  double draw_direct(const Node& node, IntegerNode& made, int in_channels, const Moments& input) {
    const Window& window = made.window;
    const std::int64_t per_output = std::int64_t{in_channels / made.groups} * window.r * window.s;
    made.form = WeightForm::kDirect;
    if (node.npy_files.contains("weights")) {
      made.weights = read_scaled(
          open_tensor(node, "weights", {made.out.c, in_channels / made.groups, window.r, window.s}),
          fmt::format("weights of layer '{}'", node.name));
    } else {
      made.weights.resize(checked_size(node.name, {made.out.c, per_output}));
      draw_weights(node, made, per_output);
    }
    return std::sqrt(static_cast<double>(per_output) * moments_of(made.weights).square *
                     input.square);
  }

  double draw_decomposed(const Node& node, IntegerNode& made, int in_channels,
                         const Moments& input) {
    const Window& window = made.window;
    const int taps = window.r * window.s;
    const int channels = in_channels / made.groups;
    made.form = WeightForm::kDecomposed;
    made.terms = num_terms(node, taps);
    if (node.npy_files.contains("coefficients")) {
      made.coefficients =
          read_whole(open_tensor(node, "coefficients", {made.out.c, made.terms, channels}),
                     fmt::format("coefficients of layer '{}'", node.name), 1);
    } else {
      made.coefficients.resize(checked_size(node.name, {made.out.c, made.terms, channels}));
      draw_ternary(made.coefficients, stream(node.name, "coefficients"), node.drawn->coefficient);
    }
    if (node.npy_files.contains("basis")) {
      made.basis = read_whole(open_tensor(node, "basis", {made.terms, window.r, window.s}),
                              fmt::format("basis of layer '{}'", node.name), 127);
    } else if (made.terms == 1 && taps == 1) {
      made.basis = {1};
    } else {
      made.basis.resize(checked_size(node.name, {made.terms, taps}));
      draw_signed(made.basis, stream(node.name, "basis"), 1,
                  largest_weight(node, static_cast<double>(channels) * made.terms * taps));
    }
    return decomposed_deviation(made, channels, input);
  }

  int num_terms(const Node& node, int taps) const {
    for (const char* key : {"coefficients", "basis"}) {
      if (!node.npy_files.contains(key)) continue;
      const NpyFile file(node.npy_files.at(key));
      if (file.shape().size() != 3 || file.num_elements() == 0) {
        throw UserError(
            {file.path()},
            fmt::format("{} of layer '{}': is {}; expected {}", key, node.name, file.description(),
                        key == std::string("basis") ? "[M][R][S]" : "[K][M][C/groups]"));
      }
      return static_cast<int>(file.shape()[key == std::string("basis") ? 0 : 1]);
    }
    if (node.terms > 0) return node.terms;
    if (node.decomposition) return node.decomposition->terms;
    return taps == 1 ? options_.pointwise_terms : std::min(options_.terms, taps);
  }

  /// Coefficients have mean 0 and are independent, so each (m, c) adds the mean square of its
  /// convolution with basis m: sum b^2 var(x) + (sum b)^2 mean(x)^2.
  static double decomposed_deviation(const IntegerNode& made, int channels, const Moments& input) {
    const std::size_t taps = made.basis.size() / static_cast<std::size_t>(made.terms);
    double square = 0;
    for (int m = 0; m < made.terms; ++m) {
      double sum = 0, squares = 0;
      for (std::size_t t = 0; t < taps; ++t) {
        const double b = made.basis[static_cast<std::size_t>(m) * taps + t];
        sum += b;
        squares += b * b;
      }
      square += squares * input.variance() + sum * sum * input.mean * input.mean;
    }
    return std::sqrt(square * channels * moments_of(made.coefficients).square);
  }

  void set_requantisation(IntegerNode& made, double deviation) const {
    const double factor = deviation > 0 ? kTargetDeviation / deviation : 1;
    const auto outputs = static_cast<std::size_t>(made.out.c);
    made.requant.assign(outputs, to_fixed_point(factor));
    made.bias.resize(outputs);
    const RandomStream numbers = stream(made.name, "bias");
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
