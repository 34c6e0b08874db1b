#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "common/error.h"
#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

using F = PointwiseFunction;
using Op = PointwiseFunction::Op;

Op step_of(const OnnxNode& node) {
  static const std::map<std::string, Op> steps = {
      {"Add", Op::kAdd}, {"Sub", Op::kSub}, {"Mul", Op::kMul}, {"Div", Op::kDiv}, {"Min", Op::kMin},
      {"Max", Op::kMax}, {"Pow", Op::kPow}, {"Sum", Op::kAdd}, {"Mean", Op::kAdd}};
  return steps.at(node.op());
}

// Added to a layer with weights that nothing else reads: its bias.
bool take_as_bias(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view,
                  const std::string& name, const std::vector<float>& shift) {
  Node& layer = network.graph().nodes[std::size_t(view.node)];
  const auto readers = network.readers.find(name);
  if (network.is_ours || !layer.is_weighted() || readers == network.readers.end() ||
      readers->second != 1 || layer.name != view.name) {
    return false;
  }
  const auto channels = std::size_t(layer.out_channels);
  std::vector<float> bias = layer.bias.empty() ? std::vector<float>(channels, 0) : layer.bias;
  for (std::size_t k = 0; k < channels; ++k) bias[k] += shift[shift.size() == 1 ? 0 : k];
  if (!std::all_of(bias.begin(), bias.end(), [](float v) { return std::isfinite(v); }))
    return false;
  layer.bias = std::move(bias);
  network.define(node.output(), view);
  return true;
}

std::vector<float> each(std::vector<float> values, float (*of)(float)) {
  for (float& value : values) value = of(value);
  return values;
}

// x * scale + shift, each by channel or one for all.
struct Affine {
  std::vector<float> scale = {1}, shift = {0};
};

// x + c, x - c, c - x, x * c and x / c; nothing for what is no line.
std::optional<Affine> line_of(Op op, bool is_left, const std::vector<float>& c) {
  const auto negative = [](float v) { return -v; };
  const auto inverse = [](float v) { return 1 / v; };
  if (op == Op::kAdd) return Affine{{1}, c};
  if (op == Op::kSub) return is_left ? Affine{{1}, each(c, negative)} : Affine{{-1}, c};
  if (op == Op::kMul) return Affine{c, {0}};
  if (op == Op::kDiv && is_left) return Affine{each(c, inverse), {0}};
  return std::nullopt;
}

bool finish_line(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view, int map,
                 const std::vector<float>& c, const F& function) {
  const std::optional<Affine> line = line_of(step_of(node), map == 0, c);
  if (!line || !std::all_of(line->scale.begin(), line->scale.end(),
                            [](float v) { return std::isfinite(v); })) {
    return false;
  }
  if (line->scale == std::vector<float>{1} &&
      take_as_bias(network, node, view, node.input(map), line->shift)) {
    return true;
  }
  finish_affine(network, node, view, line->scale, line->shift, function);
  return true;
}

void with_constant(OnnxNetwork& network, const OnnxNode& node, int map) {
  OnnxView view = with_channels(network, node, network.view(node, map));
  OnnxTensor constant = network.constant(node, 1 - map, "constant");
  if (!constant.is_floating() && node.op() == "Pow") {
    constant =
        OnnxTensor::of_floats(constant.dims, {constant.integers.begin(), constant.integers.end()});
  }
  if (constant.dims.size() > view.rank()) {  // which adds dimensions in front
    view.dims.insert(view.dims.begin(), constant.dims.size() - view.rank(), {0});
  }
  const std::vector<float> c = along_channels(network, node, view, constant);
  F number = c.size() == 1 ? F::constant(c[0]) : F::channel(c);
  if (network.is_ours && !constant.dims.empty() && c.size() == 1) {  // as it was written
    number = F::channel(std::vector<float>(std::size_t(network.shape(view.node).c), c[0]));
  }
  const Op op = step_of(node);
  if (op == Op::kPow && map == 0 && c == std::vector<float>{2} && !network.is_ours) {
    return finish_function(network, node, view, F::binary(Op::kMul, {}, {}));
  }
  const F function = map == 0 ? F::binary(op, {}, number) : F::binary(op, number, {});
  if (finish_line(network, node, view, map, c, function)) return;
  if ((op == Op::kMin || op == Op::kMax) && c.size() == 1) {
    Node made = OnnxNetwork::layer(OpKind::kClip, {});
    (op == Op::kMin ? made.clip_max : made.clip_min) = c[0];
    return finish_function(network, node, view, std::move(made), function);
  }
  finish_function(network, node, view, function);
}

