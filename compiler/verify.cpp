#include "compiler/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "common/error.h"
#include "common/math.h"
#include "compiler/accesses.h"
#include "compiler/mapping.h"
#include "compiler/synchronize.h"
#include "compiler/tensor_check.h"
#include "compiler/wide_padding.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

constexpr int kMostChannels = 1 << 28;  // channels of a pass are rounded up in 32 bits

void require(bool holds, const char* message) {
  if (!holds) throw UserError(message);
}
// The same for a message put together only when it is needed.
template <class MakeMessage>
requires std::is_invocable_v<MakeMessage>
void require(bool holds, MakeMessage&& make_message) {
  if (!holds) throw UserError(make_message());
}

void require_in(const char* what, std::int64_t value, std::int64_t low, std::int64_t high) {
  require(value >= low && value <= high,
          [&] { return fmt::format("{} {} is outside {} to {}", what, value, low, high); });
}

/// Checks one instruction's operands against the sizes of the machine and of the layer, and counts
/// what the layer's instructions make in all.
class OperandCheck {
 public:
  OperandCheck(const Program& program, const LayerCode& layer)
      : program_(program),
        machine_(program.machine),
        layer_(layer),
        node_(program.network.nodes[std::size_t(layer.node)]),
        written_(program.written_shape(layer.written_node())),
        read_(read_nodes(program, layer)),
        window_(window_of(node_)),
        computed_(std::size_t(program.batch), 0) {}

