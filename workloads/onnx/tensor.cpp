#include "workloads/onnx/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "common/error.h"
#include "workloads/graph.h"

namespace escalate {
namespace {

using Proto = onnx::TensorProto;

[[noreturn]] void fail(const Proto& tensor, const std::string& message) {
  throw UserError("tensor '" + tensor.name() + "': " + message);
}

std::size_t count_elements(const Proto& tensor) {
  const OnnxDims dims(tensor.dims().begin(), tensor.dims().end());
  if (std::any_of(dims.begin(), dims.end(), [](std::int64_t extent) { return extent < 0; })) {
    fail(tensor, "a dimension is negative");
  }
  const std::int64_t count = num_elements(dims);
  if (count > kMostElements) fail(tensor, "is too large");
  return std::size_t(count);
}

// Bits of a float of 1 sign bit, `exponent` and `fraction` bits, as a float.
float widened(std::uint32_t bits, int exponent, int fraction) {
  const std::uint32_t sign = bits >> (exponent + fraction);
  const std::uint32_t power = (bits >> fraction) & ((1u << exponent) - 1);
  const std::uint32_t rest = bits & ((1u << fraction) - 1);
  const int bias = (1 << (exponent - 1)) - 1;
  float value = 0;
  if (power == (1u << exponent) - 1) {
    value = rest == 0 ? std::numeric_limits<float>::infinity()
                      : std::numeric_limits<float>::quiet_NaN();
  } else if (power == 0) {
    value = std::ldexp(float(rest), 1 - bias - fraction);
  } else {
    value = std::ldexp(float(rest | (1u << fraction)), int(power) - bias - fraction);
  }
  return sign == 0 ? value : -value;
}

std::string entry(const Proto& tensor, const char* key) {
  for (const auto& item : tensor.external_data()) {
    if (item.key() == key) return item.value();
  }
  return "";
}

std::int64_t whole(const Proto& tensor, const char* key, std::int64_t otherwise) {
  const std::string text = entry(tensor, key);
  if (text.empty()) return otherwise;
  const bool digits = text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) fail(tensor, fmt::format("its external data have the {} '{}'", key, text));
  return std::stoll(text);
}

// The bytes that lie in another file, beside the model.
std::string external_bytes(const Proto& tensor, const std::string& folder) {
  const std::string location = entry(tensor, "location");
  if (folder.empty()) fail(tensor, "its data are in another file; expected them in this one");
  const std::filesystem::path given(location);
  if (location.empty() || given.is_absolute() ||
      std::any_of(given.begin(), given.end(), [](const auto& part) { return part == ".."; })) {
    fail(tensor, fmt::format("its data are in '{}'; expected a file beside the model", location));
  }
  std::error_code fault;
  const auto root = std::filesystem::canonical(folder, fault);
  const auto path = std::filesystem::canonical(root / given, fault);
  if (fault) fail(tensor, fmt::format("its data are in '{}', which is missing", location));
  const auto beside = std::filesystem::relative(path, root, fault);
  if (fault || beside.empty() || *beside.begin() == ".." ||
      !std::filesystem::is_regular_file(path)) {
    fail(tensor, fmt::format("its data are in '{}'; expected a file beside the model", location));
  }
  const auto size = std::int64_t(std::filesystem::file_size(path));
  const std::int64_t offset = whole(tensor, "offset", 0);
  const std::int64_t length = whole(tensor, "length", std::max<std::int64_t>(0, size - offset));
  if (offset > size || length > size - offset) {
    fail(tensor, fmt::format("its data are in '{}', which ends before them", location));
  }
  std::string bytes(std::size_t(length), '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(offset);
  if (!file.read(bytes.data(), length)) {
    fail(tensor, fmt::format("its data are in '{}', which cannot be read", location));
  }
  return bytes;
}

// Elements of bytes that are little endian, as this program's machines are.
template <class T, class Made, class Convert>
void take(const Proto& tensor, const std::string& raw, std::vector<Made>& made, Convert convert) {
  const std::size_t count = count_elements(tensor);
  if (raw.size() != count * sizeof(T)) {
    fail(tensor, "holds fewer or more values than its shape");
  }
  made.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
    made[i] = convert(value);
  }
}

template <class Field, class Made, class Convert>
void take_field(const Proto& tensor, const Field& field, std::vector<Made>& made, Convert convert) {
  if (std::size_t(field.size()) != count_elements(tensor)) {
    fail(tensor, "holds fewer or more values than its shape");
  }
  made.reserve(std::size_t(field.size()));
  for (const auto value : field) made.push_back(convert(value));
}

void take_floats(const Proto& tensor, const std::string* raw, std::vector<float>& made) {
  const auto half = [](auto bits) { return widened(std::uint16_t(bits), 5, 10); };
  const auto brain = [](auto bits) { return widened(std::uint16_t(bits), 8, 7); };
  const auto same = [](auto value) { return float(value); };
  switch (tensor.data_type()) {
    case Proto::FLOAT16:
      return raw ? take<std::uint16_t>(tensor, *raw, made, half)
                 : take_field(tensor, tensor.int32_data(), made, half);
    case Proto::BFLOAT16:
      return raw ? take<std::uint16_t>(tensor, *raw, made, brain)
                 : take_field(tensor, tensor.int32_data(), made, brain);
    case Proto::DOUBLE:
      return raw ? take<double>(tensor, *raw, made, same)
                 : take_field(tensor, tensor.double_data(), made, same);
    default:
      return raw ? take<float>(tensor, *raw, made, same)
                 : take_field(tensor, tensor.float_data(), made, same);
  }
}

void take_integers(const Proto& tensor, const std::string* raw, std::vector<std::int64_t>& made) {
  const auto same = [](auto value) { return std::int64_t(value); };
  const auto field = [&](const auto& values) { take_field(tensor, values, made, same); };
  switch (tensor.data_type()) {
    case Proto::INT64:
      return raw ? take<std::int64_t>(tensor, *raw, made, same) : field(tensor.int64_data());
    case Proto::INT32:
      return raw ? take<std::int32_t>(tensor, *raw, made, same) : field(tensor.int32_data());
    case Proto::INT16:
      return raw ? take<std::int16_t>(tensor, *raw, made, same) : field(tensor.int32_data());
    case Proto::UINT16:
      return raw ? take<std::uint16_t>(tensor, *raw, made, same) : field(tensor.int32_data());
    case Proto::INT8:
      return raw ? take<std::int8_t>(tensor, *raw, made, same) : field(tensor.int32_data());
    case Proto::UINT8:
    case Proto::BOOL:
      return raw ? take<std::uint8_t>(tensor, *raw, made, same) : field(tensor.int32_data());
    case Proto::UINT32:
      return raw ? take<std::uint32_t>(tensor, *raw, made, same) : field(tensor.uint64_data());
    case Proto::UINT64:
      return raw ? take<std::uint64_t>(tensor, *raw, made, same) : field(tensor.uint64_data());
    default:
      break;
  }
  const bool named = Proto::DataType_IsValid(tensor.data_type());
  fail(tensor, fmt::format("is of ONNX type {}, which is not read",
                           named ? Proto::DataType_Name(Proto::DataType(tensor.data_type()))
                                 : std::to_string(tensor.data_type())));
}

template <class T, class Values>
std::string raw_bytes(const Values& values) {
  std::string raw(values.size() * sizeof(T), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = T(values[i]);
    std::memcpy(raw.data() + i * sizeof(T), &value, sizeof(T));
  }
  return raw;
}

}  // namespace