// A layer and what another one computes from each of its values.
struct Origin {
  int layer;
  F function;
};

// From a layer back over functions of single values.
std::vector<Origin> origins(const OnnxNetwork& network, int layer) {
  std::vector<Origin> made = {{layer, {}}};
  for (auto found = network.functions.find(layer); found != network.functions.end();
       found = network.functions.find(layer)) {
    const F composed = F::composed(made.back().function, found->second);
    if (composed.steps().size() > F::kMostSteps) break;
    layer = network.graph().nodes[std::size_t(layer)].inputs[0];
    made.push_back({layer, composed});
  }
  return made;
}

// Two functions of one tensor are one.
bool finish_composed(OnnxNetwork& network, const OnnxNode& node, const OnnxView& a,
                     const OnnxView& b) {
  if (!a.is_like(b) || a.has_fill()) return false;
  if (network.is_ours && !network.steps.contains(node.name()) &&
      !network.composed.contains(node.name())) {
    return false;
  }
  for (const Origin& left : origins(network, a.node)) {
    for (const Origin& right : origins(network, b.node)) {
      if (left.layer != right.layer) continue;
      const bool sum_of_same = left.function.is_identity() && right.function.is_identity() &&
                               !network.is_ours && step_of(node) == Op::kAdd;
      F function = F::binary(step_of(node), left.function, right.function);
      if (sum_of_same || function.steps().size() > F::kMostSteps) return false;
      OnnxView view = a;
      view.node = left.layer;
      finish_function(network, node, view, std::move(function));
      return true;
    }
  }
  return false;
}

Node pair_layer(const OnnxNode& node, int a, int b) {
  // Of a quotient, the right operand is made its inverse.
  static const std::map<Op, OpKind> kinds = {
      {Op::kAdd, OpKind::kAdd},      {Op::kSub, OpKind::kAdd},     {Op::kMul, OpKind::kMultiply},
      {Op::kDiv, OpKind::kMultiply}, {Op::kMin, OpKind::kMinimum}, {Op::kMax, OpKind::kMaximum}};
  const auto kind = kinds.find(step_of(node));
  if (kind == kinds.end()) {
    node.fail("combines two maps; expected a constant as one of them");
  }
  Node made = OnnxNetwork::layer(kind->second, {a, b});
  if (kind->first == Op::kSub) made.add_factor[1] = -1;
  return made;
}

OnnxView in_rank(OnnxView view, std::size_t rank) {
  if (view.rank() < rank) view.dims.insert(view.dims.begin(), rank - view.rank(), {0});
  return view;
}

// Two views by their layers, and how the layer's output is seen.
struct Pair {
  int a, b;
  std::optional<std::vector<int>> axes;  ///< none: as `a` is seen
};

Pair aligned(OnnxNetwork& network, const OnnxNode& node, OnnxView& a, OnnxView& b) {
  const std::size_t rank = std::max(a.rank(), b.rank());
  a = in_rank(a, rank);
  b = in_rank(b, rank);
  if (a.is_like(b) && network.shape(a.node) == network.shape(b.node) && !a.has_fill()) {
    return {a.node, b.node, std::nullopt};
  }
  for (const OnnxView* leader : {&a, &b}) {
    const auto axes = leader->axes(network.shape(leader->node));
    const OnnxView& other = leader == &a ? b : a;
    if (axes &&
        OnnxView::ordered(other.node, network.shape(other.node), *axes, "").dims == other.dims) {
      return {a.node, b.node, axes};
    }
  }
  const int left = network.map(node, a), right = network.map(node, b);
  a = network.whole_of(node, left, a);
  b = network.whole_of(node, right, b);
  const OnnxView& larger = network.shape(left).size() < network.shape(right).size() ? b : a;
  return {left, right, larger.axes(network.shape(larger.node))};
}

