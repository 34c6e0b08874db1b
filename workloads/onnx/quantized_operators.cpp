#include "workloads/onnx/quantized_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/node.h"

namespace escalate {
namespace {

using Operator = onnx::NodeProto;
using Proto = onnx::TensorProto;
using Rewriting = std::function<bool(OnnxRewriter&, const Operator&)>;

std::string input_of(const Operator& node, int i) {
  return i < node.input_size() ? node.input(i) : std::string();
}

const onnx::AttributeProto* attribute_of(const Operator& node, const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

bool is_set(const Operator& node, const std::string& name) {
  const auto* found = attribute_of(node, name);
  return found != nullptr && found->i() != 0;
}

// But for those that only the operators of quantised tensors have.
void copy_attributes(const Operator& from, Operator& to) {
  for (const auto& attribute : from.attribute()) {
    if (attribute.name() == "channels_last" || attribute.name() == "opset") continue;
    *to.add_attribute() = attribute;
  }
}

OnnxTensor needed_constant(const OnnxRewriter& rewriter, const Operator& node, int i,
                           const char* what) {
  auto found = rewriter.constant(input_of(node, i));
  if (!found || found->size() == 0) {
    OnnxNode::fail(node, fmt::format("its {} must be a constant of the file", what));
  }
  return std::move(*found);
}

// Scales that are one for all, or one for each place along an axis of a tensor.
class Scales {
 public:
  Scales(const Operator& node, const OnnxDims& dims, int axis, std::size_t count) {
    ensure_fits(node, dims, axis, count);
    if (count == 1) return;
    for (std::size_t i = std::size_t(axis) + 1; i < dims.size(); ++i) inner_ *= dims[i];
    extent_ = dims[std::size_t(axis)];
  }
  std::size_t place(std::size_t element) const {
    return std::size_t(std::int64_t(element) / inner_ % extent_);
  }

 private:
  static void ensure_fits(const Operator& node, const OnnxDims& dims, int axis, std::size_t count) {
    const bool fits =
        count == 1 || (axis < int(dims.size()) && std::int64_t(count) == dims[std::size_t(axis)]);
    if (!fits) {
      OnnxNode::fail(node, fmt::format("has {} scales or zero points of weights [{}]", count,
                                       fmt::join(dims, ", ")));
    }
  }
  std::int64_t inner_ = 1, extent_ = 1;
};

// Whole numbers less their zero points, times their scales. `axis`: of several of these.
OnnxTensor real_tensor(const Operator& node, const OnnxTensor& whole, const OnnxTensor& scale,
                       const std::optional<OnnxTensor>& zero, int axis) {
  if (whole.is_floating() || !scale.is_floating() || (zero && zero->is_floating())) {
    OnnxNode::fail(node, "expected whole numbers as weights and zero points, floats as scales");
  }
  const Scales scales(node, whole.dims, axis, scale.floats.size());
  const Scales zeros(node, whole.dims, axis, zero ? zero->integers.size() : 1);
  OnnxTensor made(Proto::FLOAT, whole.dims);
  for (std::size_t i = 0; i < made.floats.size(); ++i) {
    const std::int64_t from_zero = whole.integers[i] - (zero ? zero->integers[zeros.place(i)] : 0);
    made.steps = std::max(made.steps, std::abs(from_zero));
    made.floats[i] = float(from_zero) * scale.floats[scales.place(i)];
  }
  return made;
}

OnnxTensor scale_of(const OnnxRewriter& rewriter, const Operator& node, int i) {
  OnnxTensor found = needed_constant(rewriter, node, i, "scale");
  if (!found.is_floating()) OnnxNode::fail(node, "its scale holds no floats");
  return found;
}

std::optional<OnnxTensor> zero_point(const OnnxRewriter& rewriter, const Operator& node, int i) {
  if (input_of(node, i).empty()) return std::nullopt;
  return needed_constant(rewriter, node, i, "zero point");
}

// Inputs i, i + 1 and i + 2, values, scale and zero point, as one of real numbers.
std::string real_input(OnnxRewriter& rewriter, const Operator& node, int i, int axis = 0) {
  const std::string name = OnnxNode::name_of(node) + ".real";
  if (const auto whole = rewriter.constant(input_of(node, i))) {
    const OnnxTensor scale = scale_of(rewriter, node, i + 1);
    return rewriter.add_constant(
        name, real_tensor(node, *whole, scale, zero_point(rewriter, node, i + 2), axis));
  }
  const std::string made = rewriter.unused(name);
  OnnxRewriter::Names inputs = {input_of(node, i), input_of(node, i + 1)};
  if (!input_of(node, i + 2).empty()) inputs.push_back(input_of(node, i + 2));
  rewriter.add("DequantizeLinear", made, inputs, made);
  return made;
}

// A bias of whole numbers, in steps of the input's scale times the weights', which are inputs of
// these numbers.
std::string real_bias(OnnxRewriter& rewriter, const Operator& node, int i, int input_scale,
                      int weight_scale) {
  const OnnxTensor bias = needed_constant(rewriter, node, i, "bias");
  const float input = scale_of(rewriter, node, input_scale).floats.front();
  OnnxTensor scale = scale_of(rewriter, node, weight_scale);
  for (float& value : scale.floats) value *= input;
  return rewriter.add_constant(OnnxNode::name_of(node) + ".bias",
                               real_tensor(node, bias, scale, std::nullopt, 0));
}

// The node of real numbers, and behind it the quantisation by inputs `scale` and `scale` + 1; a
// node without that scale has real outputs.
bool add_real(OnnxRewriter& rewriter, const Operator& node, const std::string& op,
              const OnnxRewriter::Names& inputs, int scale) {
  const std::string name = OnnxNode::name_of(node);
  const bool is_quantized = !input_of(node, scale).empty();
  const std::string real =
      is_quantized ? rewriter.unused(node.output(0) + ".real") : node.output(0);
  copy_attributes(node, rewriter.add(op, name, inputs, real));
  if (!is_quantized) return true;
  OnnxRewriter::Names quantized = {real, input_of(node, scale)};
  if (!input_of(node, scale + 1).empty()) quantized.push_back(input_of(node, scale + 1));
  rewriter.add("QuantizeLinear", rewriter.unused(name + ".steps"), quantized, node.output(0));
  return true;
}

bool convolution(OnnxRewriter& rewriter, const Operator& node) {
  OnnxRewriter::Names inputs = {real_input(rewriter, node, 0), real_input(rewriter, node, 3)};
  if (!input_of(node, 8).empty()) inputs.push_back(real_bias(rewriter, node, 8, 1, 4));
  return add_real(rewriter, node, "Conv", inputs, 6);
}

// Scales of a matrix are by column, and stand along its last dimension.
int columns_of(const OnnxRewriter& rewriter, const Operator& node, int i) {
  const auto matrix = rewriter.constant(input_of(node, i));
  return matrix ? std::max(0, int(matrix->dims.size()) - 1) : 0;
}

bool product(OnnxRewriter& rewriter, const Operator& node) {
  const int axis = columns_of(rewriter, node, 3);
  return add_real(rewriter, node, "MatMul",
                  {real_input(rewriter, node, 0), real_input(rewriter, node, 3, axis)}, 6);
}

bool gemm(OnnxRewriter& rewriter, const Operator& node) {
  const int axis = is_set(node, "transB") ? 0 : 1;
  const auto* alpha = attribute_of(node, "alpha");
  if (alpha != nullptr && alpha->f() != 1) return false;
  OnnxRewriter::Names inputs = {real_input(rewriter, node, 0), real_input(rewriter, node, 3, axis)};
  if (!input_of(node, 6).empty()) inputs.push_back(real_bias(rewriter, node, 6, 1, 4));
  return add_real(rewriter, node, "Gemm", inputs, 7);
}

Rewriting of_one(const std::string& op) {
  return [op](OnnxRewriter& rewriter, const Operator& node) {
    if (is_set(node, "channels_last")) return false;
    return add_real(rewriter, node, op, {real_input(rewriter, node, 0)}, 3);
  };
}

Rewriting of_two(const std::string& op) {
  return [op](OnnxRewriter& rewriter, const Operator& node) {
    return add_real(rewriter, node, op,
                    {real_input(rewriter, node, 0), real_input(rewriter, node, 3)}, 6);
  };
}

bool join(OnnxRewriter& rewriter, const Operator& node) {
  OnnxRewriter::Names inputs;
  for (int i = 2; i < node.input_size(); i += 3) inputs.push_back(real_input(rewriter, node, i));
  return add_real(rewriter, node, "Concat", inputs, 0);
}

bool is_integer_product(const Operator& node) {
  return node.op_type() == "ConvInteger" || node.op_type() == "MatMulInteger";
}

// What depends on the image is left to calibration: the values as they are, in steps of 1.
bool dynamic_quantization(OnnxRewriter& rewriter, const Operator& node) {
  if (node.input_size() < 1 || node.output_size() < 3) return false;
  for (const Operator* reader : rewriter.readers(node.output(0))) {
    if (!is_integer_product(*reader) || input_of(*reader, 0) != node.output(0)) return false;
  }
  rewriter.add("Identity", OnnxNode::name_of(node), {node.input(0)}, node.output(0));
  rewriter.define(node.output(1), OnnxTensor::of_floats({}, {1.0f}));
  rewriter.define(node.output(2), OnnxTensor(Proto::UINT8, {}));
  return true;
}

// A sum of products of whole numbers, for which the file has a scale behind it: that of real
// numbers over the input's scale.
bool integer_product(OnnxRewriter& rewriter, const Operator& node) {
  const auto weights = rewriter.constant(input_of(node, 1));
  const Operator* maker = rewriter.maker(input_of(node, 0));
  if (!weights || maker == nullptr) return false;
  std::string input = input_of(node, 0);
  float scale = 1;
  if (maker->op_type() == "QuantizeLinear") {
    if (input_of(*maker, 2) != input_of(node, 2)) return false;
    scale = 1 / scale_of(rewriter, *maker, 1).floats.front();
    OnnxRewriter::Names inputs = {input, input_of(*maker, 1)};
    if (!input_of(node, 2).empty()) inputs.push_back(input_of(node, 2));
    input = rewriter.unused(OnnxNode::name_of(node) + ".real");
    rewriter.add("DequantizeLinear", input, inputs, input);
  } else if (maker->op_type() != "DynamicQuantizeLinear") {
    return false;
  }
  const bool is_convolution = node.op_type() == "ConvInteger";
  const int axis = is_convolution ? 0 : columns_of(rewriter, node, 1);
  const std::string real =
      rewriter.add_constant(OnnxNode::name_of(node) + ".weights",
                            real_tensor(node, *weights, OnnxTensor::of_floats({}, {scale}),
                                        zero_point(rewriter, node, 3), axis));
  copy_attributes(node, rewriter.add(is_convolution ? "Conv" : "MatMul", OnnxNode::name_of(node),
                                     {input, real}, node.output(0)));
  return true;
}

// By domain and name.
const std::map<std::pair<std::string, std::string>, Rewriting>& rewritings() {
  static const std::string kRuntime = "com.microsoft";
  static const std::map<std::pair<std::string, std::string>, Rewriting> all = {
      {{"", "QLinearConv"}, convolution},
      {{"", "QLinearMatMul"}, product},
      {{"", "DynamicQuantizeLinear"}, dynamic_quantization},
      {{"", "ConvInteger"}, integer_product},
      {{"", "MatMulInteger"}, integer_product},
      {{kRuntime, "QGemm"}, gemm},
      {{kRuntime, "QLinearAdd"}, of_two("Add")},
      {{kRuntime, "QLinearMul"}, of_two("Mul")},
      {{kRuntime, "QLinearConcat"}, join},
      {{kRuntime, "QLinearAveragePool"}, of_one("AveragePool")},
      {{kRuntime, "QLinearGlobalAveragePool"}, of_one("GlobalAveragePool")},
      {{kRuntime, "QLinearSigmoid"}, of_one("Sigmoid")},
      {{kRuntime, "QLinearLeakyRelu"}, of_one("LeakyRelu")},
      {{kRuntime, "QLinearSoftmax"}, of_one("Softmax")}};
  return all;
}

bool rewrite(OnnxRewriter& rewriter, const Operator& node) {
  if (node.output_size() == 0) return false;
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  const auto found = rewritings().find({domain, node.op_type()});
  if (found != rewritings().end()) return found->second(rewriter, node);
  return rewrite_quantizer(rewriter, node) || rewrite_early_operator(rewriter, node);
}

}  // namespace

std::optional<RewrittenModel> without_quantized_operators(const onnx::ModelProto& model,
                                                          const std::string& folder) {
  OnnxRewriter rewriter(model, folder);
  bool any = false;
  for (const Operator& node : model.graph().node()) {
    if (rewrite(rewriter, node)) {
      any = true;
    } else {
      rewriter.keep(node);
    }
  }
  if (!any) return std::nullopt;
  return RewrittenModel{rewriter.finish(), rewriter.steps()};
}

}  // namespace escalate
