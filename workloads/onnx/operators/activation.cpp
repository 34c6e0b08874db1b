#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

using F = PointwiseFunction;
using Op = PointwiseFunction::Op;

F c(float number) { return F::constant(number); }
F u(Op op, const F& of) { return F::unary(op, of); }
F b(Op op, const F& left, const F& right) { return F::binary(op, left, right); }
F x() { return {}; }
F clamped(const F& of, float low, float high) {
  return b(Op::kMin, b(Op::kMax, of, c(low)), c(high));
}
F positive() { return b(Op::kMax, x(), c(0)); }
F negative() { return b(Op::kMin, x(), c(0)); }

F leaky(float slope) { return b(Op::kAdd, positive(), b(Op::kMul, negative(), c(slope))); }
F elu(float alpha) {
  const F curve = b(Op::kSub, u(Op::kExp, negative()), c(1));
  return b(Op::kAdd, positive(), b(Op::kMul, curve, c(alpha)));
}
F celu(float alpha) {
  const F inner = u(Op::kExp, b(Op::kDiv, negative(), c(alpha)));
  return b(Op::kAdd, positive(), b(Op::kMul, b(Op::kSub, inner, c(1)), c(alpha)));
}
F gelu(bool by_tanh) {
  if (!by_tanh) {
    const F inner = u(Op::kErf, b(Op::kMul, x(), c(0.70710678118654752f)));
    return b(Op::kMul, b(Op::kMul, x(), c(0.5f)), b(Op::kAdd, inner, c(1)));
  }
  const F cube = b(Op::kMul, b(Op::kMul, x(), x()), b(Op::kMul, x(), c(0.044715f)));
  const F inner = u(Op::kTanh, b(Op::kMul, b(Op::kAdd, x(), cube), c(0.7978845608028654f)));
  return b(Op::kMul, b(Op::kMul, x(), c(0.5f)), b(Op::kAdd, inner, c(1)));
}

using Make = std::function<F(const OnnxNode&)>;

// Functions of one value, by operator; numbers come from attributes.
const std::map<std::string, Make>& functions() {
  const auto of = [](Op op) { return [op](const OnnxNode&) { return u(op, x()); }; };
  static const std::map<std::string, Make> all = {
      {"Sigmoid", of(Op::kSigmoid)},
      {"Tanh", of(Op::kTanh)},
      {"Exp", of(Op::kExp)},
      {"Log", of(Op::kLog)},
      {"Sqrt", of(Op::kSqrt)},
      {"Abs", of(Op::kAbs)},
      {"Neg", of(Op::kNegate)},
      {"Erf", of(Op::kErf)},
      {"Reciprocal", of(Op::kReciprocal)},
      {"Softplus", of(Op::kSoftplus)},
      {"Floor", of(Op::kFloor)},
      {"Ceil", of(Op::kCeil)},
      {"Round", of(Op::kRound)},
      {"Sign", of(Op::kSign)},
      {"LeakyRelu", [](const OnnxNode& node) { return leaky(node.number("alpha", 0.01f)); }},
      {"Elu", [](const OnnxNode& node) { return elu(node.number("alpha", 1)); }},
      {"Celu", [](const OnnxNode& node) { return celu(node.number("alpha", 1)); }},
      {"ThresholdedRelu",
       [](const OnnxNode& node) {
         const F above = u(Op::kSign, b(Op::kSub, x(), c(node.number("alpha", 1))));
         return b(Op::kMul, x(), b(Op::kMax, above, c(0)));
       }},
      {"Selu",
       [](const OnnxNode& node) {
         return b(Op::kMul, elu(node.number("alpha", 1.67326319217681884765625f)),
                  c(node.number("gamma", 1.05070102214813232421875f)));
       }},
      {"HardSigmoid",
       [](const OnnxNode& node) {
         const F line = b(Op::kMul, x(), c(node.number("alpha", 0.2f)));
         return clamped(b(Op::kAdd, line, c(node.number("beta", 0.5f))), 0, 1);
       }},
      {"HardSwish",
       [](const OnnxNode&) {
         const F line = b(Op::kAdd, b(Op::kDiv, x(), c(6)), c(0.5f));
         return b(Op::kMul, x(), clamped(line, 0, 1));
       }},
      {"Softsign",
       [](const OnnxNode&) { return b(Op::kDiv, x(), b(Op::kAdd, u(Op::kAbs, x()), c(1))); }},
      {"Mish",
       [](const OnnxNode&) { return b(Op::kMul, x(), u(Op::kTanh, u(Op::kSoftplus, x()))); }},
      {"Swish",
       [](const OnnxNode& node) {
         const F inner = b(Op::kMul, x(), c(node.number("alpha", 1)));
         return b(Op::kMul, x(), u(Op::kSigmoid, inner));
       }},
      {"Gelu", [](const OnnxNode& node) {
         const std::string how = node.text("approximate", "none");
         if (how != "none" && how != "tanh") node.fail("has approximate " + how);
         return gelu(how == "tanh");
       }}};
  return all;
}

void function(OnnxNetwork& network, const OnnxNode& node) {
  const OnnxView view = network.without_fill(node, network.view(node, 0));
  finish_function(network, node, view, functions().at(node.op())(node));
}

void relu(OnnxNetwork& network, const OnnxNode& node) {
  const OnnxView view = network.without_fill(node, network.view(node, 0));
  finish_function(network, node, view, OnnxNetwork::layer(OpKind::kRelu, {}), positive());
}

