#include "workloads/onnx/writer_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/error.h"
#include "workloads/onnx/quantization.h"

namespace escalate {
namespace {

using Op = PointwiseFunction::Op;
using Numbers = std::vector<std::int64_t>;

const char* operator_of(Op op) {
  static const std::map<Op, const char*> names = {
      {Op::kNegate, "Neg"},        {Op::kAbs, "Abs"},     {Op::kExp, "Exp"},
      {Op::kLog, "Log"},           {Op::kSqrt, "Sqrt"},   {Op::kReciprocal, "Reciprocal"},
      {Op::kSigmoid, "Sigmoid"},   {Op::kTanh, "Tanh"},   {Op::kErf, "Erf"},
      {Op::kSoftplus, "Softplus"}, {Op::kFloor, "Floor"}, {Op::kCeil, "Ceil"},
      {Op::kRound, "Round"},       {Op::kSign, "Sign"},   {Op::kAdd, "Add"},
      {Op::kSub, "Sub"},           {Op::kMul, "Mul"},     {Op::kDiv, "Div"},
      {Op::kMin, "Min"},           {Op::kMax, "Max"},     {Op::kPow, "Pow"}};
  return names.at(op);
}

std::string constant_of(OnnxModelBuilder& builder, const Node& node,
                        const PointwiseFunction::Step& step, int rank) {
  if (step.op == Op::kConstant) return builder.constant(node, "number", {}, {step.number});
  const auto channels = std::int64_t(step.by_channel.size());
  return builder.constant(node, "numbers", rank == 4 ? Numbers{channels, 1, 1} : Numbers{channels},
                          step.by_channel);
}

}  // namespace

void write_function(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
                    const std::string& input, int rank) {
  own.functions.insert(node.name);
  const auto& steps = node.function.steps();
  std::vector<std::string> stack;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    const int operands = num_operands(step.op);
    if (operands == 0) {
      stack.push_back(step.op == Op::kInput ? input : constant_of(builder, node, step, rank));
      continue;
    }
    const std::vector<std::string> read(stack.end() - operands, stack.end());
    stack.resize(stack.size() - std::size_t(operands));
    const bool last = i + 1 == steps.size();
    const std::string name = last ? node.name : builder.unused(node.name + ".step");
    if (!last) own.steps.insert(name);
    builder.add(operator_of(step.op), name, read, name);
    stack.push_back(name);
  }
  if (num_operands(steps.back().op) == 0) builder.add("Identity", node.name, stack, node.name);
}

void write_pad(OnnxModelBuilder& builder, const Node& node, const std::string& name,
               const std::string& input, const Numbers& pads, const std::string& output) {
  if (builder.model().opset_import(0).version() < 11) {
    builder.add("Pad", name, {input}, output).set("pads", pads);
    return;
  }
  builder.add("Pad", name, {input, builder.constant(node, "pads", pads)}, output);
}

void write_selection(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
                     const std::vector<std::string>& inputs, const std::vector<Shape>& shapes) {
  own.selections.insert(node.name);
  const Selection& selection = node.selection;
  const Shape whole = selection.joined(shapes);
  const std::vector<int>* const lists[] = {&selection.channels, &selection.rows,
                                           &selection.columns};
  const int extents[] = {whole.c, whole.h, whole.w};
  int last = -1;
  for (int axis = 0; axis < 3; ++axis) {
    if (!lists[axis]->empty()) last = axis;
  }
  const auto step = [&](const char* what) {
    const std::string name = builder.unused(fmt::format("{}.{}", node.name, what));
    own.steps.insert(name);
    return name;
  };
  std::string here = inputs[0];
  if (inputs.size() > 1) {
    const std::string name = last < 0 ? node.name : step("join");
    builder.add("Concat", name, inputs, name).set("axis", std::int64_t{selection.axis} + 1);
    here = name;
  } else if (last < 0) {
    builder.add("Identity", node.name, inputs, node.name);
  }
  for (int axis = 0; axis < 3; ++axis) {
    Numbers places(lists[axis]->begin(), lists[axis]->end());
    if (places.empty()) continue;
    if (std::count(places.begin(), places.end(), Selection::kZero) > 0) {
      const std::string zeros = step("zeros");
      Numbers pads(8, 0);
      pads[std::size_t(axis) + 5] = 1;
      write_pad(builder, node, zeros, here, pads, zeros);
      here = zeros;
      std::replace(places.begin(), places.end(), std::int64_t{Selection::kZero},
                   std::int64_t{extents[axis]});
    }
    const std::string name = axis == last ? node.name : step("places");
    builder.add("Gather", name, {here, builder.constant(node, "places", places)}, name)
        .set("axis", std::int64_t{axis} + 1);
    here = name;
  }
}

