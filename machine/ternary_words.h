// Ternary coefficients as bits, 64 channels a word: what stands in DRAM, in coefficient banks and
// in the buffers of CA units, without a byte for each coefficient in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace escalate {

/// Bit j of `map`: coefficient j of up to 64 is not zero; of `signs`: it is -1.
struct TernaryWord {
  std::uint64_t map = 0, signs = 0;
  bool operator==(const TernaryWord&) const = default;

  /// Of up to 64 coefficients, each -1, 0 or 1; InternalError otherwise.
  static TernaryWord of(std::span<const std::int8_t> coefficients);
};

/// Rows of one length.
class TernaryWords {
 public:
  TernaryWords() = default;
  TernaryWords(int rows, int channels);

  int rows() const { return rows_; }
  int channels() const { return channels_; }

  /// Takes a row of `channels()` coefficients.
  void set_row(int row, std::span<const std::int8_t> coefficients);
  std::int8_t at(int row, int channel) const;

  /// Words of a row; what lies beyond its channels is zero.
  std::span<TernaryWord> row(int row) { return {&words_[first(row)], per_row_}; }
  std::span<const TernaryWord> row(int row) const { return {&words_[first(row)], per_row_}; }

  /// `count` (1..64) channels of a row from `begin` on; those beyond its end are zero.
  TernaryWord part(int row, int begin, int count) const;

  bool operator==(const TernaryWords&) const = default;

 private:
  std::size_t first(int row) const { return std::size_t(row) * per_row_; }

  int rows_ = 0, channels_ = 0;
  std::size_t per_row_ = 0;
  std::vector<TernaryWord> words_;
};

/// Bits that are 1. (std::popcount is the call of a library function where an instruction for it is
/// not taken for granted.)
constexpr int num_ones(std::uint64_t word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return int(word * 0x0101010101010101 >> 56);
}

/// Bit j: value j of up to 64 is not zero.
std::uint64_t nonzero_bits(std::span<const std::int8_t> values);

/// The first `count` (0..64) bits.
constexpr std::uint64_t low_bits(int count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// Bits 0 to 7 of `byte` as bytes of 0 or 1, bit 0 the lowest.
constexpr std::uint64_t spread_bits(std::uint8_t byte) {
  const std::uint64_t apart = std::uint64_t{byte} * 0x0101010101010101 & 0x8040201008040201;
  return (apart + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
}

}  // namespace escalate
