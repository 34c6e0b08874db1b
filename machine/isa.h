// The instruction set of the accelerator: tile-level instructions in four in-order streams, joined
// by counting semaphores (docs/isa.md; docs/microarchitecture.md, sections 2, 3, 12 and 13).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/enum_names.h"
#include "common/fields.h"
#include "common/math.h"

namespace escalate {

enum class Stream { kLoad, kCompute, kPost, kStore };
inline constexpr int kNumStreams = 4;

template <>
struct EnumNames<Stream> {
  static constexpr auto kNames =
      std::to_array<std::pair<Stream, std::string_view>>({{Stream::kLoad, "load"},
                                                          {Stream::kCompute, "compute"},
                                                          {Stream::kPost, "post"},
                                                          {Stream::kStore, "store"}});
};

/// A box of positions in the global buffer. Position (row, column) of the box, both from 0, stands
/// at base + row * row_stride + column * position_stride; its first channel is the byte there.
struct Region {
  std::int32_t base = 0;
  std::int32_t row_stride = 0;
  std::int32_t position_stride = 0;

  std::int64_t at(std::int64_t row, std::int64_t column) const {
    return base + row * row_stride + column * position_stride;
  }
  bool operator==(const Region&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"base", "bytes", "Address of the first position"}, self.base);
    visit(FieldDoc{"row", "bytes", "From one row to the next"}, self.row_stride);
    visit(FieldDoc{"position", "bytes", "From one column to the next"}, self.position_stride);
  }
};

/// Segments of a tensor in DRAM. Segment (row, column group, channel group) has number
/// (row * column_groups + column group) * channel_groups + channel group; it stands at
/// dram + number * stride and its length is in directory entry `directory` + number.
struct SegmentBox {
  std::uint32_t dram = 0;
  std::int32_t stride = 0;
  std::int32_t directory = 0;
  std::int32_t width = 0;             ///< columns of the tensor
  std::int32_t channels = 0;          ///< channels of the tensor
  std::int32_t segment_columns = 0;   ///< the last of a row may have fewer
  std::int32_t segment_channels = 0;  ///< the last may have fewer
  std::int32_t row_begin = 0, row_end = 0;
  std::int32_t column_group_begin = 0, column_group_end = 0;
  std::int32_t channel_group_begin = 0, channel_group_end = 0;

  int column_groups() const { return ceil_div(width, segment_columns); }
  int channel_groups() const { return ceil_div(channels, segment_channels); }
  bool operator==(const SegmentBox&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"dram", "bytes", "DRAM address of segment 0"}, self.dram);
    visit(FieldDoc{"stride", "bytes", "From one segment to the next"}, self.stride);
    visit(FieldDoc{"directory", "entries", "Directory entry of segment 0"}, self.directory);
    visit(FieldDoc{"width", "columns", "Columns of the tensor"}, self.width);
    visit(FieldDoc{"channels", "channels", "Channels of the tensor"}, self.channels);
    visit(FieldDoc{"segment_columns", "columns", "Columns of a segment"}, self.segment_columns);
    visit(FieldDoc{"segment_channels", "channels", "Channels of a segment"}, self.segment_channels);
    visit(FieldDoc{"row_begin", "rows", "First row"}, self.row_begin);
    visit(FieldDoc{"row_end", "rows", "Row after the last"}, self.row_end);
    visit(FieldDoc{"column_group_begin", "segments", "First segment of a row"},
          self.column_group_begin);
    visit(FieldDoc{"column_group_end", "segments", "Segment after the last"},
          self.column_group_end);
    visit(FieldDoc{"channel_group_begin", "segments", "First segment of the channels"},
          self.channel_group_begin);
    visit(FieldDoc{"channel_group_end", "segments", "Segment after the last"},
          self.channel_group_end);
  }
};

/// Segments from DRAM to the global buffer. `region` is the place of the first row, column and
/// channel of the box.
struct LoadTile {
  static constexpr Stream kStream = Stream::kLoad;
  static constexpr std::string_view kName = "load_tile";
  SegmentBox segments;
  Region region;
  bool operator==(const LoadTile&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"segments", "", "What to load"}, self.segments);
    visit(FieldDoc{"region", "", "Where to in the global buffer"}, self.region);
  }
};

