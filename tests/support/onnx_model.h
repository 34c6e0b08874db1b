// Small ONNX models for tests, built node by node.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "workloads/onnx/reader.h"

namespace escalate {

inline void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::INT);
  made.set_i(value);
}
inline void set_attribute(onnx::NodeProto& node, const std::string& name, int value) {
  set_attribute(node, name, std::int64_t{value});
}
inline void set_attribute(onnx::NodeProto& node, const std::string& name, float value) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::FLOAT);
  made.set_f(value);
}
inline void set_attribute(onnx::NodeProto& node, const std::string& name, const char* value) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::STRING);
  made.set_s(value);
}
inline void set_attribute(onnx::NodeProto& node, const std::string& name,
                          const std::vector<int>& values) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::INTS);
  for (const int value : values) made.add_ints(value);
}

/// A model whose input is `in`. A node without a name is called as its output.
class OnnxModel {
 public:
  explicit OnnxModel(int opset = 13, const std::vector<int>& input = {1, 3, 5, 5}) {
    proto.set_ir_version(7);
    graph().set_name("model");
    proto.add_opset_import()->set_version(opset);
    auto& value = *graph().add_input();
    value.set_name("in");
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const int extent : input) type.mutable_shape()->add_dim()->set_dim_value(extent);
  }

  onnx::GraphProto& graph() { return *proto.mutable_graph(); }
  onnx::NodeProto& node(int i) { return *graph().mutable_node(i); }
  onnx::TensorShapeProto& input_shape() {
    return *graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  }

  onnx::NodeProto& add(const std::string& op, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
    onnx::NodeProto& made = *graph().add_node();
    made.set_op_type(op);
    for (const std::string& input : inputs) made.add_input(input);
    for (const std::string& output : outputs) made.add_output(output);
    return made;
  }

  /// A constant whose values fill `dims`; without any, 0, 1, 2, ...
  void floats(const std::string& name, const std::vector<int>& dims,
              std::vector<float> values = {}) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::size_t size = 1;
    for (const int extent : dims) {
      tensor.add_dims(extent);
      size *= std::size_t(extent);
    }
    for (std::size_t i = values.size(); i < size; ++i) values.push_back(float(i));
    for (const float value : values) tensor.add_float_data(value);
  }
  /// A list of whole numbers.
  void integers(const std::string& name, const std::vector<int>& values) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(std::int64_t(values.size()));
    for (const int value : values) tensor.add_int64_data(value);
  }
  void integer(const std::string& name, int value) {
    integers(name, {value});
    graph().mutable_initializer(graph().initializer_size() - 1)->clear_dims();
  }

  /// Makes a value the output, in place of another.
  OnnxModel& output(const std::string& name) {
    graph().clear_output();
    auto& made = *graph().add_output();
    made.set_name(name);
    made.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    return *this;
  }

  Graph read(const OnnxOptions& options = {}) const {
    return parse_onnx(proto.SerializeAsString(), "model.onnx", options);
  }
  /// What is wrong with it; "no error" if it is read.
  std::string error(const OnnxOptions& options = {}) const {
    try {
      read(options);
    } catch (const UserError& fault) {
      return fault.what();
    }
    return "no error";
  }

  onnx::ModelProto proto;
};

}  // namespace escalate
