// Instructions of a selection: boxes of equal steps are copied and rescaled, zeros are filled.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "common/error.h"
#include "common/math.h"
#include "compiler/layers/machine_layer.h"
#include "compiler/selection_runs.h"

namespace escalate {
namespace {

std::vector<Shape> shapes_of(const std::vector<const TensorPlace*>& inputs) {
  std::vector<Shape> shapes;
  for (const TensorPlace* input : inputs) shapes.push_back(input->shape);
  return shapes;
}

void widen(Range& range, const SelectionRun& run) {
  const int low = std::min(run.from, run.last_from());
  const int high = std::max(run.from, run.last_from());
  if (range.size() == 0) range = {low, high + 1};
  range = {std::min(range.begin, low), std::max(range.end, high + 1)};
}

/// What a tile of the output is made of.
struct SelectionTile {
  std::vector<SelectionRun> channels, rows;
  const std::vector<SelectionRun>& columns;

  SelectionTile(const SelectionPlaces& places, Range of_rows, Range of_channels)
      : channels(places.channels(of_channels)),
        rows(places.rows(of_rows)),
        columns(places.columns()) {}

  /// Calls visit(channels, rows, columns) for each box that is not of zeros.
  template <class Visit>
  void for_each_box(Visit&& visit) const {
    for (const SelectionRun& row : rows) {
      for (const SelectionRun& column : columns) {
        for (const SelectionRun& channel : channels) {
          if (row.is_zero() || column.is_zero() || channel.is_zero()) continue;
          visit(channel, row, column);
        }
      }
    }
  }
};

class SelectEmitter : public LayerEmitter {
 public:
  SelectEmitter(const MachineConfig& machine, const IntegerNode& node,
                const std::vector<const TensorPlace*>& inputs, const TensorPlace& output,
                const PostPlan& plan, SpanAllocator::Gap workspace, int batch)
      : LayerEmitter(machine, workspace, batch),
        node_(node),
        inputs_(inputs),
        output_(output),
        row_tiles_(plan.row_tiles),
        channel_tiles_(split_by(node.out.c, plan.channel_step)),
        places_(node.selection, shapes_of(inputs)),
        buffers_(inputs.size()) {
    const TileSizes sizes = tile_sizes(node, inputs, places_, row_tiles_, channel_tiles_);
    const int count = places_of_tiles(row_tiles_, channel_tiles_, batch);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i]->resident) buffers_[i] = make_buffers(sizes.inputs[i], count);
    }
    if (!output_.resident) out_ = make_buffers(sizes.output, count);
  }

  void run(bool clear_padding) {
    for (int image = 0; image < batch_; ++image) {
      if (clear_padding && output_.resident) clear_channels(output_, image);
      for (const Range rows : row_tiles_) {
        for (const Range channels : channel_tiles_) tile(image, rows, channels);
      }
    }
  }

  /// Bytes of the workspace that tiles take.
  static std::int64_t workspace_bytes(const IntegerNode& node,
                                      const std::vector<const TensorPlace*>& inputs,
                                      const SelectionPlaces& places, bool output_resident,
                                      const std::vector<Range>& rows,
                                      const std::vector<Range>& channels, int batch) {
    const TileSizes sizes = tile_sizes(node, inputs, places, rows, channels);
    std::int64_t bytes = output_resident ? 0 : sizes.output + 8;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i]->resident) bytes += sizes.inputs[i] + 8;
    }
    return bytes * places_of_tiles(rows, channels, batch);
  }

 private:
  /// Bytes of the largest tiles.
  struct TileSizes {
    std::vector<std::int64_t> inputs;
    std::int64_t output = 0;
  };

  static int places_of_tiles(const std::vector<Range>& rows, const std::vector<Range>& channels,
                             int batch) {
    return std::size_t(batch) * rows.size() * channels.size() > 1 ? 2 : 1;
  }

  static TileSizes tile_sizes(const IntegerNode& node,
                              const std::vector<const TensorPlace*>& inputs,
                              const SelectionPlaces& places, const std::vector<Range>& row_tiles,
                              const std::vector<Range>& channel_tiles) {
    TileSizes sizes{std::vector<std::int64_t>(inputs.size(), 0), 0};
    for (const Range rows : row_tiles) {
      for (const Range channels : channel_tiles) {
        const SelectionTile tile(places, rows, channels);
        sizes.output = std::max(sizes.output, tile_bytes({rows, {0, node.out.w}, channels}));
        const auto boxes = input_boxes(places, tile, inputs.size());
        for (std::size_t i = 0; i < inputs.size(); ++i) {
          if (inputs[i]->resident || !boxes[i]) continue;
          Box covered;
          covering_segments(*inputs[i], 0, *boxes[i], covered);
          sizes.inputs[i] = std::max(sizes.inputs[i], tile_bytes(covered));
        }
      }
    }
    return sizes;
  }

  // The box of each input that a tile reads, if any.
  static std::vector<std::optional<Box>> input_boxes(const SelectionPlaces& places,
                                                     const SelectionTile& tile,
                                                     std::size_t inputs) {
    std::vector<std::optional<Box>> boxes(inputs);
    tile.for_each_box(
        [&](const SelectionRun& channels, const SelectionRun& rows, const SelectionRun& columns) {
          auto& box = boxes[std::size_t(places.input_of(channels, rows, columns))];
          if (!box) box.emplace();
          widen(box->channels, channels);
          widen(box->rows, rows);
          widen(box->columns, columns);
        });
    return boxes;
  }

  void tile(int image, Range rows, Range channels) {
    const SelectionTile tile(places_, rows, channels);
    const Box out_box{rows, {0, node_.out.w}, channels};
    const PlaceCache::Key key{image, rows.begin, channels.begin};
    const Region destination =
        output_.resident
            ? output_.region_of(image)
            : region_of_tile(out_.bases[std::size_t(out_.cache.find(key).place)], out_box);
    const auto boxes = input_boxes(places_, tile, inputs_.size());
    std::vector<Region> sources(inputs_.size());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (boxes[i]) sources[i] = source_of(i, image, *boxes[i]);
    }
    fill_zeros(tile, destination, channels);
    tile.for_each_box(
        [&](const SelectionRun& channel, const SelectionRun& row, const SelectionRun& column) {
          const int input = places_.input_of(channel, row, column);
          copy(image, input, sources[std::size_t(input)], destination, channel, row, column);
        });
    if (!output_.resident) store(output_, image, out_box, destination);
  }

  Region source_of(std::size_t input, int image, const Box& box) {
    return box_of_input(*inputs_[input], image, box, buffers_[input],
                        {image, box.rows.begin, box.rows.end, box.columns.begin, box.columns.end,
                         box.channels.begin, box.channels.end});
  }

  // Rows of zeros, then what is left of columns, then of channels.
  void fill_zeros(const SelectionTile& tile, const Region& destination, Range channels) {
    const SelectionRun all_columns{Selection::kZero, 0, 1, node_.out.w, 0, 0};
    for (const SelectionRun& row : tile.rows) {
      if (row.is_zero()) {
        fill(destination, row, all_columns, channels);
        continue;
      }
      for (const SelectionRun& column : tile.columns) {
        if (column.is_zero()) {
          fill(destination, row, column, channels);
          continue;
        }
        for (const SelectionRun& channel : tile.channels) {
          if (channel.is_zero())
            fill(destination, row, column, {channel.out, channel.last_out() + 1});
        }
      }
    }
  }

  void fill(const Region& destination, const SelectionRun& rows, const SelectionRun& columns,
            Range channels) {
    const Region first{std::int32_t(destination.at(rows.out, columns.out)) + channels.begin,
                       destination.row_stride * rows.out_step,
                       destination.position_stride * columns.out_step};
    emit(Fill{first, rows.count, columns.count, channels.size()});
  }

  void copy(int image, int input, const Region& source, const Region& destination,
            const SelectionRun& channels, const SelectionRun& rows, const SelectionRun& columns) {
    const std::optional<Region> moved = moved_source(source, rows, columns);
    if (!moved) {  // long steps far from the first row or column: each of the longer run alone
      const bool by_row = rows.count > 1;
      const SelectionRun& run = by_row ? rows : columns;
      for (int i = 0; i < run.count; ++i) {
        const SelectionRun one{run.input, run.out + i * run.out_step, 1,
                               1,         run.from + i * run.step,    0};
        copy(image, input, source, destination, channels, by_row ? one : rows,
             by_row ? columns : one);
      }
      return;
    }
    const FixedPoint factor = node_.requant.at(std::size_t(input));
    Pool op;
    op.kind = int(PoolKind::kAverage);
    op.source = *moved;
    op.source.base += channels.from;
    op.destination = destination;
    op.destination.base += channels.out;
    op.window = {node_.out.h, node_.out.w, 1, 1, 1, 1, 0, 0};
    op.image = image;
    op.first_channel = channels.out;
    op.channels = channels.count;
    op.row_begin = rows.out;
    op.row_end = rows.last_out() + 1;
    op.column_begin = columns.out;
    op.column_end = columns.last_out() + 1;
    op.row_step = rows.out_step;
    op.column_step = columns.out_step;
    op.multiplier = factor.multiplier;
    op.shift = factor.shift;
    op.low = node_.clamp_low;
    op.high = node_.clamp_high;
    emit(op);
  }

  // Where row 0 and column 0 would be if the runs began there; none if that is no address.
  static std::optional<Region> moved_source(const Region& source, const SelectionRun& rows,
                                            const SelectionRun& columns) {
    const std::int64_t row = std::int64_t{source.row_stride} * rows.step;
    const std::int64_t position = std::int64_t{source.position_stride} * columns.step;
    const std::int64_t base = source.at(rows.from, columns.from) -
                              row * (rows.out / rows.out_step) -
                              position * (columns.out / columns.out_step);
    constexpr std::int64_t kFarthest = std::numeric_limits<std::int32_t>::max() / 2;
    if (std::max({std::abs(base), std::abs(row), std::abs(position)}) > kFarthest) return {};
    return Region{std::int32_t(base), std::int32_t(row), std::int32_t(position)};
  }

  const IntegerNode& node_;
  const std::vector<const TensorPlace*>& inputs_;
  const TensorPlace& output_;
  std::vector<Range> row_tiles_, channel_tiles_;
  SelectionPlaces places_;
  std::vector<TileBuffers> buffers_;
  TileBuffers out_;
};