void write_sum(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
               std::vector<std::string> inputs) {
  const bool is_difference = node.add_factor[0] == 1 && node.add_factor[1] == -1;
  for (std::size_t side = 0; side < 2 && !is_difference; ++side) {
    if (node.add_factor[side] == 1) continue;
    const std::string name = builder.unused(node.name + ".scaled");
    own.steps.insert(name);
    builder.add("Mul", name,
                {inputs[side], builder.constant(node, "factor", {}, {node.add_factor[side]})},
                name);
    inputs[side] = name;
  }
  builder.add(is_difference ? "Sub" : "Add", node.name, inputs, node.name);
}

void write_quantizer(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
                     const std::string& input) {
  constexpr int kFirstOpsetOfClips = 11;  // whose bounds are inputs
  if (builder.model().opset_import(0).version() < kFirstOpsetOfClips) {
    throw UserError(SourcePlace{"", 0, node.name},
                    fmt::format("quantises, which takes opset {}", kFirstOpsetOfClips));
  }
  const auto low = std::int64_t(std::nearbyint(node.clip_min / node.clip_step));
  const auto high = std::int64_t(std::nearbyint(node.clip_max / node.clip_step));
  const int type = low >= -128 && high <= 127 ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
  const IntegerRange range = *integer_range(type);
  const std::int64_t zero = type == onnx::TensorProto::INT8 ? 0 : std::max<std::int64_t>(0, -low);
  ensure(zero <= range.high && high + zero <= range.high, "a quantisation has at most 256 steps");
  std::string from = input;
  if (low != range.low - zero || high != range.high - zero) {
    from = builder.unused(node.name + ".range");
    own.steps.insert(from);
    builder.add("Clip", from,
                {input, builder.constant(node, "minimum", {}, {node.clip_min}),
                 builder.constant(node, "maximum", {}, {node.clip_max})},
                from);
  }
  const std::string scale = builder.constant(node, "step", {}, {node.clip_step});
  const std::string zero_point = builder.zero_point(node, type, zero);
  const std::string steps = builder.unused(node.name + ".steps");
  builder.add("QuantizeLinear", node.name, {from, scale, zero_point}, steps);
  builder.add("DequantizeLinear", builder.unused(node.name + ".values"), {steps, scale, zero_point},
              node.name);
}

void write_host(OnnxModelBuilder& builder, std::set<std::string>& names,
                const onnx::ModelProto& part, const std::vector<std::string>& inputs) {
  std::map<std::string, std::string> renamed;  // where a name is taken
  const onnx::GraphProto& graph = part.graph();
  for (int i = 0; i < graph.input_size(); ++i) {
    renamed[graph.input(i).name()] = inputs[std::size_t(i)];
  }
  const auto name_of = [&](const std::string& name) {
    const auto found = renamed.find(name);
    return found == renamed.end() ? name : found->second;
  };
  const auto claim = [&](const std::string& name) {
    if (!name.empty() && !renamed.contains(name)) renamed[name] = builder.unused(name);
  };
  for (const auto& constant : graph.initializer()) {
    claim(constant.name());
    auto& made = *builder.graph().add_initializer();
    made = constant;
    made.set_name(name_of(constant.name()));
  }
  for (const auto& node : graph.node()) {
    for (const std::string& output : node.output()) claim(output);
    auto& made = *builder.graph().add_node();
    made = node;
    for (std::string& input : *made.mutable_input()) input = name_of(input);
    for (std::string& output : *made.mutable_output()) output = name_of(output);
    const auto& own = node.output();
    const bool as_output = std::find(own.begin(), own.end(), node.name()) != own.end();
    if (as_output) {
      made.set_name(name_of(node.name()));
    } else if (!node.name().empty()) {
      made.set_name(builder.unused(node.name()));  // a layer may be called so
    }
    names.insert(made.name().empty() ? made.output(0) : made.name());
  }
}

}  // namespace escalate
