#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.h"
#include "workloads/graph.h"
#include "workloads/onnx/interpreter.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;
using Proto = onnx::TensorProto;

// A function of one float, with numbers from the node's attributes.
template <class Make>
OnnxEvaluation unary(Make make) {
  return [make](const OnnxNode& node, const OnnxInputs& inputs) -> Tensors {
    const auto function = make(node);
    OnnxTensor made = needed(node, inputs, 0);
    if (!made.is_floating()) {
      for (std::int64_t& value : made.integers) value = std::int64_t(function(float(value)));
    }
    for (float& value : made.floats) value = function(value);
    return {std::move(made)};
  };
}

template <class Function>
OnnxEvaluation plain(Function function) {
  return unary([function](const OnnxNode&) { return function; });
}

// Pairs of two broadcast tensors, as they are.
template <class T, class Made, class Function>
void combine(const std::vector<T>& a, const std::vector<T>& b, const OnnxDims& a_dims,
             const OnnxDims& b_dims, const OnnxDims& dims, std::vector<Made>& made,
             Function function) {
  made.resize(std::size_t(num_elements(dims)));
  if (a_dims == b_dims) {
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = Made(function(a[i], b[i]));
    return;
  }
  const auto left = broadcast_places(a_dims, dims), right = broadcast_places(b_dims, dims);
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = Made(function(a[std::size_t(left[i])], b[std::size_t(right[i])]));
  }
}

template <class Floats, class Integers>
OnnxTensor combined(const OnnxNode& node, const OnnxTensor& a, const OnnxTensor& b, Floats floats,
                    Integers integers) {
  if (a.is_floating() != b.is_floating()) node.fail("combines whole numbers and floats");
  OnnxTensor made(a.type, broadcast(node, a.dims, b.dims));
  if (a.is_floating()) {
    combine(a.floats, b.floats, a.dims, b.dims, made.dims, made.floats, floats);
  } else {
    combine(a.integers, b.integers, a.dims, b.dims, made.dims, made.integers, integers);
  }
  return made;
}

template <class Floats, class Integers>
OnnxEvaluation binary(Floats floats, Integers integers) {
  return [=](const OnnxNode& node, const OnnxInputs& inputs) -> Tensors {
    return {combined(node, needed(node, inputs, 0), needed(node, inputs, 1), floats, integers)};
  };
}

// One operator after another over all inputs.
template <class Function>
OnnxEvaluation many(Function function, bool is_mean = false) {
  return [=](const OnnxNode& node, const OnnxInputs& inputs) -> Tensors {
    OnnxTensor made = needed(node, inputs, 0);
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      made = combined(node, made, needed(node, inputs, i), function, function);
    }
    if (is_mean) {
      for (float& value : made.floats) value /= float(inputs.size());
    }
    return {std::move(made)};
  };
}

template <class Function>
OnnxEvaluation comparison(Function function) {
  return [=](const OnnxNode& node, const OnnxInputs& inputs) -> Tensors {
    const OnnxTensor &a = needed(node, inputs, 0), &b = needed(node, inputs, 1);
    if (a.is_floating() != b.is_floating()) node.fail("compares whole numbers and floats");
    OnnxTensor made(Proto::BOOL, broadcast(node, a.dims, b.dims));
    if (a.is_floating()) {
      combine(a.floats, b.floats, a.dims, b.dims, made.dims, made.integers, function);
    } else {
      combine(a.integers, b.integers, a.dims, b.dims, made.dims, made.integers, function);
    }
    return {std::move(made)};
  };
}

// Whole numbers wrap around, as those of runtimes do.
std::int64_t wrapped(std::uint64_t value) { return std::int64_t(value); }

std::int64_t quotient(std::int64_t a, std::int64_t b) {
  if (b == 0) throw UserError("divides a whole number by 0");
  return b == -1 ? wrapped(0 - std::uint64_t(a)) : a / b;
}