  void operator()(const LoadTile& op) {
    segments(op.segments);
    require(std::any_of(read_.begin(), read_.end(),
                        [&](int node) { return is_part_of_tensor(op.segments, node); }),
            "its segments are of no tensor that the layer reads");
  }
  void operator()(const StoreTile& op) {
    segments(op.segments);
    require(is_part_of_tensor(op.segments, layer_.written_node()),
            "its segments are not of the tensor that the layer makes");
    stored_.push_back(op.segments);
  }
  void operator()(const LoadCoefficients& op) {
    require_in("bytes", op.bytes, 1, 1 << 30);
    require_in("bank", op.bank, 0, 1);
    require_in("direct", op.direct, 0, 1);
    require_in("num_blocks", op.num_blocks, 1, machine_.blocks);
    require_in("block_step", op.block_step, 1, machine_.blocks);
    require_in("first_block", op.first_block, 0, machine_.blocks - 1);
    require_in("last block", op.first_block + std::int64_t{op.num_blocks - 1} * op.block_step, 0,
               machine_.blocks - 1);
    require(node_.op == IntegerOp::kConv, "its layer has no weights");
    const std::int64_t terms = node_.form == WeightForm::kDirect ? 1 : node_.terms;
    require_in("rows", op.rows, 1,
               std::min(std::int64_t{machine_.slices} * machine_.rows, terms * node_.out.c));
    require_in("channels", op.channels, 1, most_channels());
    require_in("taps", op.taps, 1, std::int64_t{window_.r} * window_.s);
    require_in("basis_kernels", op.basis_kernels, op.direct != 0 ? 0 : 1,
               op.direct != 0 ? 0 : machine_.rows);
    const std::int64_t maps = std::int64_t{op.rows} * (map_bytes(op.channels));
    require(op.bytes >= maps, "it is shorter than the maps of its rows");
    const std::int64_t held = op.direct != 0 ? op.bytes : 2 * maps;
    require(held <= machine_.coefficient_bank_bytes, [&] {
      return fmt::format("{} bytes of coefficients do not fit into a bank of {}", held,
                         machine_.coefficient_bank_bytes);
    });
    data_at(op.dram, op.bytes);
  }
  void operator()(const LoadParameters& op) { parameters(op); }
  void operator()(const LoadSlopedParameters& op) {
    const auto bytes = parameters(op);
    for (std::size_t k = 0; k < bytes.size(); k += LoadSlopedParameters::kBytesPerChannel) {
      constexpr std::size_t kShiftByte = LoadSlopedParameters::kBytesPerChannel - 1;
      require_in("a shift of", bytes[k + kShiftByte], 0, 62);
    }
  }
  void operator()(const LoadTable& op) {
    require_in("bank", op.bank, 0, 1);
    data_at(op.dram, LoadTable::kBytes);
  }
  void operator()(const Run& op) {
    for (const auto& [name, flag] : {std::pair{"direct", op.direct},
                                     {"bypass", op.bypass},
                                     {"fresh", op.fresh},
                                     {"accumulate", op.accumulate},
                                     {"coefficient_bank", op.coefficient_bank}}) {
      require_in(name, flag, 0, 1);
    }
    require(node_.op == IntegerOp::kConv, "its layer has no weights");
    require_in("direct", op.direct, node_.form == WeightForm::kDirect ? 1 : 0,
               node_.form == WeightForm::kDirect ? 1 : 0);
    require_in("channels", op.channels, 1, most_channels());
    window(op.window);
    const Shape& in = program_.network.nodes[std::size_t(node_.inputs[0])].out;
    require_in("height", op.window.height, 1, in.h);
    require_in("width", op.window.width, 1, in.w);
    output(op.output);
    require_in("terms", op.output.terms, 1, machine_.rows);
    require_in("PE rows of a slice", std::int64_t{op.output.per_slice} * op.output.terms, 1,
               machine_.rows);
    require_in("first input column",
               std::int64_t{op.output.column_begin} * op.window.stride_w - op.window.pad_left,
               -op.window.pad_left, op.window.width - 1);
    const int lines = machine_.mac.line_buffer_words / op.output.columns();
    require_in("output rows met by an input row", ceil_div(op.window.r, op.window.stride_h), 1,
               lines);
    for (const PassGroup& group : op.output.groups) {
      require(group.tile_begin <= group.out_begin && group.out_end <= group.tile_end,
              "a pass completes output rows of its tile");
      require_in("tile_begin", group.tile_begin, 0, written_.h);
      require_in("tile_end", group.tile_end, 0, written_.h);
      require_in("in_begin", group.in_begin, 0, op.window.height);
      require_in("in_end", group.in_end, group.in_begin, op.window.height);
      // Or nothing would say when its bank and its input may be used again.
      require(group.in_begin == group.in_end || group.out_begin < group.out_end,
              "a group that reads input rows completes an output row");
    }
  }
  void operator()(const Drain& op) {
    output(op.output);
    require_in("parameter_bank", op.parameter_bank, 0, 1);
    require_in("table", op.table, -1, 1);
    require_in("add", op.add, 0, 1);
    require_in("shift", op.shift, 0, 62);
    clamp(op.low, op.high);
    clamp(op.add_low, op.add_high);
    for (const PassGroup& group : op.output.groups) {
      computed_[std::size_t(op.output.image)] +=
          std::int64_t{group.out_end - group.out_begin} * op.output.columns() * op.output.channels;
    }
  }
  void operator()(const Pool& op) {
    require_in("kind", op.kind, 0, 2);
    window(op.window);
    require_in("channels", op.channels, 1, written_.c);
    part_of_output(op.image, op.first_channel, op.channels, {op.row_begin, op.row_end},
                   {op.column_begin, op.column_end});
    require_in("rows", std::int64_t{op.row_end} - op.row_begin, 1, written_.h);
    require_in("row_step", op.row_step, 1, written_.h);
    require_in("column_step", op.column_step, 1, written_.w);
    require_in("table", op.table, -1, 1);
    require_in("multiplier", op.multiplier, 0, std::numeric_limits<std::int32_t>::max());
    require_in("shift", op.shift, 0, 62);
    clamp(op.low, op.high);
    computed_[std::size_t(op.image)] += std::int64_t{op.rows()} * op.columns() * op.channels;
  }
  void operator()(const Add& op) {
    require_in("kind", op.kind, 0, 3);
    require_in("left_single", op.left_single, 0, 1);
    require_in("right_single", op.right_single, 0, 1);
    require_in("channels", op.channels, 1, written_.c);
    part_of_output(op.image, op.first_channel, op.channels, {op.row_begin, op.row_end},
                   {0, op.columns});
    require_in("rows", std::int64_t{op.row_end} - op.row_begin, 1, written_.h);
    require_in("shift", op.shift, 0, 62);
    clamp(op.low, op.high);
    computed_[std::size_t(op.image)] +=
        std::int64_t{op.row_end - op.row_begin} * op.columns * op.channels;
  }
  void operator()(const Fill& op) {
    require_in("channels", op.channels, 1, machine_.global_buffer_bytes);
    require_in("rows", op.rows, 1, machine_.global_buffer_bytes);
    require_in("columns", op.columns, 1, machine_.global_buffer_bytes);
    require_in("bytes", num_elements({op.channels, op.rows, op.columns}), 1,
               machine_.global_buffer_bytes);
  }