class MachineSelection : public MachineLayer {
 public:
  std::string name(const IntegerNetwork&, const IntegerNode&) const override { return "select"; }
  bool keeps_density() const override { return true; }

  PostPlan plan(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                bool output_resident, std::int64_t workspace_bytes, int batch) const override {
    const SelectionPlaces places(node.selection, shapes_of(inputs));
    for (int channels = node.out.c; channels > 0; channels = fewer_channels(channels)) {
      const std::vector<Range> channel_tiles = split_by(node.out.c, channels);
      for (int rows = node.out.h; rows >= 1; rows = rows == 1 ? 0 : (rows + 1) / 2) {
        const std::vector<Range> row_tiles = split_by(node.out.h, rows);
        if (SelectEmitter::workspace_bytes(node, inputs, places, output_resident, row_tiles,
                                           channel_tiles, batch) > workspace_bytes) {
          continue;
        }
        return {row_tiles, channels, std::min(channels, kSegmentChannels)};
      }
    }
    throw UserError(
        {"", 0, "global_buffer_bytes"},
        fmt::format("layer '{}': its smallest tiles do not fit into the {} free bytes of "
                    "the global buffer",
                    node.name, workspace_bytes));
  }

  std::vector<Instruction> emit(const MachineConfig& machine, const IntegerNode& node,
                                const std::vector<const TensorPlace*>& inputs,
                                const TensorPlace& output, const PostPlan& plan, bool clear_padding,
                                SpanAllocator::Gap workspace, int batch,
                                DataWriter&) const override {
    SelectEmitter emitter(machine, node, inputs, output, plan, workspace, batch);
    emitter.run(clear_padding);
    return emitter.instructions();
  }
};

}  // namespace

const MachineLayer& machine_selection() {
  static constexpr MachineSelection kLayer;
  return kLayer;
}

}  // namespace escalate
