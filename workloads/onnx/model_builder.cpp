#include "workloads/onnx/model_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {

MadeNode& MadeNode::set(const char* name, std::int64_t value) {
  add(name, onnx::AttributeProto::INT).set_i(value);
  return *this;
}

MadeNode& MadeNode::set(const char* name, float value) {
  add(name, onnx::AttributeProto::FLOAT).set_f(value);
  return *this;
}

MadeNode& MadeNode::set(const char* name, const Numbers& values) {
  onnx::AttributeProto& attribute = add(name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
  return *this;
}

MadeNode& MadeNode::set(const Window& window) {
  set("kernel_shape", Numbers{window.r, window.s});
  set("strides", Numbers{window.stride_h, window.stride_w});
  if (window.is_dilated()) set("dilations", Numbers{window.dilation_h, window.dilation_w});
  return set("pads", Numbers{window.pad_top, window.pad_left, window.pad_bottom, window.pad_right});
}

onnx::AttributeProto& MadeNode::add(const char* name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node_.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

std::string OnnxModelBuilder::unused(std::string name) {
  while (!claim(name)) name += '_';
  return name;
}

MadeNode OnnxModelBuilder::add(const std::string& op, const std::string& name,
                               const Strings& inputs, const std::string& output) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return MadeNode(node);
}

onnx::TensorProto& OnnxModelBuilder::start_constant(const std::string& name, const Numbers& shape,
                                                    onnx::TensorProto::DataType type) {
  onnx::TensorProto& tensor = *graph().add_initializer();
  tensor.set_name(unused(name));
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  return tensor;
}

// Bytes are little endian, as this program's machines are.
std::string OnnxModelBuilder::constant(const Node& node, const std::string& what,
                                       const Numbers& shape, const std::vector<float>& values) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  ensure(count == std::int64_t(values.size()), "a layer's tensors have the sizes of its shape");
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    throw UserError(SourcePlace{"", 0, node.name},
                    fmt::format("its {} holds a value that is not finite", what));
  }
  auto& tensor =
      start_constant(fmt::format("{}.{}", node.name, what), shape, onnx::TensorProto::FLOAT);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor.name();
}

std::string OnnxModelBuilder::constant(const Node& node, const std::string& what,
                                       const Numbers& values) {
  auto& tensor = start_constant(fmt::format("{}.{}", node.name, what),
                                {std::int64_t(values.size())}, onnx::TensorProto::INT64);
  tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
  return tensor.name();
}

std::string OnnxModelBuilder::zero_point(const Node& node, int type, std::int64_t value) {
  auto& tensor =
      start_constant(node.name + ".zero_point", {}, static_cast<onnx::TensorProto::DataType>(type));
  tensor.set_raw_data(std::string(1, static_cast<char>(value)));
  return tensor.name();
}

}  // namespace escalate
