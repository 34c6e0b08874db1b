#include "compiler/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "compiler/accesses.h"
#include "compiler/synchronize.h"

namespace escalate {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw UserError(message);
}

void require_in(const char* what, std::int64_t value, std::int64_t low, std::int64_t high) {
  require(value >= low && value <= high,
          fmt::format("{} {} is outside {} to {}", what, value, low, high));
}

/// Checks one instruction's operands against the sizes of the machine.
class OperandCheck {
 public:
  /// `written`: the tensor that the layer makes.
  OperandCheck(const Program& program, const Shape& written)
      : program_(program), machine_(program.machine), written_(written) {}

  void operator()(const LoadTile& op) { segments(op.segments); }
  void operator()(const StoreTile& op) { segments(op.segments); }
  void operator()(const LoadCoefficients& op) {
    require_in("bytes", op.bytes, 1, 1 << 30);
    require_in("bank", op.bank, 0, 1);
    require_in("direct", op.direct, 0, 1);
    require_in("num_blocks", op.num_blocks, 1, machine_.blocks);
    require_in("block_step", op.block_step, 1, machine_.blocks);
    require_in("first_block", op.first_block, 0, machine_.blocks - 1);
    require_in("last block", op.first_block + std::int64_t{op.num_blocks - 1} * op.block_step, 0,
               machine_.blocks - 1);
    require_in("rows", op.rows, 1, std::int64_t{machine_.slices} * machine_.rows);
    require_in("channels", op.channels, 1, 1 << 24);
    require_in("taps", op.taps, 1, 1 << 16);
    require_in("basis_kernels", op.basis_kernels, op.direct != 0 ? 0 : 1,
               op.direct != 0 ? 0 : machine_.rows);
    const std::int64_t maps = std::int64_t{op.rows} * ((op.channels + 7) / 8);
    const std::int64_t held = op.direct != 0 ? op.bytes : 2 * maps;
    require(held <= machine_.coefficient_bank_bytes,
            fmt::format("{} bytes of coefficients do not fit into a bank of {}", held,
                        machine_.coefficient_bank_bytes));
  }
  void operator()(const LoadParameters& op) {
    require_in("bank", op.bank, 0, 1);
    require_in("channels", op.channels, 1,
               std::int64_t{machine_.blocks} * machine_.slices * machine_.rows);
  }
  void operator()(const Run& op) {
    for (const auto& [name, flag] : {std::pair{"direct", op.direct},
                                     {"bypass", op.bypass},
                                     {"fresh", op.fresh},
                                     {"accumulate", op.accumulate},
                                     {"coefficient_bank", op.coefficient_bank}}) {
      require_in(name, flag, 0, 1);
    }
    require_in("channels", op.channels, 1, 1 << 24);
    window(op.window);
    output(op.output);
    require_in("terms", op.output.terms, 1, machine_.rows);
    require_in("PE rows of a slice", std::int64_t{op.output.per_slice} * op.output.terms, 1,
               machine_.rows);
    require_in("first input column",
               std::int64_t{op.output.column_begin} * op.window.stride_w - op.window.pad_left,
               -op.window.pad_left, op.window.width - 1);
    const int lines = machine_.mac.line_buffer_words / op.output.columns();
    require_in("output rows met by an input row",
               (op.window.r + op.window.stride_h - 1) / op.window.stride_h, 1, lines);
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
    require_in("add", op.add, 0, 1);
    require_in("shift", op.shift, 0, 62);
  }
  void operator()(const Pool& op) {
    require_in("kind", op.kind, 0, 2);
    window(op.window);
    require_in("channels", op.channels, 1, 1 << 24);
    require_in("row_end", op.row_end, op.row_begin + 1, 1 << 24);
    require_in("column_end", op.column_end, op.column_begin + 1, 1 << 24);
    part_of_output(op.image, op.first_channel, op.channels, {op.row_begin, op.row_end},
                   {op.column_begin, op.column_end});
    require_in("shift", op.shift, 0, 62);
  }
  void operator()(const Add& op) {
    require_in("channels", op.channels, 1, 1 << 24);
    require_in("row_end", op.row_end, op.row_begin + 1, 1 << 24);
    require_in("columns", op.columns, 1, 1 << 24);
    part_of_output(op.image, op.first_channel, op.channels, {op.row_begin, op.row_end},
                   {0, op.columns});
    require_in("shift", op.shift, 0, 62);
  }
  void operator()(const Fill& op) {
    require_in("channels", op.channels, 1, 1 << 24);
    require_in("rows", op.rows, 1, 1 << 24);
    require_in("columns", op.columns, 1, 1 << 24);
  }