/// A box of the global buffer to segments in DRAM.
struct StoreTile {
  static constexpr Stream kStream = Stream::kStore;
  static constexpr std::string_view kName = "store_tile";
  SegmentBox segments;
  Region region;
  bool operator==(const StoreTile&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"segments", "", "Where to in DRAM"}, self.segments);
    visit(FieldDoc{"region", "", "What to store, in the global buffer"}, self.region);
  }
};

/// The coefficients of one block (or weights, in direct mode) and the basis kernels of a pass from
/// DRAM to a coefficient bank of blocks first_block, first_block + block_step, ...
struct LoadCoefficients {
  static constexpr Stream kStream = Stream::kLoad;
  static constexpr std::string_view kName = "load_coefficients";
  std::uint32_t dram = 0;
  std::int32_t bytes = 0;
  std::int32_t bank = 0;
  std::int32_t first_block = 0, block_step = 1, num_blocks = 1;
  std::int32_t rows = 0;
  std::int32_t channels = 0;
  std::int32_t taps = 1;
  std::int32_t basis_kernels = 0;
  std::int32_t direct = 0;
  bool operator==(const LoadCoefficients&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"dram", "bytes", "DRAM address"}, self.dram);
    visit(FieldDoc{"bytes", "bytes", "Length in DRAM"}, self.bytes);
    visit(FieldDoc{"bank", "", "Coefficient bank, 0 or 1"}, self.bank);
    visit(FieldDoc{"first_block", "blocks", "First block"}, self.first_block);
    visit(FieldDoc{"block_step", "blocks", "From one block to the next"}, self.block_step);
    visit(FieldDoc{"num_blocks", "blocks", "Blocks that receive the same"}, self.num_blocks);
    visit(FieldDoc{"rows", "rows", "Coefficient rows (output channel, term)"}, self.rows);
    visit(FieldDoc{"channels", "channels", "Input channels of a row"}, self.channels);
    visit(FieldDoc{"taps", "taps", "R*S"}, self.taps);
    visit(FieldDoc{"basis_kernels", "kernels", "Basis kernels ahead of the rows (0: direct)"},
          self.basis_kernels);
    visit(FieldDoc{"direct", "0/1", "Rows of int8 weights in place of ternary ones"}, self.direct);
  }
};

/// Bias, multiplier and shift of output channels from DRAM to a bank of the post-processing unit.
struct LoadParameters {
  static constexpr Stream kStream = Stream::kLoad;
  static constexpr std::string_view kName = "load_parameters";
  std::uint32_t dram = 0;
  std::int32_t bank = 0;
  std::int32_t channels = 0;
  static constexpr int kBytesPerChannel = 9;  ///< int32 bias, int32 multiplier, uint8 shift
  bool operator==(const LoadParameters&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"dram", "bytes", "DRAM address"}, self.dram);
    visit(FieldDoc{"bank", "", "Parameter bank, 0 or 1"}, self.bank);
    visit(FieldDoc{"channels", "channels", "Output channels, 9 bytes each"}, self.channels);
  }
};

/// The outputs of a function for inputs from -128 to 127 from DRAM to a table bank of the
/// post-processing unit.
struct LoadTable {
  static constexpr Stream kStream = Stream::kLoad;
  static constexpr std::string_view kName = "load_table";
  std::uint32_t dram = 0;
  std::int32_t bank = 0;
  static constexpr int kBytes = 256;
  bool operator==(const LoadTable&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"dram", "bytes", "DRAM address of 256 bytes"}, self.dram);
    visit(FieldDoc{"bank", "", "Table bank, 0 or 1"}, self.bank);
  }
};