std::int64_t remainder_of(std::int64_t a, std::int64_t b) {
  if (b == 0) throw UserError("divides a whole number by 0");
  const std::int64_t rest = b == -1 ? 0 : a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

Tensors power(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& a = needed(node, inputs, 0);
  OnnxTensor b = needed(node, inputs, 1);
  if (a.is_floating() && !b.is_floating()) {
    b = OnnxTensor::of_floats(b.dims, as_floats(b));
  } else if (!a.is_floating() && b.is_floating()) {
    b = OnnxTensor::of_integers(b.dims, as_integers(b));
  }
  return {combined(
      node, a, b, [](float x, float y) { return std::pow(x, y); },
      [](std::int64_t x, std::int64_t y) { return std::int64_t(std::pow(double(x), double(y))); })};
}

Tensors modulus(const OnnxNode& node, const OnnxInputs& inputs) {
  const bool truncated = node.flag("fmod");
  const auto whole = [truncated](std::int64_t a, std::int64_t b) {
    return truncated ? (b == 0 ? remainder_of(a, b) : a % b) : remainder_of(a, b);
  };
  return {combined(
      node, needed(node, inputs, 0), needed(node, inputs, 1),
      [](float x, float y) { return std::fmod(x, y); }, whole)};
}

Tensors where(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor &condition = needed(node, inputs, 0), &a = needed(node, inputs, 1),
                   &b = needed(node, inputs, 2);
  if (a.is_floating() != b.is_floating()) node.fail("chooses of whole numbers and floats");
  const OnnxDims dims = broadcast(node, condition.dims, broadcast(node, a.dims, b.dims));
  const auto which = broadcast_places(condition.dims, dims);
  const auto left = broadcast_places(a.dims, dims), right = broadcast_places(b.dims, dims);
  OnnxTensor made(a.type, dims);
  for (std::size_t i = 0; i < which.size(); ++i) {
    const bool first = condition.integers.at(std::size_t(which[i])) != 0;
    const OnnxTensor& from = first ? a : b;
    const auto place = std::size_t(first ? left[i] : right[i]);
    if (a.is_floating()) {
      made.floats[i] = from.floats[place];
    } else {
      made.integers[i] = from.integers[place];
    }
  }
  return {std::move(made)};
}

Tensors negated_truth(const OnnxNode& node, const OnnxInputs& inputs) {
  OnnxTensor made = needed(node, inputs, 0);
  for (std::int64_t& value : made.integers) value = value == 0;
  return {std::move(made)};
}

float bound(const OnnxNode& node, const OnnxInputs& inputs, std::size_t i, const char* name,
            float otherwise) {
  if (!is_given(inputs, i)) return node.number(name, otherwise);
  const std::vector<float> values = as_floats(*inputs[i]);
  if (values.size() != 1) node.fail(fmt::format("expected one number as its {}", name));
  return values[0];
}

Tensors clip(const OnnxNode& node, const OnnxInputs& inputs) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float low = bound(node, inputs, 1, "min", -infinity);
  const float high = bound(node, inputs, 2, "max", infinity);
  OnnxTensor made = needed(node, inputs, 0);
  for (float& value : made.floats) value = std::min(high, std::max(low, value));
  for (std::int64_t& value : made.integers) {
    if (double(value) < double(low)) value = std::int64_t(low);
    if (double(value) > double(high)) value = std::int64_t(high);
  }
  return {std::move(made)};
}

Tensors sloped(const OnnxNode& node, const OnnxInputs& inputs) {
  const auto prelu = [](auto x, auto slope) { return x < 0 ? x * slope : x; };
  return {combined(node, needed(node, inputs, 0), needed(node, inputs, 1), prelu, prelu)};
}

