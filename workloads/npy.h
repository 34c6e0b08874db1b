// Tensors in NumPy's .npy files (format versions 1 to 3, C order, little endian).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace escalate {

enum class NpyType { kBool, kInt8, kUint8, kFloat32 };

/// An .npy file whose header has been checked against the file's size; elements are read on
/// request.
class NpyFile {
 public:
  /// Reads the header. Throws UserError naming the file if it is missing, is no .npy file, is
  /// truncated or too long, is in Fortran order, or holds another type than those of NpyType.
  explicit NpyFile(const std::string& path);

  const std::string& path() const { return path_; }
  NpyType type() const { return type_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::int64_t num_elements() const { return num_elements_; }
  /// "float32 [3][224][224]", for messages.
  std::string description() const;

  /// `count` elements from element `first` on as floats (bool: 0 or 1), in C order.
  std::vector<float> read_floats(std::int64_t first, std::int64_t count) const;
  /// The same as int8; the type must not be float32 or uint8 (InternalError).
  std::vector<std::int8_t> read_int8(std::int64_t first, std::int64_t count) const;

 private:
  std::vector<char> read_bytes(std::int64_t first, std::int64_t count) const;
  void parse_header(const std::string& header);

  std::string path_;
  NpyType type_ = NpyType::kFloat32;
  std::vector<std::int64_t> shape_;
  std::int64_t num_elements_ = 1;
  std::int64_t data_offset_ = 0;
};

/// The bytes of an .npy file (version 1) of float32 in C order.
std::string npy_bytes(const std::vector<std::int64_t>& shape, const std::vector<float>& values);

/// "[64][6][128]", for messages.
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace escalate
