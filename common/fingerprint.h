// A 128-bit name for content, fast enough to be taken of all that a simulation reads. It keeps
// apart what differs by chance; against content chosen to have equal names there is SHA-256.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "common/fields.h"

namespace escalate {

class Fingerprint {
 public:
  struct Value {
    std::uint64_t low = 0, high = 0;
    bool operator==(const Value&) const = default;
  };

  /// A piece of content: "ab" and "c" have another name than "a" and "bc".
  void add(const void* bytes, std::size_t size) {
    mix(size, kPiece);
    const auto* at = static_cast<const unsigned char*>(bytes);
    std::uint64_t words[2];
    for (; size >= sizeof(words); size -= sizeof(words), at += sizeof(words)) {
      std::memcpy(words, at, sizeof(words));
      mix(words[0], words[1]);
    }
    if (size == 0) return;
    words[0] = words[1] = 0;
    std::memcpy(words, at, size);
    mix(words[0], words[1]);
  }

  template <class T>
  void add(const T& value) {
    if constexpr (HasFields<T>) {
      T::fields(value, [this](const FieldDoc&, const auto& member) { add(member); });
    } else if constexpr (std::is_floating_point_v<T>) {
      add(&value, sizeof(value));
    } else {
      mix(static_cast<std::uint64_t>(value), kNumber);
    }
  }
  void add(const std::string& text) { add(text.data(), text.size()); }
  void add(const Value& value) { mix(value.low, value.high); }
  template <class T>
  void add(const std::vector<T>& items) {
    if constexpr (std::is_arithmetic_v<T>) {
      add(items.data(), items.size() * sizeof(T));
    } else {
      mix(items.size(), kPiece);
      for (const T& item : items) add(item);
    }
  }

  /// Of all that was added, in its order.
  Value value() const { return {fold(low_, high_ ^ kLow), fold(high_, low_ ^ kHigh)}; }

 private:
  __extension__ using Wide = unsigned __int128;

  // Digits of pi (kPiece and kNumber: of e), as good as any odd numbers without a pattern.
  static constexpr std::uint64_t kLow = 0x243f6a8885a308d3, kHigh = 0x13198a2e03707345,
                                 kPiece = 0xb7e151628aed2a6b, kNumber = 0xbf7158809cf4f3c7;

  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    const Wide product = Wide{a} * b;
    return std::uint64_t(product) ^ std::uint64_t(product >> 64);
  }

  // Two products that share no factor: what escapes one of them does not escape the other.
  void mix(std::uint64_t first, std::uint64_t second) {
    low_ = fold(low_ ^ first, kLow ^ second) + second;
    high_ = fold(high_ ^ second, kHigh ^ first) + first;
  }

  std::uint64_t low_ = kHigh, high_ = kLow;
};

}  // namespace escalate