  /// What holds of all instructions together: every output is computed, and stored if it lies in
  /// DRAM.
  void end() const {
    const std::int64_t filled = num_filled(node_);
    for (const std::int64_t computed : computed_) {
      require(computed + filled == written_.size(), [&] {
        return fmt::format("it makes {} of {} outputs of an image", computed + filled,
                           written_.size());
      });
    }
    const TensorPlace& place = *program_.place_of(layer_.written_node());
    if (!place.resident) check_stored(place);
  }

 private:
  void check_stored(const TensorPlace& place) const {
    const std::int64_t of_image = segment_numbers(place.segments).end;
    std::vector<bool> is_stored(std::size_t(of_image) * std::size_t(program_.batch), false);
    for (const SegmentBox& box : stored_) {
      const std::int64_t image =
          place.dram_image_stride == 0
              ? 0
              : (std::int64_t{box.dram} - place.segments.dram) / place.dram_image_stride;
      const auto number = [&](std::int64_t row, std::int64_t column, std::int64_t channel) {
        return (row * box.column_groups() + column) * box.channel_groups() + channel;
      };
      for (int row = box.row_begin; row < box.row_end; ++row) {
        for (int column = box.column_group_begin; column < box.column_group_end; ++column) {
          const auto first = is_stored.begin() + std::ptrdiff_t(image * of_image);
          std::fill(first + number(row, column, box.channel_group_begin),
                    first + number(row, column, box.channel_group_end), true);
        }
      }
    }
    const auto missing = std::count(is_stored.begin(), is_stored.end(), false);
    require(missing == 0,
            [&] { return fmt::format("it does not store {} segments of its output", missing); });
  }

  bool is_part_of_tensor(const SegmentBox& box, int node) const {
    const TensorPlace* place = program_.place_of(node);
    return place != nullptr && is_part_of(box, *place, program_.batch);
  }

  // The largest number of channels that the layer can read as one position: a flattened tensor lies
  // there with the padding of each of its positions.
  std::int64_t most_channels() const {
    const Shape& in = program_.network.nodes[std::size_t(read_[0])].out;
    return std::min<std::int64_t>(std::int64_t{in.h} * in.w * position_bytes(in.c), kMostChannels);
  }

  // Those of one load: what all parameters have in front is checked.
  template <class Load>
  std::span<const std::uint8_t> parameters(const Load& op) const {
    require_in("bank", op.bank, 0, 1);
    require_in("channels", op.channels, 1,
               std::int64_t{machine_.blocks} * machine_.slices * machine_.rows);
    const auto bytes = data_at(op.dram, std::int64_t{op.channels} * Load::kBytesPerChannel);
    for (std::size_t k = 0; k < bytes.size(); k += Load::kBytesPerChannel) {
      constexpr std::size_t kSignByte = 7;  // place of the multiplier's sign, behind the bias
      constexpr std::size_t kShiftByte = 8;
      require(bytes[k + kSignByte] < 0x80, "a multiplier is negative");
      require_in("a shift of", bytes[k + kShiftByte], 0, 62);
    }
    return bytes;
  }

