// Quant and BipolarQuant, operators of QONNX and Brevitas.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/node.h"
#include "workloads/onnx/quantization.h"
#include "workloads/onnx/quantized_operators.h"

namespace escalate {
namespace {

using Operator = onnx::NodeProto;
using Proto = onnx::TensorProto;

bool is_of_qonnx(const std::string& domain) {
  constexpr std::array kDomains = {"qonnx.custom_op.general", "finn.custom_op.general",
                                   "onnx.brevitas"};
  return std::find(kDomains.begin(), kDomains.end(), domain) != kDomains.end();
}

// Input `i`, a constant of floats.
OnnxTensor floats_of(const OnnxRewriter& rewriter, const Operator& node, int i, const char* what) {
  std::optional<OnnxTensor> found;
  if (i < node.input_size()) found = rewriter.constant(node.input(i));
  if (!found || !found->is_floating() || found->size() == 0) {
    OnnxNode::fail(node, fmt::format("its {} must be a constant of floats in the file", what));
  }
  return std::move(*found);
}

float one_of(const Operator& node, const OnnxTensor& tensor, const char* what) {
  const float first = tensor.floats[0];
  if (!std::all_of(tensor.floats.begin(), tensor.floats.end(),
                   [&](float value) { return value == first; })) {
    OnnxNode::fail(node, fmt::format("has several {}s; expected one for all of a value that is no "
                                     "constant",
                                     what));
  }
  return first;
}

// Attributes of Quant.
struct Rules {
  bool is_signed = true, is_narrow = false;
  std::string rounding = "ROUND";
};

Rules rules_of(const Operator& node) {
  Rules rules;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "signed") {
      rules.is_signed = attribute.i() != 0;
    } else if (attribute.name() == "narrow") {
      rules.is_narrow = attribute.i() != 0;
    } else if (attribute.name() == "rounding_mode") {
      rules.rounding = attribute.s();
    } else {
      OnnxNode::fail(node, fmt::format("its attribute '{}' is not supported", attribute.name()));
    }
  }
  return rules;
}

IntegerRange range_of(const Operator& node, const Rules& rules, float bits) {
  constexpr float kMostBits = 32;
  if (bits != std::floor(bits) || bits < 1 || bits > kMostBits) {
    OnnxNode::fail(node, fmt::format("has {} bits; expected 1 to {}", bits, kMostBits));
  }
  const std::int64_t levels = std::int64_t{1} << std::int64_t(bits), narrow = rules.is_narrow;
  if (rules.is_signed) return {-levels / 2 + narrow, levels / 2 - 1};
  return {0, levels - 1 - narrow};
}

float rounded(const Operator& node, const std::string& how, float value) {
  if (how == "ROUND") return std::nearbyint(value);
  if (how == "CEIL") return std::ceil(value);
  if (how == "FLOOR") return std::floor(value);
  if (how == "ROUND_TO_ZERO") return std::trunc(value);
  OnnxNode::fail(node,
                 fmt::format("rounds by {}; expected ROUND, CEIL, FLOOR or ROUND_TO_ZERO", how));
}

// For each element of the values the place of its scale or zero point.
std::vector<std::int64_t> places_of(const Operator& node, const OnnxDims& from,
                                    const OnnxDims& to) {
  bool fits = from.size() <= to.size();
  for (std::size_t i = 0; fits && i < from.size(); ++i) {
    const std::int64_t own = from[from.size() - 1 - i];
    fits = own == 1 || own == to[to.size() - 1 - i];
  }
  if (!fits) {
    OnnxNode::fail(node, fmt::format("its scale or zero point [{}] is not one for [{}]",
                                     fmt::join(from, ", "), fmt::join(to, ", ")));
  }
  return broadcast_places(from, to);
}

// Constants become what they are quantised to; scales and zero points are broadcast.
OnnxTensor quantized(const Operator& node, const OnnxTensor& values, const OnnxTensor& scale,
                     const OnnxTensor& zero, const IntegerRange& range, const Rules& rules) {
  OnnxTensor made = values;
  const auto steps = places_of(node, scale.dims, values.dims);
  const auto points = places_of(node, zero.dims, values.dims);
  for (std::size_t i = 0; i < made.floats.size(); ++i) {
    const float step = scale.floats[std::size_t(steps[i])];
    const float point = zero.floats[std::size_t(points[i])];
    const float whole = std::clamp(rounded(node, rules.rounding, values.floats[i] / step + point),
                                   float(range.low), float(range.high));
    made.floats[i] = (whole - point) * step;
    made.steps = std::max(made.steps, std::int64_t(std::abs(whole - point)));
  }
  return made;
}

