// Instructions of layers without weights.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/math.h"
#include "compiler/layer_emitter.h"

namespace escalate {
namespace {

bool has_window(const IntegerNode& node) {
  return node.op == IntegerOp::kMaxPool || node.op == IntegerOp::kAvgPool;
}

Range input_rows_of(const IntegerNode& node, const Shape& in, Range outputs) {
  if (!has_window(node)) return outputs;
  const Window& window = node.window;
  return window_input(window.r, window.stride_h, window.pad_top, in.h, outputs);
}

// Output channels [first, first + size) of a concatenation or padding that input `i` makes.
Range made_by_input(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                    std::size_t input) {
  int first = node.op == IntegerOp::kChannelPad ? node.pad_before : 0;
  for (std::size_t i = 0; i < input; ++i) {
    if (node.op == IntegerOp::kConcat) first += inputs[i]->shape.c;
  }
  return {first, first + inputs[input]->shape.c};
}

bool moves_channels(const IntegerNode& node) {
  return node.op == IntegerOp::kConcat || node.op == IntegerOp::kChannelPad;
}

AddKind kind_of(IntegerOp op) {
  if (op == IntegerOp::kMultiply) return AddKind::kMultiply;
  if (op == IntegerOp::kMinimum) return AddKind::kMinimum;
  return op == IntegerOp::kMaximum ? AddKind::kMaximum : AddKind::kAdd;
}

// The most rows of an input that a tile of that many output rows reads.
int rows_of_input(const IntegerNode& node, const Shape& in, int out_rows) {
  if (combines_two(node.op)) return std::min(in.h, out_rows);
  if (!has_window(node)) return out_rows;
  return std::min(in.h, (out_rows - 1) * node.window.stride_h + node.window.r);
}

class PostEmitter : public LayerEmitter {
 public:
  PostEmitter(const MachineConfig& machine, const IntegerNode& node,
              const std::vector<const TensorPlace*>& inputs, const TensorPlace& output,
              const PostPlan& plan, SpanAllocator::Gap workspace, int batch, DataWriter& data)
      : LayerEmitter(machine, workspace, batch),
        node_(node),
        inputs_(inputs),
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
    if (node_.op == IntegerOp::kTable) write_tables(data);
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
        visit(r, c, plan_.row_tiles[r], channel_tiles_[c]);
      }
    }
  }

  /// Neighbouring channels that have one table.
  struct TableChannels {
    Range channels;
    std::uint32_t dram = 0;
  };

  void write_tables(DataWriter& data) {
    if (node_.table.size() == kTableEntries) {
      tables_ = {{{0, node_.out.c}, data.append(std::span(node_.table))}};
      return;
    }
    for (int c = 0; c < node_.out.c; ++c) {
      const auto table =
          std::span(node_.table).subspan(std::size_t(c) * kTableEntries, kTableEntries);
      const bool goes_on = c > 0 && std::equal(table.begin(), table.end(),
                                               table.begin() - std::ptrdiff_t(kTableEntries));
      if (goes_on) {
        ++tables_.back().channels.end;
      } else {
        tables_.push_back({{c, c + 1}, data.append(table)});
      }
    }
  }

  // A pass for each table, over the channels that have it.
  void look_up(int image, Region source, Region destination, Range rows, Range channels) {
    for (const TableChannels& table : tables_) {
      const Range part{std::max(channels.begin, table.channels.begin),
                       std::min(channels.end, table.channels.end)};
      if (part.begin >= part.end) continue;
      pool(image, 0, source, destination, rows, {0, node_.out.w}, part, {}, table_bank(table.dram));
    }
  }

  Box input_box(std::size_t i, Range rows, Range channels) const {
    const Shape& shape = inputs_[i]->shape;
    if (combines_two(node_.op)) {
      return {
          shape.h == 1 ? Range{0, 1} : rows, {0, shape.w}, shape.c == 1 ? Range{0, 1} : channels};
    }
    return {input_rows_of(node_, shape, rows),
            {0, shape.w},
            moves_channels(node_) ? Range{0, shape.c} : channels};
  }

  void tile(int image, int r, int c, Range rows, Range channels) {
    const Box out_box{rows, {0, node_.out.w}, channels};
    const PlaceCache::Key key{image, r, c};
    const Region destination =
        output_.resident ? output_.region_of(image)
                         : region_of_tile(out_.bases[out_.cache.find(key).place], out_box);
    if (node_.op == IntegerOp::kChannelPad) zero_channels(destination, rows);
    std::vector<Region> sources;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const Box box = input_box(i, rows, channels);
      const bool is_broadcast = combines_two(node_.op) && inputs_[i]->shape != node_.out;
      sources.push_back(box_of_input(
          *inputs_[i], image, box, buffers_[i],
          is_broadcast ? PlaceCache::Key{image, box.rows.begin, box.channels.begin} : key));
    }
    if (combines_two(node_.op)) {
      add(image, sources, destination, rows, channels);
    } else if (node_.op == IntegerOp::kTable) {
      look_up(image, sources[0], destination, rows, channels);
    } else if (node_.op == IntegerOp::kAvgPool) {
      average(image, sources[0], destination, rows, channels);
    } else {
      const bool rescales = node_.op == IntegerOp::kConcat || node_.op == IntegerOp::kRescale;
      for (std::size_t i = 0; i < inputs_.size(); ++i) {
        pool(image, i, sources[i], destination, rows, {0, node_.out.w},
             moves_channels(node_) ? made_by_input(node_, inputs_, i) : channels,
             rescales ? node_.requant.at(i) : FixedPoint{});
      }
    }
    if (!output_.resident) store(output_, image, out_box, destination);
  }

  void zero_channels(Region destination, Range rows) {
    const auto zero = [&](Range channels) {
      if (channels.size() == 0) return;
      Region region = destination;
      region.base = std::int32_t(destination.at(rows.begin, 0)) + channels.begin;
      emit(Fill{region, rows.size(), node_.out.w, channels.size()});
    };
    zero({0, node_.pad_before});
    zero({node_.out.c - node_.pad_after, node_.out.c});
  }

  // Where an operand's channels of a tile lie, at whatever row and column it is asked for.
  Region broadcast(Region source, const Shape& shape, Range channels) const {
    if (shape.h < node_.out.h) source.row_stride = 0;
    if (shape.w < node_.out.w) source.position_stride = 0;
    if (shape.c == node_.out.c) source.base += channels.begin;
    return source;
  }

  void add(int image, const std::vector<Region>& sources, Region destination, Range rows,
           Range channels) {
    Add op;
    op.kind = int(kind_of(node_.op));
    op.left = broadcast(sources.at(0), inputs_[0]->shape, channels);
    op.right = broadcast(sources.at(1), inputs_[1]->shape, channels);
    op.left_single = inputs_[0]->shape.c < node_.out.c ? 1 : 0;
    op.right_single = inputs_[1]->shape.c < node_.out.c ? 1 : 0;
    op.destination = destination;
    op.destination.base += channels.begin;
    op.image = image;
    op.first_channel = channels.begin;
    op.channels = channels.size();
    op.row_begin = rows.begin;
    op.row_end = rows.end;
    op.columns = node_.out.w;
    if (node_.op == IntegerOp::kMultiply) {
      op.left_multiplier = node_.requant.at(0).multiplier;
      op.shift = node_.requant[0].shift;
    } else {
      op.left_multiplier = node_.add_multiplier[0];
      op.right_multiplier = node_.add_multiplier[1];
      op.shift = node_.add_shift;
    }
    op.low = node_.clamp_low;
    op.high = node_.clamp_high;
    emit(op);
  }

  // Windows of an average that hang over the padded map below or to the right are those of the last
  // row or column; each kind has a factor of its own.
  void average(int image, Region source, Region destination, Range rows, Range channels) {
    const Shape& in = inputs_[0]->shape;
    const bool by_kind = node_.requant.size() > 1;
    const int last_row = node_.out.h - (by_kind && node_.window.overhang_h(in.h) > 0 ? 1 : 0);
    const int last_column = node_.out.w - (by_kind && node_.window.overhang_w(in.w) > 0 ? 1 : 0);
    for (const bool below : {false, true}) {
      const Range part = below ? Range{std::max(rows.begin, last_row), rows.end}
                               : Range{rows.begin, std::min(rows.end, last_row)};
      for (const bool right : {false, true}) {
        const Range columns = right ? Range{last_column, node_.out.w} : Range{0, last_column};
        if (part.begin >= part.end || columns.begin >= columns.end) continue;
        pool(image, 0, source, destination, part, columns, channels,
             average_factor(node_, below, right));
      }
    }
  }

  void pool(int image, std::size_t input, Region source, Region destination, Range rows,
            Range columns, Range channels, FixedPoint factor, int table = -1) {
    const Shape& in = inputs_[input]->shape;
    const Window& window = node_.window;
    Pool op;
    op.kind = int(PoolKind::kMax);
    op.window = {in.h, in.w, 1, 1, 1, 1, 0, 0};
    if (has_window(node_)) {
      op.window = {
          in.h,           in.w,           window.r, window.s, window.stride_h, window.stride_w,
          window.pad_top, window.pad_left};
    }
    if (node_.op == IntegerOp::kAvgPool || node_.op == IntegerOp::kConcat ||
        node_.op == IntegerOp::kRescale) {
      const bool inside = node_.op == IntegerOp::kAvgPool && !node_.count_include_pad;
      op.kind = int(inside ? PoolKind::kAverageInside : PoolKind::kAverage);
      op.multiplier = factor.multiplier;
      op.shift = factor.shift;
      op.low = node_.clamp_low;
      op.high = node_.clamp_high;
    }
    op.source = source;
    op.source.base += moves_channels(node_) ? 0 : channels.begin;
    op.destination = destination;
    op.destination.base += channels.begin;
    op.image = image;
    op.first_channel = channels.begin;
    op.channels = channels.size();
    op.row_begin = rows.begin;
    op.row_end = rows.end;
    op.column_begin = columns.begin;
    op.column_end = columns.end;
    op.table = table;
    emit(op);
  }

  const IntegerNode& node_;
  const std::vector<const TensorPlace*>& inputs_;
  const TensorPlace& output_;
  const PostPlan& plan_;
  std::vector<Range> channel_tiles_;
  std::vector<TableChannels> tables_;
  std::vector<TileBuffers> buffers_;
  TileBuffers out_;
};