// A whole number of a type that holds fewer.
std::int64_t narrowed(std::int64_t value, int type) {
  switch (type) {
    case Proto::INT8:
      return std::int8_t(value);
    case Proto::UINT8:
      return std::uint8_t(value);
    case Proto::INT16:
      return std::int16_t(value);
    case Proto::UINT16:
      return std::uint16_t(value);
    case Proto::INT32:
      return std::int32_t(value);
    case Proto::UINT32:
      return std::uint32_t(value);
    case Proto::BOOL:
      return value != 0;
    default:
      return value;
  }
}

OnnxTensor of_type(const OnnxNode& node, const OnnxTensor& from, std::int64_t type) {
  const bool known = OnnxTensor::is_floating(int(type)) || type == Proto::BOOL ||
                     (type >= Proto::UINT8 && type <= Proto::INT64) || type == Proto::UINT32 ||
                     type == Proto::UINT64;
  if (!known) node.fail(fmt::format("makes elements of ONNX type {}", type));
  OnnxTensor made(int(type), from.dims);
  if (made.is_floating()) {
    made.floats = as_floats(from);
    return made;
  }
  for (std::size_t i = 0; i < made.integers.size(); ++i) {
    if (from.is_floating() && type == Proto::BOOL) {
      made.integers[i] = from.floats[i] != 0;
    } else if (from.is_floating()) {
      const float value = from.floats[i];
      if (!(std::abs(value) < 9e18f)) node.fail("makes a whole number of one that is too large");
      made.integers[i] = narrowed(std::int64_t(value), int(type));
    } else {
      made.integers[i] = narrowed(from.integers[i], int(type));
    }
  }
  return made;
}

Tensors cast(const OnnxNode& node, const OnnxInputs& inputs) {
  node.ignore("saturate");
  node.ignore("round_mode");
  return {of_type(node, needed(node, inputs, 0), node.integer("to", 0))};
}

Tensors cast_like(const OnnxNode& node, const OnnxInputs& inputs) {
  node.ignore("saturate");
  node.ignore("round_mode");
  return {of_type(node, needed(node, inputs, 0), needed(node, inputs, 1).type)};
}

OnnxEvaluations activations() {
  const auto number = [](const char* name, float otherwise) {
    return [=](const OnnxNode& node) { return node.number(name, otherwise); };
  };
  const auto alpha = [&](float otherwise) { return number("alpha", otherwise); };
  OnnxEvaluations made;
  made["Relu"] = plain([](float x) { return std::max(x, 0.0f); });
  made["LeakyRelu"] = unary([a = alpha(0.01f)](const OnnxNode& node) {
    return [a = a(node)](float x) { return x < 0 ? a * x : x; };
  });
  made["Elu"] = unary([a = alpha(1)](const OnnxNode& node) {
    return [a = a(node)](float x) { return x < 0 ? a * (std::exp(x) - 1) : x; };
  });
  made["Celu"] = unary([a = alpha(1)](const OnnxNode& node) {
    return [a = a(node)](float x) { return x < 0 ? a * (std::exp(x / a) - 1) : x; };
  });
  made["Selu"] = unary([](const OnnxNode& node) {
    return [a = node.number("alpha", 1.67326319f), g = node.number("gamma", 1.05070102f)](float x) {
      return g * (x < 0 ? a * (std::exp(x) - 1) : x);
    };
  });
  made["ThresholdedRelu"] = unary([a = alpha(1)](const OnnxNode& node) {
    return [a = a(node)](float x) { return x > a ? x : 0.0f; };
  });
  made["HardSigmoid"] = unary([](const OnnxNode& node) {
    return [a = node.number("alpha", 0.2f), b = node.number("beta", 0.5f)](float x) {
      return std::clamp(a * x + b, 0.0f, 1.0f);
    };
  });
  made["HardSwish"] = plain([](float x) { return x * std::clamp(x / 6 + 0.5f, 0.0f, 1.0f); });
  made["Softplus"] =
      plain([](float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))); });
  made["Softsign"] = plain([](float x) { return x / (1 + std::abs(x)); });
  made["Mish"] = plain([](float x) {
    return x * std::tanh(std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))));
  });
  made["Swish"] = unary([a = alpha(1)](const OnnxNode& node) {
    return [a = a(node)](float x) { return x / (1 + std::exp(-a * x)); };
  });
  made["Gelu"] = unary([](const OnnxNode& node) {
    return [tanh = node.text("approximate", "none") == "tanh"](float x) {
      return tanh ? 0.5f * x * (1 + std::tanh(0.7978845608f * (x + 0.044715f * x * x * x)))
                  : 0.5f * x * (1 + std::erf(x * 0.7071067812f));
    };
  });
  made["PRelu"] = sloped;
  made["Clip"] = clip;
  return made;
}

