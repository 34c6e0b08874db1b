// Packed activations as the cycle view's DMA engines read and write them: the segments of a box one
// after the other, and the bytes of a position (docs/microarchitecture.md, section 2; docs/isa.md).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/isa.h"

namespace escalate::cycle {

/// Stands at one segment of a box, whose activations have their places in a region.
class SegmentWalk {
 public:
  SegmentWalk(const SegmentBox& box, const Region& region);

  bool at_end() const { return row_ == box_.row_end; }
  /// Goes to the next segment: channel groups, then column groups, then rows.
  void next();

  std::uint64_t address() const { return box_.dram + std::uint64_t(number() * box_.stride); }
  std::int64_t directory() const { return box_.directory + number(); }
  int columns() const;
  int channels() const;
  /// Address in the global buffer of a column of the segment, its first channel.
  std::int64_t position(int column) const;

 private:
  std::int64_t number() const;

  SegmentBox box_;
  Region region_;
  int row_, column_group_, channel_group_;
};

/// Adds a position: its map, then its activations that are not zero.
void encode_position(std::span<const std::int8_t> activations, std::vector<std::uint8_t>& bytes);

/// Reads positions from the front of packed bytes.
class PositionDecoder {
 public:
  explicit PositionDecoder(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  /// The next position, of so many channels; valid until the next call. InternalError if the bytes
  /// end before.
  std::span<const std::int8_t> next(int channels);
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
  std::vector<std::int8_t> position_;
};

}  // namespace escalate::cycle