  std::span<const std::uint8_t> data_at(std::int64_t address, std::int64_t bytes) const {
    const std::int64_t begin = address - program_.data_address;
    require(begin >= 0 && begin + bytes <= std::int64_t(program_.data.size()), [&] {
      return fmt::format("bytes {} to {} of DRAM are not of the program's data", address,
                         address + bytes);
    });
    return std::span(program_.data).subspan(std::size_t(begin), std::size_t(bytes));
  }

  static void clamp(std::int32_t low, std::int32_t high) {
    require_in("smallest output", low, -128, 127);
    require_in("largest output", high, low, 127);
  }

  struct Span {
    std::int32_t begin, end;
  };
  // Outputs are those of the tensor that the layer makes: checks rely on it.
  void part_of_output(std::int32_t image, std::int32_t first_channel, std::int32_t channels,
                      Span rows, Span columns) {
    require_in("image", image, 0, program_.batch - 1);
    require_in("first_channel", first_channel, 0, std::int64_t{written_.c} - channels);
    require_in("first output row", rows.begin, 0, written_.h);
    require_in("output row after the last", rows.end, rows.begin, written_.h);
    require_in("first output column", columns.begin, 0, written_.w - 1);
    require_in("output column after the last", columns.end, columns.begin + 1, written_.w);
  }
  void segments(const SegmentBox& box) {
    require_in("stride", box.stride, 1, 1 << 30);
    require_in("width", box.width, 1, kMostExtent);
    require_in("channels", box.channels, 1, std::numeric_limits<std::int32_t>::max() / 2);
    require_in("segment_columns", box.segment_columns, 1, box.width);
    require_in("segment_channels", box.segment_channels, 1, box.channels);
    require_in("row_begin", box.row_begin, 0, kMostExtent);
    require_in("row_end", box.row_end, box.row_begin + 1, kMostExtent);
    require_in("column_group_begin", box.column_group_begin, 0, box.column_groups());
    require_in("column_group_end", box.column_group_end, box.column_group_begin + 1,
               box.column_groups());
    require_in("channel_group_begin", box.channel_group_begin, 0, box.channel_groups());
    require_in("channel_group_end", box.channel_group_end, box.channel_group_begin + 1,
               box.channel_groups());
    const std::int64_t largest = std::int64_t{box.segment_columns} *
                                 (map_bytes(box.segment_channels) + box.segment_channels);
    require(largest <= box.stride, "a full segment does not fit into the stride");
  }
  // The largest window of a layer's instructions: its own, with the zeros around its kernels that
  // much padding asks for; 1x1 for those that have none.
  static Window window_of(const IntegerNode& node) {
    if (pads_beyond_kernel(node)) {
      IntegerNode without_weights;
      without_weights.op = node.op;
      without_weights.window = node.window;
      return with_wide_kernel(without_weights).window;
    }
    return kind_of(node).has_window() ? node.window : Window{};
  }