std::int64_t num_elements(const OnnxDims& dims) {
  std::int64_t count = 1;
  for (const std::int64_t extent : dims) {
    if (extent == 0) return 0;
    count = num_elements({count, extent});
  }
  return count;
}

bool OnnxTensor::is_floating(int type) {
  return type == Proto::FLOAT || type == Proto::DOUBLE || type == Proto::FLOAT16 ||
         type == Proto::BFLOAT16;
}

std::int64_t OnnxTensor::size() const {
  return std::int64_t(is_floating() ? floats.size() : integers.size());
}

OnnxTensor::OnnxTensor(int element_type, OnnxDims extents)
    : type(element_type), dims(std::move(extents)) {
  const auto count = std::size_t(num_elements(dims));
  is_floating() ? floats.resize(count) : integers.resize(count);
}

OnnxTensor OnnxTensor::of_floats(OnnxDims dims, std::vector<float> values) {
  OnnxTensor made;
  made.dims = std::move(dims);
  made.floats = std::move(values);
  ensure(num_elements(made.dims) == made.size(), "a tensor has as many values as its dimensions");
  return made;
}

OnnxTensor OnnxTensor::of_integers(OnnxDims dims, std::vector<std::int64_t> values) {
  OnnxTensor made;
  made.type = Proto::INT64;
  made.dims = std::move(dims);
  made.integers = std::move(values);
  ensure(num_elements(made.dims) == made.size(), "a tensor has as many values as its dimensions");
  return made;
}

OnnxTensor OnnxTensor::list(std::vector<std::int64_t> values) {
  const auto size = std::int64_t(values.size());
  return of_integers({size}, std::move(values));
}

OnnxTensor onnx_tensor(const Proto& tensor, const std::string& folder) {
  std::string external;
  const std::string* raw = tensor.has_raw_data() ? &tensor.raw_data() : nullptr;
  if (tensor.data_location() == Proto::EXTERNAL) {
    external = external_bytes(tensor, folder);
    raw = &external;
  }
  OnnxTensor made;
  made.type = tensor.data_type();
  made.dims.assign(tensor.dims().begin(), tensor.dims().end());
  if (!made.is_floating()) {
    take_integers(tensor, raw, made.integers);
    return made;
  }
  take_floats(tensor, raw, made.floats);
  if (std::any_of(made.floats.begin(), made.floats.end(), [](float v) { return std::isnan(v); })) {
    fail(tensor, "holds a value that is not a number");
  }
  return made;
}

Proto onnx_proto(const OnnxTensor& tensor, const std::string& name) {
  Proto made;
  made.set_name(name);
  for (const std::int64_t extent : tensor.dims) made.add_dims(extent);
  if (tensor.is_floating()) {
    made.set_data_type(Proto::FLOAT);
    made.set_raw_data(raw_bytes<float>(tensor.floats));
    return made;
  }
  switch (tensor.type) {
    case Proto::BOOL:
    case Proto::UINT8:
      made.set_raw_data(raw_bytes<std::uint8_t>(tensor.integers));
      break;
    case Proto::INT8:
      made.set_raw_data(raw_bytes<std::int8_t>(tensor.integers));
      break;
    case Proto::INT32:
      made.set_raw_data(raw_bytes<std::int32_t>(tensor.integers));
      break;
    default:
      made.set_data_type(Proto::INT64);
      made.set_raw_data(raw_bytes<std::int64_t>(tensor.integers));
      return made;
  }
  made.set_data_type(tensor.type);
  return made;
}

std::vector<float> onnx_floats(const Proto& tensor) {
  if (!OnnxTensor::is_floating(tensor.data_type())) {
    fail(tensor, "is of ONNX type " + std::to_string(tensor.data_type()) + "; expected floats");
  }
  return onnx_tensor(tensor).floats;
}

}  // namespace escalate