float bound(const OnnxNetwork& network, const OnnxNode& node, int i, const char* name,
            float otherwise) {
  float value = node.number(name, otherwise);
  if (node.has_input(i)) {
    const OnnxTensor& tensor = network.constant(node, i, name);
    if (tensor.size() != 1 || !tensor.is_floating()) {
      node.fail(fmt::format("expected one number as its {}", name));
    }
    value = tensor.floats[0];
  }
  return value;
}

void clip(OnnxNetwork& network, const OnnxNode& node) {
  if (network.quantized.contains(node.input(0))) return clip_steps(network, node);
  Node made = OnnxNetwork::layer(OpKind::kClip, {});
  made.clip_min = bound(network, node, 1, "min", made.clip_min);
  made.clip_max = bound(network, node, 2, "max", made.clip_max);
  // What PyTorch writes for none.
  constexpr float kLargest = std::numeric_limits<float>::max();
  if (made.clip_min == -kLargest) made.clip_min = -std::numeric_limits<float>::infinity();
  if (made.clip_max == kLargest) made.clip_max = std::numeric_limits<float>::infinity();
  if (!(made.clip_min <= made.clip_max)) node.fail("its minimum is above its maximum");
  const OnnxView view = network.without_fill(node, network.view(node, 0));
  const F function = clamped(x(), made.clip_min, made.clip_max);
  finish_function(network, node, view, std::move(made), function);
}

void sloped(OnnxNetwork& network, const OnnxNode& node) {
  OnnxView view = with_channels(network, node, network.view(node, 0));
  network.floats(node, 1, "slope");
  const std::vector<float> slope =
      along_channels(network, node, view, network.constant(node, 1, "slope"));
  const F factor = slope.size() == 1 ? c(slope[0]) : F::channel(slope);
  finish_function(network, node, view, b(Op::kAdd, positive(), b(Op::kMul, negative(), factor)));
}

// By channel of the layer, for a view that has each channel in one place.
std::vector<float> channel_values(OnnxNetwork& network, const OnnxNode& node, OnnxView& view, int i,
                                  const char* what) {
  OnnxTensor tensor = network.constant(node, i, what);
  network.floats(node, i, what);
  const std::size_t rank = view.rank();
  if (rank < 2 || tensor.dims != OnnxDims{view.extent(1)}) {
    node.fail(fmt::format("has {} values as its {}, expected one for each of {} channels",
                          tensor.size(), what, rank < 2 ? 0 : view.extent(1)));
  }
  tensor.dims.resize(rank - 1, 1);
  std::vector<float> values = along_channels(network, node, view, tensor);
  if (values.size() == 1) values.assign(std::size_t(network.shape(view.node).c), values[0]);
  return values;
}

void batch_norm(OnnxNetwork& network, const OnnxNode& node) {
  node.ignore("momentum");     // momentum of the running statistics in training
  node.flag("spatial", true);  // 0: one number an element, which is one a channel of a vector
  // Before opset 14 the outputs after the first say that it trains.
  if (node.flag("training_mode") || (node.opset() < 14 && !node.other_outputs().empty())) {
    node.fail("is in training mode; expected one that uses its running statistics");
  }
  OnnxView view = with_channels(network, node, network.view(node, 0));
  const auto axes = view.axes(network.shape(view.node));
  if (view.rank() > 2 && (!axes || (*axes)[1] != 0)) {
    view = network.whole_of(node, network.map(node, view), view);
  }
  Node made = OnnxNetwork::layer(OpKind::kBatchNorm, {});
  made.bn_scale = channel_values(network, node, view, 1, "scale");
  made.bn_bias = channel_values(network, node, view, 2, "bias");
  made.bn_mean = channel_values(network, node, view, 3, "mean");
  made.bn_variance = channel_values(network, node, view, 4, "variance");
  made.bn_epsilon = node.number("epsilon", 1e-5f);
  for (const float variance : made.bn_variance) {
    if (!(variance + made.bn_epsilon > 0)) {
      node.fail(fmt::format("has a variance of {}; expected it, plus epsilon, above 0", variance));
    }
  }
  made.inputs = {view.node};
  OnnxView result = view;
  result.node = network.add(node, std::move(made));
  result.name = node.name();
  network.define(node.output(), std::move(result));
}

void softmax(OnnxNetwork& network, const OnnxNode& node) {
  const OnnxView view = network.view(node, 0);
  const int rank = int(view.rank());
  // Before opset 13 it is over all dimensions from the axis on, since then over that one alone.
  // For vectors and maps of one position, which is all that is read, these are the same.
  if (node.axis("axis", node.opset() >= 13 ? -1 : 1, rank) != 1) {
    node.fail("expected a softmax over channels");
  }
  if (network.ends.size() > 1) node.fail("expected a softmax as the only output");
  const int layer =
      network.add(node, OnnxNetwork::layer(OpKind::kSoftmax, {network.map(node, view)}));
  network.finish(node, layer, view.rank());
}

}  // namespace

OnnxLowerings activation_lowerings() {
  OnnxLowerings made = {{"Relu", relu},
                        {"Clip", clip},
                        {"PRelu", sloped},
                        {"BatchNormalization", batch_norm},
                        {"Softmax", softmax}};
  for (const auto& [name, unused] : functions()) made[name] = function;
  return made;
}

}  // namespace escalate