// Where two views have their channels in one order, or one of them has a single channel, puts them
// back and returns the order.
std::vector<int> take_shared_order(const OnnxNetwork& network, OnnxView& a, OnnxView& b) {
  OnnxView left = a, right = b;
  const std::vector<int> of_left = network.take_channel_order(left);
  const std::vector<int> of_right = network.take_channel_order(right);
  const auto is_one = [&](const OnnxView& view) {
    return view.rank() > 1 && view.extent(1) == 1 && network.shape(view.node).c == 1;
  };
  if (of_left == of_right || is_one(right)) {
    a = std::move(left);
    b = std::move(right);
    return of_left;
  }
  if (!is_one(left)) return {};
  b = std::move(right);
  return of_right;
}

void check_broadcast(const OnnxNode& node, const OnnxView& a, const OnnxView& b) {
  const OnnxDims left = a.extents(), right = b.extents();
  for (std::size_t i = 1; i <= std::min(left.size(), right.size()); ++i) {
    const std::int64_t x = left[left.size() - i], y = right[right.size() - i];
    if (x != y && x != 1 && y != 1) {
      node.fail(fmt::format("combines maps of different shape: [{}] and [{}]",
                            fmt::join(left, ", "), fmt::join(right, ", ")));
    }
  }
}

void with_map(OnnxNetwork& network, const OnnxNode& node, OnnxView a, OnnxView b,
              const std::string& tail) {
  check_broadcast(node, a, b);
  if (finish_composed(network, node, a, b)) return;
  std::vector<int> order;
  if (a.rank() == b.rank()) order = take_shared_order(network, a, b);
  const Pair pair = aligned(network, node, a, b);
  Node made = pair_layer(node, pair.a, pair.b);
  if (step_of(node) == Op::kDiv) {
    Node inverse = OnnxNetwork::layer(OpKind::kPointwise, {pair.b});
    inverse.function = F::unary(Op::kReciprocal, {});
    const F function = inverse.function;
    const int layer = network.add(node, std::move(inverse), "inverse");
    network.functions[layer] = function;
    made.inputs[1] = layer;
  }
  OnnxView result = a;
  result.node = network.add(node, std::move(made), tail);
  if (pair.axes) {
    result = OnnxView::ordered(result.node, network.shape(result.node), *pair.axes, "");
  }
  result.name = node.name();
  network.give_channel_order(result, order);
  network.define(node.output(), std::move(result));
}

void binary(OnnxNetwork& network, const OnnxNode& node) {
  for (int i = 0; i < 2; ++i) {
    if (network.is_constant(node, i)) return with_constant(network, node, 1 - i);
  }
  with_map(network, node, network.view(node, 0), network.view(node, 1), "");
}

// Sum, Mean, Min and Max of any number of maps.
void many(OnnxNetwork& network, const OnnxNode& node) {
  const int count = node.num_inputs();
  if (count == 1) return network.define(node.output(), network.view(node, 0));
  if (count == 2 && node.op() != "Mean") return binary(network, node);
  for (int i = 1; i < count; ++i) {
    const OnnxView left = i == 1 ? network.view(node, 0) : *network.find_view(node.output());
    const bool last = i + 1 == count && node.op() != "Mean";
    with_map(network, node, left, network.view(node, i), last ? "" : fmt::format("of{}", i + 1));
  }
  if (node.op() != "Mean") return;
  const float share = 1 / float(count);
  finish_affine(network, node, *network.find_view(node.output()), {share}, {0},
                F::binary(Op::kMul, {}, F::constant(share)));
}

}  // namespace

OnnxLowerings elementwise_lowerings() {
  OnnxLowerings made;
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow"}) made[op] = binary;
  for (const char* op : {"Min", "Max", "Sum", "Mean"}) made[op] = many;
  return made;
}

}  // namespace escalate