/// LoadParameters of output channels whose sums below 0 have a multiplier and shift of their own
/// (PReLU). Sums of channels that LoadParameters loads have one factor, whatever their sign.
struct LoadSlopedParameters {
  static constexpr Stream kStream = Stream::kLoad;
  static constexpr std::string_view kName = "load_sloped_parameters";
  std::uint32_t dram = 0;
  std::int32_t bank = 0;
  std::int32_t channels = 0;
  /// Those of LoadParameters, then int32 multiplier and uint8 shift of sums below 0.
  static constexpr int kBytesPerChannel = LoadParameters::kBytesPerChannel + 5;
  bool operator==(const LoadSlopedParameters&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"dram", "bytes", "DRAM address"}, self.dram);
    visit(FieldDoc{"bank", "", "Parameter bank, 0 or 1"}, self.bank);
    visit(FieldDoc{"channels", "channels", "Output channels, 14 bytes each"}, self.channels);
  }
};

/// The window of a convolution or pool, in coordinates of the whole tensors.
struct WindowOperand {
  std::int32_t height = 1, width = 1;  ///< rows and columns of the layer's input
  std::int32_t r = 1, s = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t pad_top = 0, pad_left = 0;
  bool operator==(const WindowOperand&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"height", "rows", "Rows of the layer's input"}, self.height);
    visit(FieldDoc{"width", "columns", "Columns of the layer's input"}, self.width);
    visit(FieldDoc{"r", "rows", "Kernel rows R"}, self.r);
    visit(FieldDoc{"s", "columns", "Kernel columns S"}, self.s);
    visit(FieldDoc{"stride_h", "rows", "Vertical stride"}, self.stride_h);
    visit(FieldDoc{"stride_w", "columns", "Horizontal stride"}, self.stride_w);
    visit(FieldDoc{"pad_top", "rows", "Padding above"}, self.pad_top);
    visit(FieldDoc{"pad_left", "columns", "Padding to the left"}, self.pad_left);
  }
};

/// What one group of blocks does in a pass.
struct PassGroup {
  std::int32_t tile_begin = 0, tile_end = 0;  ///< output rows of the tile
  std::int32_t in_begin = 0, in_end = 0;      ///< input rows of this pass
  std::int32_t out_begin = 0, out_end = 0;    ///< output rows that this pass completes
  bool operator==(const PassGroup&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"tile_begin", "rows", "First output row of the tile"}, self.tile_begin);
    visit(FieldDoc{"tile_end", "rows", "Output row after the last"}, self.tile_end);
    visit(FieldDoc{"in_begin", "rows", "First input row of the pass"}, self.in_begin);
    visit(FieldDoc{"in_end", "rows", "Input row after the last"}, self.in_end);
    visit(FieldDoc{"out_begin", "rows", "First output row that the pass completes"},
          self.out_begin);
    visit(FieldDoc{"out_end", "rows", "Output row after the last"}, self.out_end);
  }
};

/// How the output channels of a round lie in blocks, slices and PE rows (section 9), and which part
/// of the output a pass makes. Channel j is in block j / per_block of its group, there in slice (j
/// mod per_block) / per_slice. Let i = (j mod per_block) mod per_slice: in that slice it is in PE
/// rows i * terms + m. Its sum of output row p, column q stands in word (j mod per_block) * rows *
/// columns + (p - out_begin) * columns + q - column_begin of the block's output bank, where rows is
/// bank_rows.
struct OutputMap {
  std::int32_t image = 0;
  std::int32_t first_channel = 0;
  std::int32_t channels = 1;
  std::int32_t per_block = 1;
  std::int32_t per_slice = 1;
  std::int32_t terms = 1;
  std::int32_t column_begin = 0, column_end = 1;
  std::int32_t bank = 0;
  std::int32_t bank_rows = 1;
  std::int32_t blocks_per_group = 1;
  std::vector<PassGroup> groups;

