#include "buffers/cycle/segment_walk.h"

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate::cycle {
namespace {

constexpr std::size_t kBitsPerByte = 8;

}  // namespace

SegmentWalk::SegmentWalk(const SegmentBox& box, const Region& region)
    : box_(box),
      region_(region),
      row_(box.row_begin),
      column_group_(box.column_group_begin),
      channel_group_(box.channel_group_begin) {
  const bool is_empty = box.row_begin >= box.row_end ||
                        box.column_group_begin >= box.column_group_end ||
                        box.channel_group_begin >= box.channel_group_end;
  if (is_empty) row_ = box.row_end;
}

void SegmentWalk::next() {
  if (++channel_group_ < box_.channel_group_end) return;
  channel_group_ = box_.channel_group_begin;
  if (++column_group_ < box_.column_group_end) return;
  column_group_ = box_.column_group_begin;
  ++row_;
}

std::int64_t SegmentWalk::number() const {
  const std::int64_t group = std::int64_t{row_} * box_.column_groups() + column_group_;
  return group * box_.channel_groups() + channel_group_;
}

int SegmentWalk::columns() const {
  return std::min(box_.segment_columns, box_.width - column_group_ * box_.segment_columns);
}

int SegmentWalk::channels() const {
  return std::min(box_.segment_channels, box_.channels - channel_group_ * box_.segment_channels);
}

std::int64_t SegmentWalk::position(int column) const {
  const int column_of_box = (column_group_ - box_.column_group_begin) * box_.segment_columns;
  const int channel_of_box = (channel_group_ - box_.channel_group_begin) * box_.segment_channels;
  return region_.at(row_ - box_.row_begin, column_of_box + column) + channel_of_box;
}

void encode_position(std::span<const std::int8_t> activations, std::vector<std::uint8_t>& bytes) {
  std::uint8_t map = 0;
  for (std::size_t c = 0; c < activations.size(); ++c) {
    if (activations[c] != 0) map = std::uint8_t(map | 1u << c % kBitsPerByte);
    if ((c + 1) % kBitsPerByte != 0 && c + 1 != activations.size()) continue;
    bytes.push_back(map);
    map = 0;
  }
  for (const std::int8_t activation : activations) {
    if (activation != 0) bytes.push_back(std::uint8_t(activation));
  }
}

std::span<const std::int8_t> PositionDecoder::next(int channels) {
  position_.assign(std::size_t(channels), 0);
  const std::size_t maps = map_bytes(position_.size());
  ensure(rest_.size() >= maps, "packed activations have a map for each position");
  const auto map = rest_.first(maps);
  rest_ = rest_.subspan(maps);
  for (std::size_t c = 0; c < position_.size(); ++c) {
    if ((map[c / kBitsPerByte] >> c % kBitsPerByte & 1) == 0) continue;
    ensure(!rest_.empty(), "packed activations have a byte for each bit of their maps");
    position_[c] = std::int8_t(rest_.front());
    rest_ = rest_.subspan(1);
  }
  return position_;
}

}  // namespace escalate::cycle