std::int64_t post_bytes(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                        bool output_resident, int out_rows, int channels) {
  std::int64_t bytes = 0;
  for (const TensorPlace* input : inputs) {
    if (input->resident) continue;
    const int rows = rows_of_input(node, input->shape, out_rows);
    const int wide =
        moves_channels(node)
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

PostPlan plan_post_layer(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                         bool output_resident, std::int64_t workspace_bytes) {
  const bool has_all_channels = moves_channels(node);
  for (int channels = node.out.c; channels > 0;
       channels = has_all_channels ? 0 : fewer_channels(channels)) {
    for (int rows = node.out.h; rows >= 1; rows = rows == 1 ? 0 : (rows + 1) / 2) {
      if (post_bytes(node, inputs, output_resident, rows, channels) > workspace_bytes) continue;
      return {split_by(node.out.h, rows), channels, std::min(channels, kSegmentChannels)};
    }
  }
  throw UserError({"", 0, "global_buffer_bytes"},
                  fmt::format("layer '{}': its smallest tiles do not fit into the {} free bytes of "
                              "the global buffer",
                              node.name, workspace_bytes));
}

std::vector<Instruction> emit_post_layer(const MachineConfig& machine, const IntegerNode& node,
                                         const std::vector<const TensorPlace*>& inputs,
                                         const TensorPlace& output, const PostPlan& plan,
                                         bool clear_padding, SpanAllocator::Gap workspace,
                                         int batch, DataWriter& data) {
  PostEmitter emitter(machine, node, inputs, output, plan, workspace, batch, data);
  emitter.run(clear_padding);
  return emitter.instructions();
}

}  // namespace escalate
