// Values of intermediate elements: dot products of int8 activation vectors with ternary coefficient
// rows, exact and by the shortest route. What the CA units compute, without saying how long it
// takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "machine/ternary_words.h"

namespace escalate {

/// Ternary coefficient rows of one length, dense, each padded with zeros to whole vectors.
class TernaryRows {
 public:
  /// Rows are padded to a multiple of this many channels.
  static constexpr int kPadding = 32;

  /// `channels` coefficients a row, at least 1.
  explicit TernaryRows(int channels);

  /// Adds a row of `channels` coefficients, each -1, 0 or 1.
  void add_row(std::span<const std::int8_t> coefficients);
  /// Adds channels [first, first + channels()) of a row of `words`.
  void add_row(const TernaryWords& words, int row, int first);

  int channels() const { return channels_; }
  int padded_channels() const { return padded_channels_; }
  int num_rows() const { return int(sums_.size()); }

  /// `padded_channels()` coefficients.
  const std::int8_t* row(int index) const {
    return coefficients_.data() + std::size_t(index) * padded_channels_;
  }

  /// Sum of the coefficients of a row.
  std::int32_t sum(int index) const { return sums_[index]; }

 private:
  int channels_;
  int padded_channels_;
  std::vector<std::int8_t> coefficients_;
  std::vector<std::int32_t> sums_;
};

/// Activation vectors in memory: vector i begins at data + i * stride and can be read for
/// TernaryRows::padded_channels() bytes, of which those beyond `channels()` may hold anything.
struct ActivationVectors {
  const std::int8_t* data = nullptr;
  std::ptrdiff_t stride = 0;  ///< bytes
  int count = 0;
};

/// out[i * out_stride + r - first_row] = dot product of vector i and row r, for all vectors and
/// the rows [first_row, last_row). Exact for all int8 activations, -128 included. Rows are taken in
/// blocks that stay in the first-level cache, so give many vectors at once.
void multiply_ternary(const TernaryRows& rows, int first_row, int last_row,
                      const ActivationVectors& vectors, std::int32_t* out,
                      std::ptrdiff_t out_stride, HostSimd set = best_host_simd());

}  // namespace escalate