  // Within the layer's own window and inputs, so that its work is bounded by that of the layer.
  void window(const WindowOperand& op) const {
    // A selection names what it reads by the rows and columns that it makes of it.
    const bool selects = node_.op == IntegerOp::kSelect;
    int height = selects ? written_.h : 1, width = selects ? written_.w : 1;
    for (const int node : read_) {
      const Shape& in = program_.network.nodes[std::size_t(node)].out;
      height = std::max(height, in.h);
      width = std::max(width, in.w);
    }
    require_in("height", op.height, 1, height);
    require_in("width", op.width, 1, width);
    require_in("kernel rows", op.r, 1, window_.r);
    require_in("kernel columns", op.s, 1, window_.s);
    require_in("stride_h", op.stride_h, 1, window_.stride_h);
    require_in("stride_w", op.stride_w, 1, window_.stride_w);
    require_in("pad_top", op.pad_top, 0, op.r - 1);
    require_in("pad_left", op.pad_left, 0, op.s - 1);
  }
  void output(const OutputMap& op) {
    require_in("bank", op.bank, 0, 1);
    require_in("column_begin", op.column_begin, 0, written_.w - 1);
    require_in("column_end", op.column_end, std::int64_t{op.column_begin} + 1, written_.w);
    require_in("bank_rows", op.bank_rows, 1, written_.h);
    require_in("blocks_per_group", op.blocks_per_group, 1, machine_.blocks);
    require_in("per_slice", op.per_slice, 1, machine_.rows);
    require_in("per_block", op.per_block, 1, std::int64_t{op.per_slice} * machine_.slices);
    require_in("channels", op.channels, 1, std::int64_t{op.per_block} * op.blocks_per_group);
    require_in("blocks", std::int64_t(op.groups.size()) * op.blocks_per_group, 1, machine_.blocks);
    const std::int64_t words = std::int64_t{op.per_block} * op.bank_rows * op.columns();
    require(words <= machine_.output_bank_words, [&] {
      return fmt::format("{} sums do not fit into an output bank of {}", words,
                         machine_.output_bank_words);
    });
    for (const PassGroup& group : op.groups) {
      require_in("rows of a pass", std::int64_t{group.out_end} - group.out_begin, 0, op.bank_rows);
      part_of_output(op.image, op.first_channel, op.channels, {group.out_begin, group.out_end},
                     {op.column_begin, op.column_end});
    }
  }

  const Program& program_;
  const MachineConfig& machine_;
  const LayerCode& layer_;
  const IntegerNode& node_;
  Shape written_;
  std::vector<int> read_;               // nodes whose tensors the layer reads
  Window window_;                       // the largest that its instructions may have
  std::vector<std::int64_t> computed_;  // outputs, of each image
  std::vector<SegmentBox> stored_;
};

void check_bounds(const Program& program, const Access& access) {
  const auto limit = [&](const char* what, std::int64_t size) {
    require(access.begin >= 0 && access.end <= size, [&] {
      return fmt::format("bytes {} to {} are outside the {} of {}", access.begin, access.end, what,
                         size);
    });
  };
  if (access.space == Space::kGlobalBuffer) {
    limit("global buffer", program.machine.global_buffer_bytes);
  } else if (access.space == Space::kDram) {
    limit("DRAM", program.dram_bytes);
  } else if (access.space == Space::kDirectory) {
    limit("directory", program.machine.dma.directory_entries);
  }
}

struct Checked {
  std::vector<Access> accesses;
};

class LayerCheck {
 public:
  LayerCheck(const Program& program, const LayerCode& layer) : program_(program), layer_(layer) {
    for (int s = 0; s < kNumStreams; ++s) {
      const auto& stream = program.streams[s];
      require(layer.begin[s] >= 0 && layer.begin[s] <= layer.end[s] &&
                  layer.end[s] <= int(stream.size()),
              [&] {
                return fmt::format("layer '{}': its instructions are outside the code", layer.name);
              });
      streams_[s] = std::span(stream).subspan(layer.begin[s], layer.end[s] - layer.begin[s]);
    }
  }

