// Activations between the global buffer and their packed segments in DRAM
// (docs/microarchitecture.md, section 2).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "machine/isa.h"

namespace escalate {

/// One segment of a box: its number, what it covers, and where its first position stands in a
/// region whose place is that of the box's first row, column and channel.
struct Segment {
  std::int64_t number = 0;
  std::uint64_t address = 0;  ///< in DRAM
  std::int64_t directory = 0;
  int columns = 0, channels = 0;
  int row = 0, first_column = 0, first_channel = 0;  ///< place in the tensor
  std::int64_t buffer_address = 0;
};

/// In order of number.
std::vector<Segment> segments_of(const SegmentBox& box, const Region& region);

/// Packs ceil(channels/8) map bytes for each position, then the non-zero activations. `activations`
/// are `columns` positions of `channels` channels.
std::vector<std::uint8_t> pack_segment(
    int columns, int channels, const std::function<const std::int8_t*(int column)>& activations);

/// The inverse: calls store(column, values) for each position; InternalError unless all bytes are
/// used.
void unpack_segment(int columns, int channels, std::span<const std::uint8_t> bytes,
                    const std::function<void(int column, std::span<const std::int8_t>)>& store);

}  // namespace escalate
