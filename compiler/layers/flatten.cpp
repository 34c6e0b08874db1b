// Instructions of a flattening that is a layer: channel by channel, each position's value to its
// place in the order of the channels.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/math.h"
#include "compiler/layers/machine_layer.h"

namespace escalate {
namespace {

// What tiles need: two places each where there is more than one tile.
std::int64_t flatten_bytes(const TensorPlace& input, bool output_resident, int rows, int channels,
                           int batch) {
  const Shape& shape = input.shape;
  const int places = rows == shape.h && channels == shape.c && batch == 1 ? 1 : 2;
  std::int64_t bytes = 0;
  if (!input.resident) {
    const int wide = std::min(shape.c, channels + 2 * (input.segments.segment_channels - 1));
    bytes += places * (std::int64_t{rows} * shape.w * position_bytes(wide) + 8);
  }
  if (!output_resident) {
    bytes += places * (round_up(std::int64_t{channels} * rows * shape.w, 8) + 8);
  }
  return bytes;
}

class FlattenEmitter : public LayerEmitter {
 public:
  FlattenEmitter(const MachineConfig& machine, const TensorPlace& input, const TensorPlace& output,
                 const PostPlan& plan, SpanAllocator::Gap workspace, int batch)
      : LayerEmitter(machine, workspace, batch),
        input_(input),
        output_(output),
        row_tiles_(plan.row_tiles),
        by_channel_(plan.channel_step == 1),
        channel_tiles_(split_by(input.shape.c, plan.channel_step)) {
    const bool several = batch_ * row_tiles_.size() * channel_tiles_.size() > 1;
    std::int64_t in_bytes = 0, out_bytes = 0;
    for (const Range rows : row_tiles_) {
      for (const Range channels : channel_tiles_) {
        out_bytes = std::max(out_bytes, tile_bytes(output_box(rows, channels)));
        if (input_.resident) continue;
        Box covered;
        covering_segments(input_, 0, input_box(rows, channels), covered);
        in_bytes = std::max(in_bytes, tile_bytes(covered));
      }
    }
    if (!input_.resident) in_ = make_buffers(in_bytes, several ? 2 : 1);
    if (!output_.resident) out_ = make_buffers(out_bytes, several ? 2 : 1);
  }

  void run() {
    for (int image = 0; image < batch_; ++image) {
      for (int r = 0; r < int(row_tiles_.size()); ++r) {
        for (int c = 0; c < int(channel_tiles_.size()); ++c) tile(image, r, c);
      }
    }
  }

 private:
  Box input_box(Range rows, Range channels) const { return {rows, {0, input_.shape.w}, channels}; }

  // The outputs of a tile, which lie in one piece.
  Box output_box(Range rows, Range channels) const {
    const Shape& shape = input_.shape;
    const int first = (channels.begin * shape.h + rows.begin) * shape.w;
    return {{0, 1}, {0, 1}, {first, first + channels.size() * rows.size() * shape.w}};
  }

  void tile(int image, int r, int c) {
    const Range rows = row_tiles_[std::size_t(r)];
    const Range channels = channel_tiles_[std::size_t(c)];
    const Box out_box = output_box(rows, channels);
    const Region destination =
        output_.resident
            ? output_.region_of(image)
            : region_of_tile(out_.bases[std::size_t(out_.cache.find({image, r, c}).place)],
                             out_box);
    const Region source = source_of(image, r, channels);
    for (int channel = channels.begin; channel < channels.end; ++channel) {
      move(image, channel, rows, source, destination.base);
    }
    if (!output_.resident) store(output_, image, out_box, destination);
  }

  // Tiles of one channel that lie in the same segments are loaded together.
  Region source_of(int image, int r, Range channels) {
    const Range rows = row_tiles_[std::size_t(r)];
    int first = channels.begin;
    if (!input_.resident && by_channel_) {
      first = channels.begin / input_.segments.segment_channels;
    }
    return box_of_input(input_, image, input_box(rows, channels), in_, {image, r, first});
  }

  void move(int image, int channel, Range rows, const Region& source, std::int32_t first_output) {
    const Shape& shape = input_.shape;
    Pool op;
    op.kind = int(PoolKind::kMax);
    op.window = {shape.h, shape.w, 1, 1, 1, 1, 0, 0};
    op.source = source;
    op.source.base += channel;
    op.destination = {first_output + channel * shape.h * shape.w, shape.w, 1};
    op.image = image;
    op.first_channel = channel;
    op.channels = 1;
    op.row_begin = rows.begin;
    op.row_end = rows.end;
    op.column_begin = 0;
    op.column_end = shape.w;
    emit(op);
  }

  const TensorPlace& input_;
  const TensorPlace& output_;
  std::vector<Range> row_tiles_;
  bool by_channel_;
  std::vector<Range> channel_tiles_;
  TileBuffers in_, out_;
};

class MachineFlatten : public MachineLayer {
 public:
  std::string name(const IntegerNetwork&, const IntegerNode&) const override { return "flatten"; }
  bool keeps_density() const override { return true; }

  PostPlan plan(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                bool output_resident, std::int64_t workspace_bytes, int batch) const override {
    const TensorPlace& input = *inputs[0];
    const Shape& shape = input.shape;
    const auto fits = [&](int rows, int channels) {
      return flatten_bytes(input, output_resident, rows, channels, batch) <= workspace_bytes;
    };
    for (int channels = shape.c; channels >= 1; channels = channels == 1 ? 0 : (channels + 1) / 2) {
      if (!fits(shape.h, channels)) continue;
      return {{{0, shape.h}}, channels, channels * shape.h * shape.w};
    }
    for (int rows = shape.h - 1; rows >= 1; --rows) {
      // All tiles are segments of one size.
      if (shape.h % rows != 0 || !fits(rows, 1)) continue;
      return {split_by(shape.h, rows), 1, rows * shape.w};
    }
    throw UserError(
        {"", 0, "global_buffer_bytes"},
        fmt::format("layer '{}': its smallest tiles do not fit into the {} free bytes of "
                    "the global buffer",
                    node.name, workspace_bytes));
  }

  std::vector<Instruction> emit(const MachineConfig& machine, const IntegerNode&,
                                const std::vector<const TensorPlace*>& inputs,
                                const TensorPlace& output, const PostPlan& plan, bool,
                                SpanAllocator::Gap workspace, int batch,
                                DataWriter&) const override {
    FlattenEmitter emitter(machine, *inputs[0], output, plan, workspace, batch);
    emitter.run();
    return emitter.instructions();
  }
};

}  // namespace

const MachineLayer& machine_flatten() {
  static constexpr MachineFlatten kLayer;
  return kLayer;
}

}  // namespace escalate
