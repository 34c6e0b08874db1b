// Contents of .npy files for tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace escalate {

/// An .npy file of format version 1 whose header is `dictionary`, padded as NumPy does.
inline std::string npy_with_header(std::string dictionary, const std::string& data,
                                   char version = 1) {
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  while ((8 + length_bytes + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
  dictionary += '\n';
  std::string text("\x93NUMPY", 6);
  text += {version, '\0'};
  for (std::size_t i = 0; i < length_bytes; ++i) {
    text += static_cast<char>(dictionary.size() >> (8 * i) & 0xff);
  }
  return text + dictionary + data;
}

/// `shape` as Python writes it, such as "(2, 3)".
template <class Value>
std::string npy(const std::string& descr, const std::string& shape,
                const std::vector<Value>& values) {
  std::string data(values.size() * sizeof(Value), '\0');
  std::memcpy(data.data(), values.data(), data.size());
  return npy_with_header(
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }", data);
}

inline std::string npy_int8(const std::string& shape, const std::vector<std::int8_t>& values) {
  return npy("|i1", shape, values);
}
inline std::string npy_float(const std::string& shape, const std::vector<float>& values) {
  return npy("<f4", shape, values);
}

}  // namespace escalate
