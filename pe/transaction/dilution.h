// Dilution: aligns a row's coefficients with the packed non-zero activations of an entry (the
// ESCALATE authors' public talk). One element at a time; many at once are in ca_batch.h.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "interconnect/transaction/bit_gather.h"
#include "machine/coefficients.h"

namespace escalate {

/// Words of bits, appended a few at a time.
class BitString {
 public:
  /// Appends the low `width` (0..64) bits of `bits`, whose other bits are 0.
  void append(std::uint64_t bits, int width) {
    if (width == 0) return;
    const int shift = size_ % 64;
    if (shift == 0) {
      words_.push_back(bits);
    } else {
      words_.back() |= bits << shift;
      if (shift + width > 64) words_.push_back(bits >> (64 - shift));
    }
    size_ += width;
  }
  void clear() {
    words_.clear();
    size_ = 0;
  }
  int size() const { return size_; }
  bool operator[](int bit) const { return (words_[bit / 64] >> (bit % 64) & 1) != 0; }
  const std::uint64_t* words() const { return words_.data(); }

 private:
  std::vector<std::uint64_t> words_;
  int size_ = 0;
};

/// The slots of one element: the non-zero activations of its visited chunks, in order.
struct DilutedElement {
  BitString active;              ///< bit s: the activation of slot s meets a non-zero coefficient
  BitString negative;            ///< bit s: that coefficient is -1
  std::vector<int> chunk_begin;  ///< first slot of each visited chunk, in visiting order

  int slots() const { return active.size(); }
};

/// Dilutes one row of `tile` against an entry's activation maps (one word a chunk) into `element`,
/// whose memory is reused. A chunk takes one cycle.
inline void dilute(std::span<const std::uint64_t> activation_maps, const CoefficientTile& tile,
                   int row, HostSimd set, DilutedElement& element) {
  ensure(int(activation_maps.size()) == tile.num_chunks(),
         "an entry and its coefficients have the same chunks");
  element.active.clear();
  element.negative.clear();
  element.chunk_begin.clear();
  for (const int chunk : tile.visited(row)) {
    const std::uint64_t map = activation_maps[chunk];
    const int width = std::popcount(map);
    element.chunk_begin.push_back(element.active.size());
    element.active.append(gather_bits(tile.map(row, chunk), map, set), width);
    element.negative.append(gather_bits(tile.sign(row, chunk), map, set), width);
  }
}

}  // namespace escalate
