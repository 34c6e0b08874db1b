// The ternary coefficients of one channel tile as the coefficient buffer of a PE block holds them:
// for each row a SparseMap (non-zero map and signs) cut into chunks of up to 64 channels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/error.h"
#include "machine/ternary_words.h"

namespace escalate {

/// Rows of ternary coefficients over one channel tile; a row is the (output channel, term) of one
/// intermediate element. Chunks without a non-zero coefficient are not visited.
///
/// Rows are stored in blocks of kBlock, chunk by chunk, so that kBlock elements can be worked on
/// side by side; a last block is filled up with empty rows.
class CoefficientTile {
 public:
  static constexpr int kBlock = 32;  // two vectors of 16-bit slot rows, to hide latencies

  /// `num_chunks` chunks a row, each of `chunk_channels` (1..64) channels or, the last, fewer.
  CoefficientTile(int num_chunks, int chunk_channels)
      : num_chunks_(num_chunks), chunk_channels_(chunk_channels) {
    ensure(num_chunks >= 1 && num_chunks <= 0xffff, "a channel tile has 1 to 65535 chunks");
    ensure(chunk_channels >= 1 && chunk_channels <= 64, "a chunk has 1 to 64 channels");
  }

  /// Adds a row given by one map word (bit j: the coefficient of channel j is not zero) and one
  /// sign word (bit j: it is -1) a chunk.
  void add_row(std::span<const std::uint64_t> maps, std::span<const std::uint64_t> signs) {
    ensure(int(maps.size()) == num_chunks_ && int(signs.size()) == num_chunks_,
           "a coefficient row has one map and one sign word a chunk");
    const int lane = num_rows_ % kBlock;
    if (lane == 0) {
      maps_.resize(maps_.size() + std::size_t(num_chunks_) * kBlock);
      signs_.resize(maps_.size());
      skipping_.push_back(0);
    }
    ++num_rows_;
    for (int chunk = 0; chunk < num_chunks_; ++chunk) {
      ensure((signs[chunk] & ~maps[chunk]) == 0, "a zero coefficient has no sign");
      maps_[at(num_rows_ - 1, chunk)] = maps[chunk];
      signs_[at(num_rows_ - 1, chunk)] = signs[chunk];
      if (maps[chunk] != 0) {
        visited_.push_back(std::uint16_t(chunk));
      } else {
        skipping_.back() |= 1u << lane;
      }
    }
    visited_begin_.push_back(visited_.size());
  }

  /// Adds a row given by its coefficients (-1, 0 or 1), one a channel; missing channels are 0.
  void add_row(std::span<const std::int8_t> coefficients) {
    ensure(coefficients.size() <= std::size_t(num_chunks_) * chunk_channels_,
           "a coefficient row is longer than its channel tile");
    std::vector<std::uint64_t> maps(num_chunks_), signs(num_chunks_);
    for (std::size_t chunk = 0, begin = 0; begin < coefficients.size(); ++chunk) {
      const std::size_t count = std::min<std::size_t>(chunk_channels_, coefficients.size() - begin);
      const TernaryWord word = TernaryWord::of(coefficients.subspan(begin, count));
      maps[chunk] = word.map;
      signs[chunk] = word.signs;
      begin += count;
    }
    add_row(maps, signs);
  }

  /// Adds channels [first, first + channels) of a row of `words`.
  void add_row(const TernaryWords& words, int row, int first, int channels) {
    std::vector<std::uint64_t> maps(num_chunks_), signs(num_chunks_);
    for (int chunk = 0, begin = 0; begin < channels; ++chunk, begin += chunk_channels_) {
      const int count = std::min(chunk_channels_, channels - begin);
      const TernaryWord word = words.part(row, first + begin, count);
      maps[std::size_t(chunk)] = word.map;
      signs[std::size_t(chunk)] = word.signs;
    }
    add_row(maps, signs);
  }

  int num_rows() const { return num_rows_; }
  int num_chunks() const { return num_chunks_; }
  int chunk_channels() const { return chunk_channels_; }
  int num_blocks() const { return int(skipping_.size()); }

  std::uint64_t map(int row, int chunk) const { return maps_[at(row, chunk)]; }
  std::uint64_t sign(int row, int chunk) const { return signs_[at(row, chunk)]; }

  /// The chunks of `row` that hold a non-zero coefficient, ascending.
  std::span<const std::uint16_t> visited(int row) const {
    return {visited_.data() + visited_begin_[row], visited_begin_[row + 1] - visited_begin_[row]};
  }

  /// The map words of a block, [chunk][kBlock].
  const std::uint64_t* block_maps(int block) const { return &maps_[at(block * kBlock, 0)]; }

  /// Bit i: row i of the block has a chunk that is not visited.
  std::uint32_t skipping(int block) const { return skipping_[block]; }

 private:
  std::size_t at(int row, int chunk) const {
    return (std::size_t(row / kBlock) * num_chunks_ + chunk) * kBlock + row % kBlock;
  }

  int num_chunks_;
  int chunk_channels_;
  int num_rows_ = 0;
  std::vector<std::uint64_t> maps_;
  std::vector<std::uint64_t> signs_;
  std::vector<std::uint32_t> skipping_;
  std::vector<std::uint16_t> visited_;
  std::vector<std::size_t> visited_begin_ = {0};
};

}  // namespace escalate