  int columns() const { return column_end - column_begin; }
  /// Output channels in block `member` of a group.
  int channels_of_block(int member) const {
    const int left = channels - member * per_block;
    return left < 0 ? 0 : left < per_block ? left : per_block;
  }
  /// Output channels in slice `slice` of that block.
  int channels_of_slice(int member, int slice) const {
    const int left = channels_of_block(member) - slice * per_slice;
    return left < 0 ? 0 : left < per_slice ? left : per_slice;
  }
  bool operator==(const OutputMap&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"image", "images", "Image of the batch (for checks: the machine ignores it)"},
          self.image);
    visit(FieldDoc{"first_channel", "channels", "The layer's number of the first output channel"},
          self.first_channel);
    visit(FieldDoc{"channels", "channels", "Output channels of the round"}, self.channels);
    visit(FieldDoc{"per_block", "channels", "Output channels of a block"}, self.per_block);
    visit(FieldDoc{"per_slice", "channels", "Output channels of a slice"}, self.per_slice);
    visit(FieldDoc{"terms", "terms", "PE rows of an output channel"}, self.terms);
    visit(FieldDoc{"column_begin", "columns", "First output column"}, self.column_begin);
    visit(FieldDoc{"column_end", "columns", "Output column after the last"}, self.column_end);
    visit(FieldDoc{"bank", "", "Output bank, 0 or 1"}, self.bank);
    visit(FieldDoc{"bank_rows", "rows", "Output rows of a channel in the bank"}, self.bank_rows);
    visit(FieldDoc{"blocks_per_group", "blocks", "Blocks of a group"}, self.blocks_per_group);
    visit(FieldDoc{"groups", "", "The groups, in order of their blocks"}, self.groups);
  }
};

/// A pass. `input` is the place of row 0, column 0 of the layer's input (which may lie outside the
/// buffer: only rows and columns of the pass are read), first channel of the pass.
struct Run {
  static constexpr Stream kStream = Stream::kCompute;
  static constexpr std::string_view kName = "run";
  Region input;
  std::int32_t channels = 1;
  WindowOperand window;
  std::int32_t coefficient_bank = 0;
  std::int32_t direct = 0;
  std::int32_t bypass = 0;
  std::int32_t fresh = 1;
  std::int32_t accumulate = 0;
  OutputMap output;
  bool operator==(const Run&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"input", "", "Row 0, column 0, first channel of the input"}, self.input);
    visit(FieldDoc{"channels", "channels", "Input channels of the pass"}, self.channels);
    visit(FieldDoc{"window", "", "Window of the layer"}, self.window);
    visit(FieldDoc{"coefficient_bank", "", "Coefficient bank, 0 or 1"}, self.coefficient_bank);
    visit(FieldDoc{"direct", "0/1", "Direct mode"}, self.direct);
    visit(FieldDoc{"bypass", "0/1", "MAC units bypassed"}, self.bypass);
    visit(FieldDoc{"fresh", "0/1", "Line buffers start empty"}, self.fresh);
    visit(FieldDoc{"accumulate", "0/1", "Merged sums are added to the output bank"},
          self.accumulate);
    visit(FieldDoc{"output", "", "Where results go"}, self.output);
  }
};

/// Empties output banks: requantise, look up in a table, add a residual operand, clamp, write to
/// the global buffer.
/// Regions are the places of row 0, column 0 of the tensor, first channel of the round.
struct Drain {
  static constexpr Stream kStream = Stream::kPost;
  static constexpr std::string_view kName = "drain";
  OutputMap output;
  std::int32_t parameter_bank = 0;
  std::int32_t low = -128, high = 127;
  std::int32_t table = -1;  ///< table bank; -1: none
  Region destination;
  std::int32_t add = 0;
  Region residual;
  std::int32_t multiplier = 0, residual_multiplier = 0;
  std::int32_t shift = 0;
  std::int32_t add_low = -128, add_high = 127;
  bool operator==(const Drain&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"output", "", "What the banks hold"}, self.output);
    visit(FieldDoc{"parameter_bank", "", "Parameter bank, 0 or 1"}, self.parameter_bank);
    visit(FieldDoc{"low", "steps", "Smallest output"}, self.low);
    visit(FieldDoc{"high", "steps", "Largest output"}, self.high);
    visit(FieldDoc{"table", "", "Table bank in which outputs are looked up, -1: none"}, self.table);
    visit(FieldDoc{"destination", "", "Where the outputs go"}, self.destination);
    visit(FieldDoc{"add", "0/1", "A residual operand is added"}, self.add);
    visit(FieldDoc{"residual", "", "Where it lies"}, self.residual);
    visit(FieldDoc{"multiplier", "", "Factor of the requantised output"}, self.multiplier);
    visit(FieldDoc{"residual_multiplier", "", "Factor of the residual operand"},
          self.residual_multiplier);
    visit(FieldDoc{"shift", "bits", "Common shift of both"}, self.shift);
    visit(FieldDoc{"add_low", "steps", "Smallest sum"}, self.add_low);
    visit(FieldDoc{"add_high", "steps", "Largest sum"}, self.add_high);
  }
};

