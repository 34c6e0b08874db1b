#include "compiler/layers/post_layer.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

/// Walks over the tiles of a layer: loads, what the layer makes of them, stores.
class PostEmitter : public PostWriter {
 public:
  PostEmitter(const MachineConfig& machine, const PostLayer& layer, const IntegerNode& node,
              const std::vector<const TensorPlace*>& inputs, const TensorPlace& output,
              const PostPlan& plan, SpanAllocator::Gap workspace, int batch, DataWriter& data)
      : PostWriter(machine, node, inputs, workspace, batch),
        layer_(layer),
        output_(output),
        plan_(plan),
        channel_tiles_(split_by(node.out.c, plan.channel_step)) {
    const bool several = batch_ * int(plan_.row_tiles.size()) * int(channel_tiles_.size()) > 1;
    std::int64_t out_bytes = 0;
    buffers_.resize(inputs_.size());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      std::int64_t bytes = 0;
      for_each_box([&](int, int, Range rows, Range channels) {
        if (!inputs_[i]->resident) {
          Box covered;
          covering_segments(*inputs_[i], 0, input_box(i, rows, channels), covered);
          bytes = std::max(bytes, tile_bytes(covered));
        }
        out_bytes = std::max(out_bytes, tile_bytes({rows, {0, node_.out.w}, channels}));
      });
      if (!inputs_[i]->resident) buffers_[i] = make_buffers(bytes, several ? 2 : 1);
    }
    if (!output_.resident) out_ = make_buffers(out_bytes, several ? 2 : 1);
    tables_ = layer_.write_tables(node_, data);
  }

  void run(bool clear_padding) {
    for (int image = 0; image < batch_; ++image) {
      if (clear_padding && output_.resident) clear_channels(output_, image);
      for_each_box(
          [&](int r, int c, Range rows, Range channels) { tile(image, r, c, rows, channels); });
    }
  }

 private:
  template <class Visit>
  void for_each_box(Visit&& visit) const {
    for (int r = 0; r < int(plan_.row_tiles.size()); ++r) {
      for (int c = 0; c < int(channel_tiles_.size()); ++c) {
        visit(r, c, plan_.row_tiles[std::size_t(r)], channel_tiles_[std::size_t(c)]);
      }
    }
  }

  Box input_box(std::size_t i, Range rows, Range channels) const {
    return layer_.box_of_input(node_, in(i), rows, channels);
  }

  void tile(int image, int r, int c, Range rows, Range channels) {
    const Box out_box{rows, {0, node_.out.w}, channels};
    const PlaceCache::Key key{image, r, c};
    PostTile tile{image, rows, channels, {}, {}};
    tile.destination =
        output_.resident
            ? output_.region_of(image)
            : region_of_tile(out_.bases[std::size_t(out_.cache.find(key).place)], out_box);
    layer_.begin_tile(*this, tile);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const Box box = input_box(i, rows, channels);
      tile.sources.push_back(
          box_of_input(*inputs_[i], image, box, buffers_[i],
                       layer_.reads_again(node_, in(i))
                           ? PlaceCache::Key{image, box.rows.begin, box.channels.begin}
                           : key));
    }
    layer_.make_tile(*this, tile);
    if (!output_.resident) store(output_, image, out_box, tile.destination);
  }

  const PostLayer& layer_;
  const TensorPlace& output_;
  const PostPlan& plan_;
  std::vector<Range> channel_tiles_;
  std::vector<TileBuffers> buffers_;
  TileBuffers out_;
};

std::int64_t post_bytes(const PostLayer& layer, const IntegerNode& node,
                        const std::vector<const TensorPlace*>& inputs, bool output_resident,
                        int out_rows, int channels) {
  std::int64_t bytes = 0;
  for (const TensorPlace* input : inputs) {
    if (input->resident) continue;
    const int rows = layer.rows_of_input(node, input->shape, out_rows);
    const int wide =
        layer.joins_channels()
            ? input->shape.c
            : std::min(input->shape.c, channels + 2 * (input->segments.segment_channels - 1));
    bytes += 2 * (std::int64_t{rows} * input->shape.w * position_bytes(wide) + 8);
  }
  if (!output_resident) {
    bytes += 2 * (std::int64_t{out_rows} * node.out.w * position_bytes(channels) + 8);
  }
  return bytes;
}

}  // namespace

Pool PostWriter::copy(const PostTile& tile, std::size_t i, Range rows, Range columns,
                      Range channels) const {
  Pool op;
  op.kind = int(PoolKind::kMax);
  op.window = {in(i).h, in(i).w, 1, 1, 1, 1, 0, 0};
  op.source = tile.sources[i];
  op.source.base += channels.begin;
  op.destination = tile.destination;
  op.destination.base += channels.begin;
  op.image = tile.image;
  op.first_channel = channels.begin;
  op.channels = channels.size();
  op.row_begin = rows.begin;
  op.row_end = rows.end;
  op.column_begin = columns.begin;
  op.column_end = columns.end;
  op.table = -1;
  return op;
}

Pool PostWriter::moved(const PostTile& tile, std::size_t i, Range channels) const {
  Pool op = copy(tile, i, tile.rows, {0, node_.out.w}, channels);
  op.source = tile.sources[i];
  return op;
}

void PostWriter::scale(Pool& op, FixedPoint factor, bool inside) const {
  op.kind = int(inside ? PoolKind::kAverageInside : PoolKind::kAverage);
  op.multiplier = factor.multiplier;
  op.shift = factor.shift;
  op.low = node_.clamp_low;
  op.high = node_.clamp_high;
}

void PostWriter::set_window(Pool& op) const {
  const Window& window = node_.window;
  op.window = {in(0).h,         in(0).w,         window.r,       window.s,
               window.stride_h, window.stride_w, window.pad_top, window.pad_left};
}

PostWriter::Box PostLayer::box_of_input(const IntegerNode&, const Shape& in, Range rows,
                                        Range channels) const {
  return {rows, {0, in.w}, joins_channels() ? Range{0, in.c} : channels};
}

PostPlan PostLayer::plan(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                         bool output_resident, std::int64_t workspace_bytes, int) const {
  for (int channels = node.out.c; channels > 0;
       channels = joins_channels() ? 0 : fewer_channels(channels)) {
    for (int rows = node.out.h; rows >= 1; rows = rows == 1 ? 0 : (rows + 1) / 2) {
      if (post_bytes(*this, node, inputs, output_resident, rows, channels) > workspace_bytes) {
        continue;
      }
      return {split_by(node.out.h, rows), channels, std::min(channels, kSegmentChannels)};
    }
  }
  throw UserError({"", 0, "global_buffer_bytes"},
                  fmt::format("layer '{}': its smallest tiles do not fit into the {} free bytes of "
                              "the global buffer",
                              node.name, workspace_bytes));
}

std::vector<Instruction> PostLayer::emit(const MachineConfig& machine, const IntegerNode& node,
                                         const std::vector<const TensorPlace*>& inputs,
                                         const TensorPlace& output, const PostPlan& plan,
                                         bool clear_padding, SpanAllocator::Gap workspace,
                                         int batch, DataWriter& data) const {
  PostEmitter emitter(machine, *this, node, inputs, output, plan, workspace, batch, data);
  emitter.run(clear_padding);
  return emitter.instructions();
}

}  // namespace escalate