OnnxEvaluations functions() {
  OnnxEvaluations made;
  made["Neg"] = plain([](float x) { return -x; });
  made["Abs"] = plain([](float x) { return std::abs(x); });
  made["Exp"] = plain([](float x) { return std::exp(x); });
  made["Log"] = plain([](float x) { return std::log(x); });
  made["Sqrt"] = plain([](float x) { return std::sqrt(x); });
  made["Reciprocal"] = plain([](float x) { return 1 / x; });
  made["Sigmoid"] = plain([](float x) { return 1 / (1 + std::exp(-x)); });
  made["Tanh"] = plain([](float x) { return std::tanh(x); });
  made["Erf"] = plain([](float x) { return std::erf(x); });
  made["Floor"] = plain([](float x) { return std::floor(x); });
  made["Ceil"] = plain([](float x) { return std::ceil(x); });
  made["Round"] = plain([](float x) { return std::nearbyint(x); });
  made["Sign"] = plain([](float x) { return float((x > 0) - (x < 0)); });
  made["Sin"] = plain([](float x) { return std::sin(x); });
  made["Cos"] = plain([](float x) { return std::cos(x); });
  return made;
}

}  // namespace

OnnxEvaluations arithmetic_evaluations() {
  OnnxEvaluations made = activations();
  made.merge(functions());
  const auto add = [](std::int64_t a, std::int64_t b) {
    return wrapped(std::uint64_t(a) + std::uint64_t(b));
  };
  const auto subtract = [](std::int64_t a, std::int64_t b) {
    return wrapped(std::uint64_t(a) - std::uint64_t(b));
  };
  const auto multiply = [](std::int64_t a, std::int64_t b) {
    return wrapped(std::uint64_t(a) * std::uint64_t(b));
  };
  made["Add"] = binary([](float a, float b) { return a + b; }, add);
  made["Sub"] = binary([](float a, float b) { return a - b; }, subtract);
  made["Mul"] = binary([](float a, float b) { return a * b; }, multiply);
  made["Div"] = binary([](float a, float b) { return a / b; }, quotient);
  made["Min"] = many([](auto a, auto b) { return std::min(a, b); });
  made["Max"] = many([](auto a, auto b) { return std::max(a, b); });
  made["Sum"] = many([](auto a, auto b) { return a + b; });
  made["Mean"] = many([](auto a, auto b) { return a + b; }, true);
  made["Equal"] = comparison([](auto a, auto b) { return a == b; });
  made["Greater"] = comparison([](auto a, auto b) { return a > b; });
  made["GreaterOrEqual"] = comparison([](auto a, auto b) { return a >= b; });
  made["Less"] = comparison([](auto a, auto b) { return a < b; });
  made["LessOrEqual"] = comparison([](auto a, auto b) { return a <= b; });
  made["And"] = comparison([](auto a, auto b) { return a != 0 && b != 0; });
  made["Or"] = comparison([](auto a, auto b) { return a != 0 || b != 0; });
  made["Xor"] = comparison([](auto a, auto b) { return (a != 0) != (b != 0); });
  made["Not"] = negated_truth;
  made["Pow"] = power;
  made["Mod"] = modulus;
  made["Where"] = where;
  made["Cast"] = cast;
  made["CastLike"] = cast_like;
  return made;
}

}  // namespace escalate