enum class PoolKind { kMax, kAverage, kAverageInside };

/// Pools a box of the global buffer: the largest or the requantised sum of each window
/// (docs/quantization.md). A 1x1 average is a rescaling. Regions are the places of row 0, column 0
/// of the tensors, first channel worked on. Output rows are row_begin, row_begin + row_step, ...
/// below row_end; the window of row p is that of row p / row_step, rounded down. So are columns.
struct Pool {
  static constexpr Stream kStream = Stream::kPost;
  static constexpr std::string_view kName = "pool";
  std::int32_t kind = 0;  ///< PoolKind
  Region source, destination;
  WindowOperand window;
  std::int32_t image = 0;
  std::int32_t first_channel = 0;  ///< first output channel
  std::int32_t channels = 1;
  std::int32_t row_begin = 0, row_end = 1, column_begin = 0, column_end = 1;
  std::int32_t row_step = 1, column_step = 1;
  std::int32_t multiplier = 0, shift = 0;
  std::int32_t low = -128, high = 127;
  std::int32_t table = -1;  ///< table bank; -1: none

  int rows() const { return ceil_div(row_end - row_begin, row_step); }
  int columns() const { return ceil_div(column_end - column_begin, column_step); }
  bool operator==(const Pool&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"kind", "", "0 largest, 1 average, 2 average over the inside only"}, self.kind);
    visit(FieldDoc{"source", "", "Input"}, self.source);
    visit(FieldDoc{"destination", "", "Output"}, self.destination);
    visit(FieldDoc{"window", "", "Window of the layer"}, self.window);
    visit(FieldDoc{"image", "images", "Image of the batch (for checks: the machine ignores it)"},
          self.image);
    visit(FieldDoc{"first_channel", "channels", "Number of the first output channel"},
          self.first_channel);
    visit(FieldDoc{"channels", "channels", "Channels"}, self.channels);
    visit(FieldDoc{"row_begin", "rows", "First output row"}, self.row_begin);
    visit(FieldDoc{"row_end", "rows", "Output row after the last"}, self.row_end);
    visit(FieldDoc{"column_begin", "columns", "First output column"}, self.column_begin);
    visit(FieldDoc{"column_end", "columns", "Output column after the last"}, self.column_end);
    visit(FieldDoc{"row_step", "rows", "From one output row to the next"}, self.row_step);
    visit(FieldDoc{"column_step", "columns", "From one output column to the next"},
          self.column_step);
    visit(FieldDoc{"multiplier", "", "Requantisation multiplier (averages)"}, self.multiplier);
    visit(FieldDoc{"shift", "bits", "Requantisation shift (averages)"}, self.shift);
    visit(FieldDoc{"low", "steps", "Smallest output"}, self.low);
    visit(FieldDoc{"high", "steps", "Largest output"}, self.high);
    visit(FieldDoc{"table", "", "Table bank in which outputs are looked up, -1: none"}, self.table);
  }
};

enum class AddKind { kAdd, kMultiply, kMinimum, kMaximum };

