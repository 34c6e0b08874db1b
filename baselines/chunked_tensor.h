// Bit maps by position, channels innermost and cut into chunks: the SparseMaps that SparTen joins.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "baselines/bit_tensor.h"
#include "common/math.h"

namespace escalate {

/// `positions` vectors of `channels` bits, each in chunks of `chunk` bits, each of these in whole
/// words.
class ChunkedTensor {
 public:
  ChunkedTensor(std::int64_t positions, int channels, int chunk)
      : channels_(channels),
        chunk_(chunk),
        chunks_(ceil_div(channels, chunk)),
        words_per_chunk_((chunk + 63) / 64),
        words_(static_cast<std::size_t>(positions) * chunks_ * words_per_chunk_) {}

  void set(std::int64_t position, int channel) {
    const int bit = channel % chunk_;
    word(position, channel / chunk_, bit / 64) |= std::uint64_t{1} << (bit % 64);
  }
  const std::uint64_t* chunk(std::int64_t position, int index) const {
    return words_.data() + (position * chunks_ + index) * words_per_chunk_;
  }
  int num_chunks() const { return chunks_; }
  int words_per_chunk() const { return words_per_chunk_; }
  /// Channels of a chunk; the last one may have fewer.
  int length(int index) const { return index + 1 < chunks_ ? chunk_ : channels_ - index * chunk_; }
  int count(std::int64_t position, int index) const {
    int sum = 0;
    for (int i = 0; i < words_per_chunk_; ++i) sum += std::popcount(chunk(position, index)[i]);
    return sum;
  }

 private:
  std::uint64_t& word(std::int64_t position, int index, int i) {
    return words_[static_cast<std::size_t>((position * chunks_ + index) * words_per_chunk_ + i)];
  }

  int channels_, chunk_, chunks_, words_per_chunk_;
  std::vector<std::uint64_t> words_;
};

}  // namespace escalate