 private:
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
    require_in("first output column", columns.begin, 0, written_.w);
    require_in("output column after the last", columns.end, columns.begin, written_.w);
  }
  void segments(const SegmentBox& box) {
    require_in("stride", box.stride, 1, 1 << 30);
    require_in("segment_columns", box.segment_columns, 1, box.width);
    require_in("segment_channels", box.segment_channels, 1, box.channels);
    require_in("row_end", box.row_end, box.row_begin + 1, 1 << 24);
    require_in("row_begin", box.row_begin, 0, box.row_end);
    require_in("column_group_end", box.column_group_end, box.column_group_begin + 1,
               box.column_groups());
    require_in("column_group_begin", box.column_group_begin, 0, box.column_groups());
    require_in("channel_group_end", box.channel_group_end, box.channel_group_begin + 1,
               box.channel_groups());
    require_in("channel_group_begin", box.channel_group_begin, 0, box.channel_groups());
    const std::int64_t largest =
        std::int64_t{box.segment_columns} * ((box.segment_channels + 7) / 8 + box.segment_channels);
    require(largest <= box.stride, "a full segment does not fit into the stride");
  }
  void window(const WindowOperand& op) {
    for (const int extent : {op.height, op.width, op.r, op.s, op.stride_h, op.stride_w}) {
      require_in("window", extent, 1, 1 << 24);
    }
    require_in("pad_top", op.pad_top, 0, op.r - 1);
    require_in("pad_left", op.pad_left, 0, op.s - 1);
  }
  void output(const OutputMap& op) {
    require_in("bank", op.bank, 0, 1);
    require_in("column_end", op.column_end, op.column_begin + 1, 1 << 24);
    require_in("per_slice", op.per_slice, 1, machine_.rows);
    require_in("per_block", op.per_block, 1, std::int64_t{op.per_slice} * machine_.slices);
    require_in("channels", op.channels, 1, std::int64_t{op.per_block} * op.blocks_per_group);
    require_in("blocks", std::int64_t(op.groups.size()) * op.blocks_per_group, 1, machine_.blocks);
    const std::int64_t words = std::int64_t{op.per_block} * op.bank_rows * op.columns();
    require(words <= machine_.output_bank_words,
            fmt::format("{} sums do not fit into an output bank of {}", words,
                        machine_.output_bank_words));
    for (const PassGroup& group : op.groups) {
      require_in("rows of a pass", group.out_end - group.out_begin, 0, op.bank_rows);
      part_of_output(op.image, op.first_channel, op.channels, {group.out_begin, group.out_end},
                     {op.column_begin, op.column_end});
    }
  }

  const Program& program_;
  const MachineConfig& machine_;
  const Shape& written_;
};

void check_bounds(const Program& program, const Access& access) {
  const auto limit = [&](const char* what, std::int64_t size) {
    require(access.begin >= 0 && access.end <= size,
            fmt::format("bytes {} to {} are outside the {} of {}", access.begin, access.end, what,
                        size));
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
              fmt::format("layer '{}': its instructions are outside the code", layer.name));
      streams_[s] = std::span(stream).subspan(layer.begin[s], layer.end[s] - layer.begin[s]);
    }
  }

  void run() {
    OperandCheck check(program_, written());
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
      progress_ = progress_at_begin(streams_);
    } catch (const UserError& error) {
      throw UserError(fmt::format("layer '{}': {}", layer_.name, error.what()));
    }
    for (int s = 0; s < kNumStreams; ++s) {
      for (int other = s + 1; other < kNumStreams; ++other) check_pair(s, other);
    }
  }

 private:
  const Shape& written() const {
    const int node = layer_.fused_add >= 0 ? layer_.fused_add : layer_.node;
    require(node >= 0 && node < int(program_.network.nodes.size()) && layer_.node >= 0 &&
                layer_.node < int(program_.network.nodes.size()),
            fmt::format("layer '{}': it names no node of the network", layer_.name));
    return program_.network.nodes[std::size_t(node)].out;
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
  std::array<int, kNumStreams> at{};
  for (const LayerCode& layer : program.layers) {
    require(layer.begin == at, fmt::format("layer '{}': its instructions do not follow those of "
                                           "the layer before",
                                           layer.name));
    LayerCheck(program, layer).run();
    at = layer.end;
  }
  for (int s = 0; s < kNumStreams; ++s) {
    require(at[s] == int(program.streams[s].size()), "instructions follow the last layer");
  }
}

}  // namespace escalate