// A Clip, where there are bounds to keep to.
std::string clipped(OnnxRewriter& rewriter, const std::string& name, const std::string& input,
                    float low, float high) {
  constexpr int kFirstOpsetOfInputs = 11;
  const std::string made = rewriter.unused(name + ".range");
  if (rewriter.opset() >= kFirstOpsetOfInputs) {
    rewriter.add("Clip", made,
                 {input, rewriter.add_constant(made + ".low", OnnxTensor::of_floats({}, {low})),
                  rewriter.add_constant(made + ".high", OnnxTensor::of_floats({}, {high}))},
                 made);
    return made;
  }
  Operator& node = rewriter.add("Clip", made, {input}, made);
  for (const auto& [key, value] : {std::pair{"min", low}, std::pair{"max", high}}) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(key);
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
  }
  return made;
}

// A value that is no constant: clipped where its bits are not those of a type, then quantised.
void quantize_value(OnnxRewriter& rewriter, const Operator& node, float scale, float zero,
                    const IntegerRange& range, const Rules& rules) {
  if (rules.rounding != "ROUND") {
    OnnxNode::fail(node, fmt::format("rounds by {}; expected ROUND", rules.rounding));
  }
  const int type = rules.is_signed ? Proto::INT8 : Proto::UINT8;
  const IntegerRange held = *integer_range(type);
  const bool is_held = range.low >= held.low && range.high <= held.high;
  if (zero != std::floor(zero) ||
      (is_held && (zero < float(held.low) || zero > float(held.high)))) {
    OnnxNode::fail(node, fmt::format("has the zero point {}; expected a whole number of {} to {}",
                                     zero, held.low, held.high));
  }
  const std::string name = OnnxNode::name_of(node);
  std::string from = node.input(0);
  if (!is_held || range.low != held.low || range.high != held.high) {
    from = clipped(rewriter, name, from, (float(range.low) - zero) * scale,
                   (float(range.high) - zero) * scale);
  }
  if (!is_held) {  // more steps than int8 has
    rewriter.add("Identity", name, {from}, node.output(0));
    return;
  }
  OnnxTensor point(type, {});
  point.integers[0] = std::int64_t(zero);
  const OnnxRewriter::Names how = {
      rewriter.add_constant(name + ".scale", OnnxTensor::of_floats({}, {scale})),
      rewriter.add_constant(name + ".zero_point", point)};
  const std::string steps = rewriter.unused(name + ".steps");
  rewriter.add("QuantizeLinear", name, {from, how[0], how[1]}, steps);
  rewriter.add("DequantizeLinear", rewriter.unused(name + ".values"), {steps, how[0], how[1]},
               node.output(0));
}

bool quant(OnnxRewriter& rewriter, const Operator& node) {
  const Rules rules = rules_of(node);
  const OnnxTensor scale = floats_of(rewriter, node, 1, "scale");
  const OnnxTensor zero = floats_of(rewriter, node, 2, "zero point");
  const float bits = one_of(node, floats_of(rewriter, node, 3, "number of bits"), "number of bit");
  const IntegerRange range = range_of(node, rules, bits);
  if (!std::all_of(scale.floats.begin(), scale.floats.end(), [](float s) { return s > 0; })) {
    OnnxNode::fail(node, "has a scale that is not above 0");
  }
  if (const auto values = rewriter.constant(node.input(0))) {
    rewriter.define(node.output(0), quantized(node, *values, scale, zero, range, rules));
    return true;
  }
  quantize_value(rewriter, node, one_of(node, scale, "scale"), one_of(node, zero, "zero point"),
                 range, rules);
  return true;
}

bool bipolar(OnnxRewriter& rewriter, const Operator& node) {
  auto values = rewriter.constant(node.input_size() > 0 ? node.input(0) : "");
  if (!values) return false;
  const OnnxTensor scale = floats_of(rewriter, node, 1, "scale");
  const auto places = places_of(node, scale.dims, values->dims);
  for (std::size_t i = 0; i < values->floats.size(); ++i) {
    const float step = scale.floats[std::size_t(places[i])];
    values->floats[i] = values->floats[i] >= 0 ? step : -step;
  }
  rewriter.define(node.output(0), *values);
  return true;
}

}  // namespace

bool rewrite_quantizer(OnnxRewriter& rewriter, const Operator& node) {
  if (!is_of_qonnx(node.domain())) return false;
  if (node.op_type() == "Quant" || node.op_type() == "IntQuant") return quant(rewriter, node);
  if (node.op_type() == "BipolarQuant") return bipolar(rewriter, node);
  return false;
}

}  // namespace escalate
