#include "machine/segments.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/error.h"
#include "common/math.h"
#include "machine/ternary_words.h"

namespace escalate {

std::vector<Segment> segments_of(const SegmentBox& box, const Region& region) {
  std::vector<Segment> segments;
  for (int row = box.row_begin; row < box.row_end; ++row) {
    for (int column = box.column_group_begin; column < box.column_group_end; ++column) {
      for (int channel = box.channel_group_begin; channel < box.channel_group_end; ++channel) {
        Segment segment;
        segment.number =
            (std::int64_t{row} * box.column_groups() + column) * box.channel_groups() + channel;
        segment.address = box.dram + std::uint64_t(segment.number) * std::uint64_t(box.stride);
        segment.directory = box.directory + segment.number;
        segment.row = row;
        segment.first_column = column * box.segment_columns;
        segment.first_channel = channel * box.segment_channels;
        segment.columns = std::min(box.segment_columns, box.width - segment.first_column);
        segment.channels = std::min(box.segment_channels, box.channels - segment.first_channel);
        segment.buffer_address =
            region.at(row - box.row_begin,
                      segment.first_column - box.column_group_begin * box.segment_columns) +
            segment.first_channel - box.channel_group_begin * box.segment_channels;
        segments.push_back(segment);
      }
    }
  }
  return segments;
}

std::vector<std::uint8_t> pack_segment(
    int columns, int channels, const std::function<const std::int8_t*(int column)>& activations) {
  std::vector<std::uint8_t> bytes;
  const auto size_of_map = std::size_t(map_bytes(channels));
  for (int column = 0; column < columns; ++column) {
    const std::int8_t* values = activations(column);
    const std::size_t map = bytes.size();
    bytes.resize(map + size_of_map, 0);
    for (int first = 0; first < channels; first += 64) {
      const int count = std::min(64, channels - first);
      const std::uint64_t word = nonzero_bits({values + first, std::size_t(count)});
      for (int bit = 0; bit < count; bit += 8) {
        bytes[map + std::size_t((first + bit) / 8)] = std::uint8_t(word >> bit);
      }
      for (std::uint64_t left = word; left != 0; left &= left - 1) {
        bytes.push_back(std::uint8_t(values[first + std::countr_zero(left)]));
      }
    }
  }
  return bytes;
}

void unpack_segment(int columns, int channels, std::span<const std::uint8_t> bytes,
                    const std::function<void(int column, std::span<const std::int8_t>)>& store) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(channels));
  const auto size_of_map = std::size_t(map_bytes(channels));
  std::size_t at = 0;
  for (int column = 0; column < columns; ++column) {
    const std::size_t map = at;
    at += size_of_map;
    ensure(at <= bytes.size(), "a segment holds the maps of all its positions");
    std::fill(values.begin(), values.end(), std::int8_t{0});
    for (int first = 0; first < channels; first += 64) {
      const int count = std::min(64, channels - first);
      std::uint64_t word = 0;
      std::memcpy(&word, &bytes[map + std::size_t(first / 8)], std::size_t(map_bytes(count)));
      word &= low_bits(count);
      ensure(at + std::size_t(num_ones(word)) <= bytes.size(),
             "a segment holds the activations that its map says");
      for (std::uint64_t left = word; left != 0; left &= left - 1) {
        values[std::size_t(first + std::countr_zero(left))] = std::int8_t(bytes[at++]);
      }
    }
    store(column, values);
  }
  ensure(at == bytes.size(), "a segment ends with its last activation");
}

}  // namespace escalate
