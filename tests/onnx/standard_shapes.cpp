#include "tests/onnx/standard_shapes.h"

#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

namespace escalate {

std::map<std::string, std::vector<int>> standard_shapes(onnx::ModelProto model) {
  onnx::ShapeInferenceOptions options;
  options.check_type = true;
  options.error_mode = 1;
  options.enable_data_propagation = true;
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), options);
  // Of an output without a shape the checker would complain.
  if (model.graph().output(0).type().tensor_type().has_shape()) onnx::checker::check_model(model);
  std::map<std::string, std::vector<int>> shapes;
  const auto add = [&](const onnx::ValueInfoProto& value) {
    if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) return;
    std::vector<int> dims;
    for (const auto& dim : value.type().tensor_type().shape().dim()) {
      dims.push_back(dim.has_dim_value() ? int(dim.dim_value()) : -1);
    }
    shapes[value.name()] = dims;
  };
  for (const auto& value : model.graph().value_info()) add(value);
  for (const auto& value : model.graph().input()) add(value);
  for (const auto& value : model.graph().output()) add(value);
  return shapes;
}

}  // namespace escalate