/// Combines two boxes of the global buffer, element by element (docs/quantization.md): the sum, the
/// smaller or the larger of both brought to the output's scale, or their product times
/// left_multiplier. An operand that is broadcast over rows or columns has strides of 0.
struct Add {
  static constexpr Stream kStream = Stream::kPost;
  static constexpr std::string_view kName = "add";
  std::int32_t kind = 0;                           ///< AddKind
  Region left, right, destination;                 ///< places of row 0, column 0 of the tensors
  std::int32_t left_single = 0, right_single = 0;  ///< one channel for all of the output
  std::int32_t image = 0;
  std::int32_t first_channel = 0;
  std::int32_t channels = 1;
  std::int32_t row_begin = 0, row_end = 1, columns = 1;
  std::int32_t left_multiplier = 0, right_multiplier = 0, shift = 0;
  std::int32_t low = -128, high = 127;
  bool operator==(const Add&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"kind", "", "0 sum, 1 product, 2 smaller, 3 larger"}, self.kind);
    visit(FieldDoc{"left", "", "One operand"}, self.left);
    visit(FieldDoc{"right", "", "The other one"}, self.right);
    visit(FieldDoc{"destination", "", "Output"}, self.destination);
    visit(FieldDoc{"left_single", "0/1", "One channel of the left operand for all"},
          self.left_single);
    visit(FieldDoc{"right_single", "0/1", "One channel of the right operand for all"},
          self.right_single);
    visit(FieldDoc{"image", "images", "Image of the batch (for checks: the machine ignores it)"},
          self.image);
    visit(FieldDoc{"first_channel", "channels", "Number of the first channel"}, self.first_channel);
    visit(FieldDoc{"channels", "channels", "Channels"}, self.channels);
    visit(FieldDoc{"row_begin", "rows", "First row"}, self.row_begin);
    visit(FieldDoc{"row_end", "rows", "Row after the last"}, self.row_end);
    visit(FieldDoc{"columns", "columns", "Columns, from 0"}, self.columns);
    visit(FieldDoc{"left_multiplier", "", "Factor of the left operand, or of the product"},
          self.left_multiplier);
    visit(FieldDoc{"right_multiplier", "", "Factor of the right operand"}, self.right_multiplier);
    visit(FieldDoc{"shift", "bits", "Common shift of both"}, self.shift);
    visit(FieldDoc{"low", "steps", "Smallest output"}, self.low);
    visit(FieldDoc{"high", "steps", "Largest output"}, self.high);
  }
};

/// Writes zeros to a box of the global buffer.
struct Fill {
  static constexpr Stream kStream = Stream::kPost;
  static constexpr std::string_view kName = "fill";
  Region destination;  ///< first row, column and channel of the box
  std::int32_t rows = 1, columns = 1, channels = 1;
  bool operator==(const Fill&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"destination", "", "Where"}, self.destination);
    visit(FieldDoc{"rows", "rows", "Rows"}, self.rows);
    visit(FieldDoc{"columns", "columns", "Columns"}, self.columns);
    visit(FieldDoc{"channels", "channels", "Channels"}, self.channels);
  }
};

using Operation = std::variant<LoadTile, LoadCoefficients, LoadParameters, Run, Drain, Pool, Add,
                               Fill, StoreTile, LoadTable, LoadSlopedParameters>;

/// An operation with its semaphores. Each ordered pair of streams has one counting semaphore; bit s
/// of `waits` is the one signalled by stream s, bit s of `signals` the one waited for by stream s.
struct Instruction {
  Operation operation;
  std::uint8_t waits = 0;
  std::uint8_t signals = 0;
  bool operator==(const Instruction&) const = default;

  Stream stream() const;
  std::string_view name() const;
};

/// Binary code of one stream: for each instruction a header word (from the lowest bit: 8 bits
/// opcode, 4 waits, 4 signals, 16 number of operand words) and its operands, 32-bit words, all in
/// little-endian order.
std::vector<std::uint8_t> encode(std::span<const Instruction> instructions);
/// The inverse. UserError with the byte offset if the code is truncated or not an instruction.
std::vector<Instruction> decode(std::span<const std::uint8_t> code);

/// One line of assembly: "run input.base=0 ... groups=[0:8:0:9:0:8,...] wait=load,post
/// signal=post".
std::string to_text(const Instruction& instruction);
/// The inverse; UserError says what was expected.
Instruction instruction_from_text(std::string_view line);

}  // namespace escalate
