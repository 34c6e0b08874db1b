// The global buffer: bytes of activations and, beside each, a map bit
// (docs/microarchitecture.md, section 2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "common/math.h"
#include "machine/counters.h"

namespace escalate {

class GlobalBuffer {
 public:
  /// `bytes`: its capacity. A few bytes beyond it can be read, as vector code does.
  explicit GlobalBuffer(std::int64_t bytes);

  std::int64_t size() const { return size_; }

  /// Writes the activations of consecutive channels: a zero is a map bit 0 and byte 0.
  void write(std::int64_t address, std::span<const std::int8_t> values);

  /// The activations there, zeros included.
  const std::int8_t* data(std::int64_t address) const { return &bytes_[std::size_t(address)]; }

  /// Map bits [address, address + width), width 1..64.
  std::uint64_t map(std::int64_t address, int width) const {
    const auto word = std::size_t(address / 64);
    const int shift = int(address % 64);
    std::uint64_t bits = maps_[word] >> shift;
    if (shift + width > 64) bits |= maps_[word + 1] << (64 - shift);
    return width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1);
  }

 private:
  std::int64_t size_;
  std::vector<std::int8_t> bytes_;
  std::vector<std::uint64_t> maps_;
};

/// Activations of one position are read: their map bits, and those that are not zero.
inline void count_global_buffer_read(MachineCounters& counters,
                                     std::span<const std::int8_t> values) {
  const auto size = std::int64_t(values.size());
  counters.global_buffer_values_read += size - std::count(values.begin(), values.end(), 0);
  counters.global_buffer_maps_read += map_bytes(size);
}

/// The same for a write.
inline void count_global_buffer_write(MachineCounters& counters,
                                      std::span<const std::int8_t> values) {
  const auto size = std::int64_t(values.size());
  counters.global_buffer_values_written += size - std::count(values.begin(), values.end(), 0);
  counters.global_buffer_maps_written += map_bytes(size);
}

}  // namespace escalate