  void run() {
    OperandCheck check(program_, layer_);
    for (int s = 0; s < kNumStreams; ++s) {
      for (std::size_t i = 0; i < streams_[s].size(); ++i) {
        try {
          require(int(streams_[s][i].stream()) == s, "it belongs to another stream");
          std::visit(check, streams_[s][i].operation);
          accesses_[s].push_back({accesses_of(streams_[s][i])});
          for (const Access& access : accesses_[s].back().accesses) check_bounds(program_, access);
        } catch (const UserError& error) {
          throw UserError(place(s, i) + error.what());
        }
      }
    }
    try {
      check.end();
      progress_ = progress_at_begin(streams_);
    } catch (const UserError& error) {
      throw UserError(fmt::format("layer '{}': {}", layer_.name, error.what()));
    }
    for (int s = 0; s < kNumStreams; ++s) {
      for (int other = s + 1; other < kNumStreams; ++other) check_pair(s, other);
    }
    check_passes();
  }

 private:
  /// What a block works on: the tile of its last pass, and how far it has come.
  struct BlockTile {
    bool is_begun = false;
    std::int32_t tile_begin = 0, tile_end = 0, columns_begin = 0, columns_end = 0;
    std::int32_t next_input = 0, next_output = 0;
    std::int32_t channels = 0, terms = 0, per_slice = 0;
  };

  // Every pass finds the coefficients that it wants, and goes on where its tile is. Banks change
  // only between passes that use them, which check_pair() has seen to.
  void check_passes() const {
    const std::size_t blocks = std::size_t(program_.machine.blocks);
    std::vector<std::array<const LoadCoefficients*, 2>> banks(blocks, {nullptr, nullptr});
    std::vector<BlockTile> tiles(blocks);
    constexpr auto kLoad = std::size_t(Stream::kLoad);
    constexpr auto kCompute = std::size_t(Stream::kCompute);
    int loaded = 0;
    for (std::size_t i = 0; i < streams_[kCompute].size(); ++i) {
      for (; loaded < progress_[kCompute][i][kLoad]; ++loaded) {
        const auto* load =
            std::get_if<LoadCoefficients>(&streams_[kLoad][std::size_t(loaded)].operation);
        for (int n = 0; load != nullptr && n < load->num_blocks; ++n) {
          banks[std::size_t(load->first_block + n * load->block_step)][std::size_t(load->bank)] =
              load;
        }
      }
      try {
        check_pass(std::get<Run>(streams_[kCompute][i].operation), banks, tiles);
      } catch (const UserError& error) {
        throw UserError(place(int(kCompute), i) + error.what());
      }
    }
  }

  static void check_pass(const Run& run,
                         const std::vector<std::array<const LoadCoefficients*, 2>>& banks,
                         std::vector<BlockTile>& tiles) {
    const OutputMap& output = run.output;
    for (std::size_t g = 0; g < output.groups.size(); ++g) {
      const PassGroup& group = output.groups[g];
      if (group.in_begin >= group.in_end) continue;
      check_rows(run, group);
      for (int member = 0; output.channels_of_block(member) > 0; ++member) {
        const std::size_t block = g * std::size_t(output.blocks_per_group) + std::size_t(member);
        const LoadCoefficients* held = banks[block][std::size_t(run.coefficient_bank)];
        require(held != nullptr, "it finds no coefficients in its bank");
        require(held->direct == run.direct && held->channels == run.channels &&
                    held->taps == run.window.r * run.window.s &&
                    held->rows == output.channels_of_block(member) * output.terms &&
                    held->basis_kernels == (run.direct != 0 ? 0 : output.terms),
                "it finds other coefficients in its bank than it wants");
        check_tile(run, group, output.channels_of_block(member), tiles[block]);
      }
    }
  }

  // The input rows of a pass are those that the outputs wait for that it completes.
  static void check_rows(const Run& run, const PassGroup& group) {
    const WindowOperand& window = run.window;
    const auto last_input = [&](std::int32_t out) {
      return std::min(window.height - 1, out * window.stride_h - window.pad_top + window.r - 1);
    };
    require(group.in_end == last_input(group.out_end - 1) + 1,
            "its input rows end elsewhere than those of its outputs");
    require(group.out_end == group.tile_end || last_input(group.out_end) >= group.in_end,
            "its input rows complete more outputs than it says");
    if (run.fresh == 0) return;
    require(group.out_begin == group.tile_begin &&
                group.in_begin == std::max(0, group.tile_begin * window.stride_h - window.pad_top),
            "a pass that is fresh begins elsewhere than its tile");
  }

