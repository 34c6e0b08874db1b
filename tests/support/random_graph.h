// Random small networks of every kind of layer, for property tests.
#pragma once

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "common/random.h"
#include "workloads/graph.h"

namespace escalate {

/// Shapes and structure are drawn by RapidCheck, so that they shrink; values come from a seed that
/// is drawn.
class RandomGraph {
 public:
  /// Called within a property; shapes are inferred. `every_kind`: also layers that cannot be
  /// trained, and several outputs. `quantized`: also clips to whole steps. These are for tests that
  /// compare integers or graphs: where floats are summed in another order, a step may be another.
  static Graph make(bool every_kind = false, bool quantized = false) {
    RandomGraph random;
    random.every_kind_ = every_kind;
    random.quantized_ = quantized;
    const int layers = *rc::gen::inRange(1, 9);
    while (int(random.graph_.nodes.size()) <= layers) random.add_layer();
    random.graph_.infer_shapes();
    if (every_kind) random.mark_outputs();
    random.add_quantization();
    return std::move(random.graph_);
  }

 private:
  RandomGraph() : random_(std::uint64_t(between(1, 1 << 20))) {
    graph_.name = "random";
    graph_.definition = pick({"", "made up"});
    Node input;
    input.name = "input";
    input.out = {between(1, 6), between(1, 7), between(1, 7)};
    graph_.nodes.push_back(std::move(input));
    if (chance()) graph_.transform.mean = floats(3);
    if (chance()) graph_.transform.std = floats(3);
    graph_.transform.bgr = chance();
  }

