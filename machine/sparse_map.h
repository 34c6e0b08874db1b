// SparseMap: a bit map of the non-zero positions followed by the packed non-zero values. The format
// of activations in every buffer and in DRAM (SparTen, MICRO 2019; ESCALATE, MICRO 2021).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/math.h"

namespace escalate {

/// An encoded vector of int8 values.
struct SparseMap {
  int length = 0;  ///< positions, zeros included
  std::vector<std::uint64_t>
      mask;  ///< ceil(length / 64) words; bit i % 64 of word i / 64: not zero
  std::vector<std::int8_t> values;  ///< the non-zero values in order of position

  bool operator==(const SparseMap&) const = default;

  int num_nonzero() const { return static_cast<int>(values.size()); }
  bool is_nonzero(int position) const { return mask[position / 64] >> (position % 64) & 1; }
  /// The value at `position`, zero or not; takes time proportional to length / 64.
  std::int8_t at(int position) const;

  /// One bit a position and eight a non-zero value.
  std::int64_t size_bits() const;
  /// What a buffer or DRAM holds: the map padded to whole bytes, then the values.
  std::int64_t size_bytes() const;

  /// Throws InternalError unless map, values and length fit together (no bit beyond the length, no
  /// zero among the values).
  void validate() const;
};

/// Size in bits of a SparseMap of `length` positions with `num_nonzero` values of `value_bits` each
/// (ternary coefficients: 1, their sign).
constexpr std::int64_t sparse_map_bits(std::int64_t length, std::int64_t num_nonzero,
                                       int value_bits) {
  return length + num_nonzero * value_bits;
}

/// The same in bytes, map and values each padded to whole bytes.
constexpr std::int64_t sparse_map_bytes(std::int64_t length, std::int64_t num_nonzero,
                                        int value_bits) {
  return map_bytes(length) + map_bytes(num_nonzero * value_bits);
}

SparseMap encode_sparse_map(std::span<const std::int8_t> dense);

/// The dense vector, `length` values.
std::vector<std::int8_t> decode_sparse_map(const SparseMap& sparse);

/// The non-zero map alone, as SparseMap::mask.
std::vector<std::uint64_t> nonzero_mask(std::span<const std::int8_t> dense);

}  // namespace escalate
