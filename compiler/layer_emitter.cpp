#include "compiler/layer_emitter.h"

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

std::uint32_t DataWriter::append(const std::vector<std::uint8_t>& bytes) {
  const std::int64_t address = base_ + std::int64_t(data_.size());
  if (address + std::int64_t(bytes.size()) > INT64_C(0xffffffff)) {
    throw UserError("the network needs more than 4 GiB of DRAM");
  }
  data_.insert(data_.end(), bytes.begin(), bytes.end());
  while (data_.size() % std::size_t(alignment_) != 0) data_.push_back(0);
  return std::uint32_t(address);
}

std::uint32_t DataWriter::append(std::span<const std::int8_t> values) {
  return append(std::vector<std::uint8_t>(values.begin(), values.end()));
}

PlaceCache::Found PlaceCache::find(const Key& key) {
  const auto held = std::find(keys_.begin(), keys_.end(), std::optional<Key>(key));
  Found found;
  if (held != keys_.end()) {
    found.place = int(held - keys_.begin());
  } else {
    found.place = int(std::min_element(used_.begin(), used_.end()) - used_.begin());
    found.is_new = true;
    keys_[found.place] = key;
  }
  used_[found.place] = clock_++;
  return found;
}

SegmentBox LayerEmitter::covering_segments(const TensorPlace& tensor, int image, const Box& box,
                                           Box& covered) {
  SegmentBox segments = tensor.segments_of(image);
  const auto groups = [](Range range, int size) {
    return Range{range.begin / size, ceil_div(range.end, size)};
  };
  const Range columns = groups(box.columns, segments.segment_columns);
  const Range channels = groups(box.channels, segments.segment_channels);
  segments.row_begin = box.rows.begin;
  segments.row_end = box.rows.end;
  segments.column_group_begin = columns.begin;
  segments.column_group_end = columns.end;
  segments.channel_group_begin = channels.begin;
  segments.channel_group_end = channels.end;
  covered.rows = box.rows;
  covered.columns = {columns.begin * segments.segment_columns,
                     std::min(segments.width, columns.end * segments.segment_columns)};
  covered.channels = {channels.begin * segments.segment_channels,
                      std::min(segments.channels, channels.end * segments.segment_channels)};
  return segments;
}

std::int64_t LayerEmitter::tile_bytes(const Box& box) {
  return std::int64_t{box.rows.size()} * box.columns.size() * position_bytes(box.channels.size());
}

Region LayerEmitter::region_of_tile(std::int32_t base, const Box& box) {
  const int position = position_bytes(box.channels.size());
  const int row = position * box.columns.size();
  return {base - box.rows.begin * row - box.columns.begin * position - box.channels.begin, row,
          position};
}

LayerEmitter::TileBuffers LayerEmitter::make_buffers(std::int64_t bytes, int count) {
  TileBuffers buffers;
  buffers.cache = PlaceCache(count);
  for (int i = 0; i < count; ++i) {
    ensure(free_.begin + bytes <= free_.end,
           "tiles fit into the workspace that they were mapped to");
    buffers.bases.push_back(std::int32_t(free_.begin));
    free_.begin += round_up(bytes, 8);
  }
  return buffers;
}

Region LayerEmitter::box_of_input(const TensorPlace& tensor, int image, const Box& box,
                                  TileBuffers& buffers, const PlaceCache::Key& key) {
  if (tensor.resident) return tensor.region_of(image);
  Box covered;
  const SegmentBox segments = covering_segments(tensor, image, box, covered);
  const PlaceCache::Found found = buffers.cache.find(key);
  const Region region = region_of_tile(buffers.bases.at(found.place), covered);
  if (found.is_new) {
    emit(LoadTile{segments,
                  {buffers.bases[found.place], region.row_stride, region.position_stride}});
  }
  return region;
}

void LayerEmitter::store(const TensorPlace& tensor, int image, const Box& box,
                         const Region& region) {
  Box covered;
  const SegmentBox segments = covering_segments(tensor, image, box, covered);
  emit(StoreTile{segments,
                 {std::int32_t(region.at(box.rows.begin, 0)) + box.channels.begin,
                  region.row_stride, region.position_stride}});
}

void LayerEmitter::clear_channels(const TensorPlace& tensor, int image) {
  const Shape& shape = tensor.shape;
  Region region = tensor.region_of(image);
  region.base += shape.c;
  emit(Fill{region, shape.h, shape.w, region.position_stride - shape.c});
}

int LayerEmitter::table_bank(std::uint32_t dram) {
  const PlaceCache::Found found = table_banks_.find({int(dram)});
  if (found.is_new) emit(LoadTable{dram, found.place});
  return found.place;
}

int fewer_channels(int channels) {
  if (channels <= 8) return 0;
  return channels > 2 * kSegmentChannels
             ? ceil_div(channels / 2, kSegmentChannels) * kSegmentChannels
             : std::max(8, channels / 2 / 8 * 8);
}

}  // namespace escalate
