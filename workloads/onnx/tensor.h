// Constants of an ONNX file as plain vectors.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <vector>

namespace escalate {

/// Elements of a float tensor; throws UserError naming the tensor if it is of another type, kept in
/// another file, of another size than its dimensions say, or holds a NaN.
std::vector<float> onnx_floats(const onnx::TensorProto& tensor);

/// The same for int64 and int32 tensors.
std::vector<std::int64_t> onnx_integers(const onnx::TensorProto& tensor);

/// The same for a tensor of one truth value.
bool onnx_flag(const onnx::TensorProto& tensor);

}  // namespace escalate
