// ImageScaler, Crop and Affine, which ONNX had before it was standard: files of CoreML's converter
// have them in any opset.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "workloads/onnx/node.h"
#include "workloads/onnx/quantized_operators.h"

namespace escalate {
namespace {

using Operator = onnx::NodeProto;

const onnx::AttributeProto* attribute_of(const Operator& node, const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

float number_of(const Operator& node, const std::string& name, float otherwise) {
  const auto* found = attribute_of(node, name);
  return found == nullptr ? otherwise : found->f();
}

// x * scale + shift, the shift one number or one a channel [C, 1, 1].
void add_line(OnnxRewriter& rewriter, const Operator& node, float scale, const OnnxTensor& shift) {
  const std::string name = OnnxNode::name_of(node);
  const std::string scaled = rewriter.unused(name + ".scaled");
  rewriter.add(
      "Mul", scaled,
      {node.input(0), rewriter.add_constant(name + ".scale", OnnxTensor::of_floats({}, {scale}))},
      scaled);
  rewriter.add("Add", name, {scaled, rewriter.add_constant(name + ".shift", shift)},
               node.output(0));
}

bool scale_image(OnnxRewriter& rewriter, const Operator& node) {
  std::vector<float> bias = {0};
  if (const auto* found = attribute_of(node, "bias")) {
    bias.assign(found->floats().begin(), found->floats().end());
  }
  if (bias.empty()) OnnxNode::fail(node, "has an empty bias; expected one number a channel");
  const auto channels = std::int64_t(bias.size());
  add_line(rewriter, node, number_of(node, "scale", 1),
           OnnxTensor::of_floats({channels, 1, 1}, std::move(bias)));
  return true;
}

bool affine(OnnxRewriter& rewriter, const Operator& node) {
  add_line(rewriter, node, number_of(node, "alpha", 1),
           OnnxTensor::of_floats({}, {number_of(node, "beta", 0)}));
  return true;
}

// Takes columns and rows off: left, top, right and bottom.
bool crop(OnnxRewriter& rewriter, const Operator& node) {
  const auto* border = attribute_of(node, "border");
  if (border == nullptr || border->ints_size() != 4 || attribute_of(node, "scale") != nullptr) {
    OnnxNode::fail(node, "expected a border of four numbers, and no scale");
  }
  const auto end = [&](int i) {
    return border->ints(i) == 0 ? std::numeric_limits<std::int64_t>::max() : -border->ints(i);
  };
  const std::vector<std::int64_t> begins = {border->ints(1), border->ints(0)};
  const std::vector<std::int64_t> ends = {end(3), end(2)}, axes = {2, 3};
  const std::string name = OnnxNode::name_of(node);
  constexpr int kFirstOpsetOfInputs = 10;
  if (rewriter.opset() >= kFirstOpsetOfInputs) {
    rewriter.add("Slice", name,
                 {node.input(0), rewriter.add_constant(name + ".begins", OnnxTensor::list(begins)),
                  rewriter.add_constant(name + ".ends", OnnxTensor::list(ends)),
                  rewriter.add_constant(name + ".axes", OnnxTensor::list(axes))},
                 node.output(0));
    return true;
  }
  Operator& slice = rewriter.add("Slice", name, {node.input(0)}, node.output(0));
  for (const auto& [key, values] :
       {std::pair{"starts", begins}, std::pair{"ends", ends}, std::pair{"axes", axes}}) {
    auto& attribute = *slice.add_attribute();
    attribute.set_name(key);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }
  return true;
}

}  // namespace

bool rewrite_early_operator(OnnxRewriter& rewriter, const Operator& node) {
  if ((!node.domain().empty() && node.domain() != "ai.onnx") || node.input_size() != 1) {
    return false;
  }
  if (node.op_type() == "ImageScaler") return scale_image(rewriter, node);
  if (node.op_type() == "Affine") return affine(rewriter, node);
  if (node.op_type() == "Crop") return crop(rewriter, node);
  return false;
}

}  // namespace escalate