  static void check_tile(const Run& run, const PassGroup& group, std::int32_t channels,
                         BlockTile& tile) {
    const OutputMap& output = run.output;
    if (run.fresh != 0) {
      require(!tile.is_begun || tile.next_output == tile.tile_end,
              "a tile begins before the one before it is complete");
    } else {
      require(tile.is_begun && tile.tile_begin == group.tile_begin &&
                  tile.tile_end == group.tile_end && tile.columns_begin == output.column_begin &&
                  tile.columns_end == output.column_end && tile.channels == channels &&
                  tile.terms == output.terms && tile.per_slice == output.per_slice &&
                  tile.next_input == group.in_begin && tile.next_output == group.out_begin,
              "a pass that is not fresh does not go on with the tile before it");
    }
    tile = {true,         group.tile_begin, group.tile_end, output.column_begin, output.column_end,
            group.in_end, group.out_end,    channels,       output.terms,        output.per_slice};
  }

  std::string place(int stream, std::size_t index) const {
    return fmt::format("layer '{}', {} instruction {} ({}): ", layer_.name,
                       enum_name(static_cast<Stream>(stream)), index,
                       streams_[stream][index].name());
  }

  // Instructions of two streams that may run at the same time must not conflict. Seen from
  // instruction i of `left`, those of `right` before progress[right] are complete, and from some
  // index on they begin only when i is complete; both bounds grow with i.
  void check_pair(int left, int right) {
    std::size_t behind = 0;
    for (std::size_t i = 0; i < streams_[left].size(); ++i) {
      const std::size_t first = std::size_t(progress_[left][i][right]);
      while (behind < streams_[right].size() && progress_[right][behind][left] <= int(i)) ++behind;
      for (std::size_t j = first; j < behind; ++j) {
        for (const Access& a : accesses_[left][i].accesses) {
          for (const Access& b : accesses_[right][j].accesses) {
            if (!a.conflicts(b)) continue;
            throw UserError(place(left, i) + "may run at the same time as " +
                            fmt::format("{} instruction {} ({}), which uses the same {}",
                                        enum_name(static_cast<Stream>(right)), j,
                                        streams_[right][j].name(), name_of(a.space)));
          }
        }
      }
    }
  }

  static const char* name_of(Space space) {
    switch (space) {
      case Space::kGlobalBuffer:
        return "bytes of the global buffer";
      case Space::kDram:
        return "bytes of DRAM";
      case Space::kDirectory:
        return "directory entries";
      case Space::kCoefficientBank:
        return "coefficient bank";
      case Space::kParameterBank:
        return "parameter bank";
      case Space::kTableBank:
        return "table bank";
      case Space::kOutputBank:
        return "output bank";
    }
    return "";
  }

  const Program& program_;
  const LayerCode& layer_;
  std::array<std::span<const Instruction>, kNumStreams> streams_;
  std::array<std::vector<Checked>, kNumStreams> accesses_;
  std::array<std::vector<Progress>, kNumStreams> progress_;
};

}  // namespace

void verify(const Program& program) {
  program.machine.validate();
  check_tables(program);
  std::array<int, kNumStreams> at{};
  for (const LayerCode& layer : program.layers) {
    require(layer.begin == at, [&] {
      return fmt::format(
          "layer '{}': its instructions do not follow those of "
          "the layer before",
          layer.name);
    });
    LayerCheck(program, layer).run();
    at = layer.end;
  }
  for (int s = 0; s < kNumStreams; ++s) {
    require(at[s] == int(program.streams[s].size()), "instructions follow the last layer");
  }
}

}  // namespace escalate
