// Tensors of ONNX models with any number of dimensions: constants of a file, and what is computed
// from them.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace escalate {

using OnnxDims = std::vector<std::int64_t>;

/// Product of extents; kMostElements + 1 if it is larger than kMostElements.
std::int64_t num_elements(const OnnxDims& dims);

/// Elements of floating types (float16, bfloat16 and double, too) are held as floats, all others as
/// whole numbers, of which truth values are 0 and 1.
struct OnnxTensor {
  int type = onnx::TensorProto::FLOAT;  ///< the ONNX type of its elements
  OnnxDims dims;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
  /// Of floats that stand for whole numbers: the most steps that one of those is from its zero
  /// point; 0: real numbers.
  std::int64_t steps = 0;

  static bool is_floating(int type);
  bool is_floating() const { return is_floating(type); }
  std::int64_t size() const;

  /// Zeros.
  OnnxTensor(int element_type, OnnxDims extents);
  OnnxTensor() = default;
  static OnnxTensor of_floats(OnnxDims dims, std::vector<float> values);
  static OnnxTensor of_integers(OnnxDims dims, std::vector<std::int64_t> values);
  static OnnxTensor list(std::vector<std::int64_t> values);
};

using OnnxTensorPointer = std::shared_ptr<const OnnxTensor>;

/// Elements of a constant; throws UserError naming it if it is of a type that is not read, of
/// another size than its dimensions say, or holds a NaN. Data in another file are read from
/// `folder`, which their path may not leave; "" stands for no folder.
OnnxTensor onnx_tensor(const onnx::TensorProto& proto, const std::string& folder = "");

/// The constant again, in raw data.
onnx::TensorProto onnx_proto(const OnnxTensor& tensor, const std::string& name);

/// Elements of a float tensor without those of other types.
std::vector<float> onnx_floats(const onnx::TensorProto& tensor);

using OnnxInputs = std::vector<const OnnxTensor*>;  ///< null where an input is left out

}  // namespace escalate
