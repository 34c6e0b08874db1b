// An entry: one position of one channel tile, as the multicast network carries it and ring input
// buffers hold it (docs/microarchitecture.md, section 3).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/math.h"

namespace escalate {

/// A SparseMap cut into chunks, with its place in the pass.
struct Entry {
  int h = 0, w = 0;                 ///< position in the layer's input
  int channel_tile = 0;             ///< from 0
  bool line_end = false;            ///< last position sent of its input row, last channel tile
  int channels = 0;                 ///< channels of this channel tile
  std::vector<std::uint64_t> maps;  ///< one word a chunk; bit j: channel j of it is not zero
  std::vector<std::int8_t> values;  ///< the non-zero activations in channel order

  int num_chunks() const { return int(maps.size()); }
  /// What the network carries: map bytes and values.
  int num_bytes() const { return map_bytes(channels) + int(values.size()); }
  /// The packed values of one chunk.
  std::span<const std::int8_t> chunk_values(int chunk) const;
};

/// Packs the activations of an entry, one a channel, into chunks of `chunk` (1..64) channels.
Entry make_entry(std::span<const std::int8_t> activations, int chunk);

}  // namespace escalate
