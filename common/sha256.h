// SHA-256 (FIPS 180-4): a name for content, so that what differs in anything has another one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace escalate {

/// Takes bytes in any pieces; the digest depends on the bytes alone.
class Sha256 {
 public:
  void add(const void* bytes, std::size_t size);
  void add(std::string_view text) { add(text.data(), text.size()); }

  /// 64 lower-case hexadecimal digits of all that was added.
  std::string hex() const;

 private:
  void take_block(const std::uint8_t* block);
  void pad();

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> rest_{};  ///< bytes that do not fill a block yet
  std::uint64_t size_ = 0;               ///< bytes added
};

std::string sha256_hex(std::string_view text);

}  // namespace escalate