  static int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }
  static bool chance() { return between(0, 1) == 1; }
  static std::string pick(const std::vector<std::string>& words) {
    return words[std::size_t(between(0, int(words.size()) - 1))];
  }
  /// low to high, both included; not drawn by RapidCheck
  int value(int low, int high) {
    return low + int(random_.below(std::uint64_t(std::int64_t{high} - low + 1)));
  }
  std::vector<float> floats(int count) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(float(value(-999, 999)) / 777.0f);
    return values;
  }
  std::vector<std::int8_t> steps(std::size_t count, int most) {
    std::vector<std::int8_t> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(std::int8_t(value(-most, most)));
    return values;
  }
  std::vector<float> positive(int count) {
    std::vector<float> values = floats(count);
    for (float& value : values) value = std::abs(value) + 0.01f;
    return values;
  }

  const Shape& shape(int node) const { return graph_.nodes[std::size_t(node)].out; }

  // Names that invite collisions with those that a writer makes up.
  std::string name() {
    std::string made = pick({"a", "b", "a.combine", "a.basis", "b.weight", "a.scale", "layer"});
    while (graph_.find(made) >= 0) made += pick({"_", "1", ".map"});
    return made;
  }

  void add_layer() {
    Node node;
    node.name = name();
    // Mostly the last node, so that little of the graph leads nowhere.
    const int last = int(graph_.nodes.size()) - 1;
    const int from = between(0, 3) == 3 ? between(0, last) : last;
    node.inputs = {from};
    node.op = OpKind(between(int(OpKind::kConv), int(OpKind::kGlobalSum)));
    if (!every_kind_ && is_beyond_files(node.op)) return;
    fill(node, shape(from));
    graph_.nodes.push_back(std::move(node));
    try {
      graph_.infer_shapes();
    } catch (const UserError&) {  // a softmax of a map, a window that does not fit, ...
      graph_.nodes.pop_back();
    }
  }

  static bool is_beyond_files(OpKind op) {
    return op == OpKind::kMultiply || op == OpKind::kMinimum || op == OpKind::kMaximum ||
           op == OpKind::kPointwise || op == OpKind::kSelect;
  }

  void fill(Node& node, const Shape& in) {
    switch (node.op) {
      case OpKind::kConv:
        node.groups = in.c % 2 == 0 && chance() ? (chance() ? in.c : 2) : 1;
        node.out_channels = node.groups * between(1, 3);
        set_window(node);
        if (every_kind_ && chance()) {
          node.window.dilation_h = node.window.r == 1 ? 1 : between(1, 3);  // else it says nothing
          node.window.dilation_w = node.window.s == 1 ? 1 : between(1, 3);
        }
        return fill_weights(node, in.c / node.groups);
      case OpKind::kFullyConnected:
        node.out_channels = between(1, 4);
        return fill_weights(node, int(in.size()));
      case OpKind::kMaxPool:
      case OpKind::kAvgPool:
        set_window(node);
        node.window.ceil_mode = chance();
        if (node.op == OpKind::kAvgPool) node.count_include_pad = chance();
        return;
      case OpKind::kAdd:
        if (every_kind_ && chance()) node.add_factor[between(0, 1)] = -0.75f;
        return add_inputs(node, in);
      case OpKind::kMultiply:
      case OpKind::kMinimum:
      case OpKind::kMaximum:
      case OpKind::kConcat:
        return add_inputs(node, in);
      case OpKind::kPointwise:
        node.function = function(in.c);
        return;
      case OpKind::kSelect:
        return fill_selection(node, in);
      case OpKind::kChannelPad:
        node.pad_before = between(0, 2);
        node.pad_after = between(0, 2);
        return;
      case OpKind::kClip:
        if (quantized_ && chance()) {
          node.clip_step = float(between(1, 300)) / 2400;
          node.clip_min = float(between(-140, 0)) * node.clip_step;
          node.clip_max = float(between(1, 115)) * node.clip_step;
          return;
        }
        if (chance()) node.clip_min = float(between(-4, 0)) / 3;
        if (chance()) node.clip_max = float(between(1, 18)) / 3;
        return;
      case OpKind::kBatchNorm:
        node.bn_scale = floats(in.c);
        node.bn_bias = floats(in.c);
        node.bn_mean = chance() ? floats(in.c) : std::vector<float>(std::size_t(in.c), 0);
        node.bn_variance = chance() ? positive(in.c) : std::vector<float>(std::size_t(in.c), 1);
        node.bn_epsilon = chance() ? 0.0f : 1e-5f;
        return;
      default:
        return;
    }
  }

  void set_window(Node& node) {
    Window& window = node.window;
    window.r = between(1, 3);
    window.s = between(1, 3);
    window.stride_h = between(1, 2);
    window.stride_w = between(1, 2);
    window.pad_top = between(0, window.r - 1);
    window.pad_left = between(0, window.s - 1);
    window.pad_bottom = between(0, window.r - 1);
    window.pad_right = between(0, window.s - 1);
  }

  PointwiseFunction function(int channels) {
    using Op = PointwiseFunction::Op;
    const PointwiseFunction x, zero = PointwiseFunction::constant(0);
    const auto slope = chance() ? PointwiseFunction::constant(0.25f)
                                : PointwiseFunction::channel(floats(channels));
    switch (between(0, 2)) {
      case 0:
        return PointwiseFunction::unary(Op::kSigmoid, x);
      case 1:
        return PointwiseFunction::binary(Op::kMul, x, PointwiseFunction::unary(Op::kTanh, x));
      default:
        return PointwiseFunction::binary(
            Op::kAdd, PointwiseFunction::binary(Op::kMax, x, zero),
            PointwiseFunction::binary(Op::kMul, slope,
                                      PointwiseFunction::binary(Op::kMin, x, zero)));
    }
  }

  // Lists of every form: in order, strided, reversed, with repetitions, with zeros.
  void fill_selection(Node& node, const Shape& in) {
    node.selection.axis = between(0, 2);
    for (int more = between(0, 2); more > 0; --more) node.inputs.push_back(node.inputs[0]);
    const int joined = int(node.inputs.size());
    const auto list = [&](int axis, int extent) {
      const int whole = node.selection.axis == axis ? extent * joined : extent;
      std::vector<int> places;
      if (chance()) return places;
      for (int i = between(1, whole + 2); i > 0; --i) {
        places.push_back(between(Selection::kZero, whole - 1));
      }
      return places;
    };
    node.selection.channels = list(0, in.c);
    node.selection.rows = list(1, in.h);
    node.selection.columns = list(2, in.w);
  }

  void add_inputs(Node& node, const Shape& in) {
    std::vector<int> fitting;
    for (int i = 0; i < int(graph_.nodes.size()); ++i) {
      const bool fits = combines_two(node.op)
                            ? (every_kind_ ? broadcast(shape(i), in).has_value() : shape(i) == in)
                            : shape(i).h == in.h && shape(i).w == in.w;
      if (fits) fitting.push_back(i);
    }
    const int more = combines_two(node.op) ? 1 : between(1, 3);
    for (int i = 0; i < more; ++i) {
      node.inputs.push_back(fitting[std::size_t(between(0, int(fitting.size()) - 1))]);
    }
  }

  void fill_weights(Node& node, int channels) {
    const int outputs = node.out_channels;
    const int taps = node.window.r * node.window.s;
    if (chance()) {
      node.bias = floats(outputs);
      node.bias[0] = 0.5f;
    }
    switch (between(0, 2)) {
      case 0:
        node.weights = floats(outputs * channels * taps);
        node.form = LayerForm(between(0, 2));
        return;
      case 1: {
        node.form = LayerForm::kDirect;
        node.weight_scale = positive(outputs);
        for (int k = 0; k < outputs; ++k) {
          for (const std::int8_t step : steps(std::size_t(channels) * taps, 127)) {
            node.weights.push_back(float(step) * node.weight_scale[std::size_t(k)]);
          }
        }
        return;
      }
      default: {
        node.form = LayerForm::kDecomposed;
        Decomposition parts;
        parts.terms = node.terms = between(1, 4);
        parts.coefficients = steps(std::size_t(outputs) * parts.terms * channels, 1);
        parts.basis = steps(std::size_t(parts.terms) * taps, 127);
        parts.basis_scale = positive(1)[0];
        parts.channel_scale =
            chance() ? floats(outputs) : std::vector<float>(std::size_t(outputs), 1.0f);
        node.decomposition = std::move(parts);
      }
    }
  }

  void mark_outputs() {
    const bool has_softmax = std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                                         [](auto& node) { return node.op == OpKind::kSoftmax; });
    if (has_softmax) return;  // the only output of its network
    for (std::size_t i = 1; i + 1 < graph_.nodes.size(); ++i) {
      graph_.nodes[i].is_output = between(0, 4) == 4;
    }
  }

  void add_quantization() {
    if (chance()) return;
    for (const Node& node : graph_.nodes) {
      graph_.quantization.tensor_scale[node.name] = positive(1)[0];
      if (!node.is_weighted()) continue;
      auto& layer = graph_.quantization.layers[node.name];
      for (int k = 0; k < node.out_channels; ++k) {
        layer.multiplier.push_back(value(1 << 30, 2147483646));
        layer.shift.push_back(value(0, 62));
        layer.bias.push_back(value(-2000000, 2000000));
      }
    }
  }

  Random random_;
  Graph graph_;
  bool every_kind_ = false, quantized_ = false;
};

/// One line a layer, for the message of a property that fails.
inline std::string describe(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes) {
    text += fmt::format("{}: op {}, inputs {}, {}x{}x{}", node.name, int(node.op),
                        fmt::join(node.inputs, " "), node.out.c, node.out.h, node.out.w);
    if (node.is_output) text += ", output";
    const Window& w = node.window;
    text +=
        fmt::format(", window {}x{} stride {} {} pad {} {} {} {} ceil {}, groups {}{}\n", w.r, w.s,
                    w.stride_h, w.stride_w, w.pad_top, w.pad_left, w.pad_bottom, w.pad_right,
                    w.ceil_mode, node.groups, node.decomposition ? ", decomposed" : "");
  }
  return text;
}

}  // namespace escalate
