#include "workloads/onnx/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "common/error.h"
#include "workloads/graph.h"

namespace escalate {
namespace {

[[noreturn]] void fail(const onnx::TensorProto& tensor, const std::string& message) {
  throw UserError("tensor '" + tensor.name() + "': " + message);
}

std::size_t count_elements(const onnx::TensorProto& tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    fail(tensor, "its data are in another file; expected them in this one");
  }
  std::int64_t count = 1;
  for (const std::int64_t extent : tensor.dims()) {
    if (extent < 0) fail(tensor, "a dimension is negative");
    count = num_elements({count, extent});
  }
  if (count > kMostElements) fail(tensor, "is too large");
  return std::size_t(count);
}

// Elements from raw_data (little endian, as this program's machines are) or the typed field.
template <class T, class Field>
std::vector<T> elements(const onnx::TensorProto& tensor, const Field& field) {
  const std::size_t count = count_elements(tensor);
  if (!tensor.has_raw_data()) {
    if (std::size_t(field.size()) != count)
      fail(tensor, "holds fewer or more values than its shape");
    return {field.begin(), field.end()};
  }
  if (tensor.raw_data().size() != count * sizeof(T)) {
    fail(tensor, "holds fewer or more values than its shape");
  }
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), tensor.raw_data().data(), count * sizeof(T));
  return values;
}

}  // namespace

std::vector<float> onnx_floats(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT) {
    fail(tensor, "is of ONNX type " + std::to_string(tensor.data_type()) + "; expected float32");
  }
  std::vector<float> values = elements<float>(tensor, tensor.float_data());
  if (!std::all_of(values.begin(), values.end(), [](float value) { return !std::isnan(value); })) {
    fail(tensor, "holds a value that is not a number");
  }
  return values;
}

std::vector<std::int64_t> onnx_integers(const onnx::TensorProto& tensor) {
  if (tensor.data_type() == onnx::TensorProto::INT64) {
    return elements<std::int64_t>(tensor, tensor.int64_data());
  }
  if (tensor.data_type() == onnx::TensorProto::INT32) {
    const std::vector<std::int32_t> values = elements<std::int32_t>(tensor, tensor.int32_data());
    return {values.begin(), values.end()};
  }
  fail(tensor, "is of ONNX type " + std::to_string(tensor.data_type()) + "; expected integers");
}

bool onnx_flag(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::BOOL) {
    fail(tensor,
         "is of ONNX type " + std::to_string(tensor.data_type()) + "; expected a truth value");
  }
  const std::vector<std::uint8_t> values = elements<std::uint8_t>(tensor, tensor.int32_data());
  if (values.size() != 1) fail(tensor, "expected one truth value");
  return values[0] != 0;
}

}  // namespace escalate
