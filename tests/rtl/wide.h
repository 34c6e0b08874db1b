// Ports of Verilated units as bit ranges: Verilator gives ports of up to 8, 16, 32 and 64 bits as
// integers and wider ones as arrays of 32-bit words.
#pragma once

#include <cstdint>
#include <type_traits>

namespace escalate::rtl {

/// Bits [first, first + width) of a port; width <= 64.
template <class Port>
std::uint64_t bits(const Port& port, int first, int width) {
  std::uint64_t value = 0;
  for (int i = 0; i < width; ++i) {
    const int bit = first + i;
    std::uint64_t word;
    if constexpr (std::is_integral_v<Port>) {
      word = std::uint64_t(port) >> bit;
    } else {
      word = std::uint64_t(port[bit / 32]) >> (bit % 32);
    }
    value |= (word & 1) << i;
  }
  return value;
}

/// Sets them to the low bits of `value`.
template <class Port>
void set_bits(Port& port, int first, int width, std::uint64_t value) {
  for (int i = 0; i < width; ++i) {
    const int bit = first + i;
    const std::uint64_t one = value >> i & 1;
    if constexpr (std::is_integral_v<Port>) {
      port = Port((std::uint64_t(port) & ~(std::uint64_t{1} << bit)) | one << bit);
    } else {
      auto& word = port[bit / 32];
      word = (word & ~(1u << (bit % 32))) | std::uint32_t(one) << (bit % 32);
    }
  }
}

}  // namespace escalate::rtl
