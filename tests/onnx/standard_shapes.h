// Shapes of the values of an ONNX model by ONNX's own shape inference (libonnx).
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <string>
#include <vector>

namespace escalate {

/// By the name of a value: its dimensions, -1 where they are not known. Throws std::exception if
/// the model is not valid ONNX.
std::map<std::string, std::vector<int>> standard_shapes(onnx::ModelProto model);

}  // namespace escalate
