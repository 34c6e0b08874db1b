// Of every operand, the smallest and the largest number that verify() lets pass.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "compiler/verify.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::Not;

using Pass = Run;  // in a test, Run is GoogleTest's

constexpr std::int32_t kExtent = 1 << 24;

/// One layer of 16 channels in 8 x 8 positions, on a machine of 8 blocks of 4 slices of 6 rows.
class OperandLimits : public testing::Test {
 protected:
  OperandLimits()
      : program_(compile(
            draw_network(parse_quick_layer("C=16,K=16,R=3,H=8,density=0.2"), {}).network, {})) {
    program_.dram_bytes = 1 << 20;
  }

  /// The program's own instruction of a kind.
  template <class T>
  T own() const {
    for (const Instruction& instruction : program_.streams[std::size_t(T::kStream)]) {
      if (const T* operation = std::get_if<T>(&instruction.operation)) return *operation;
    }
    throw std::logic_error("the program has no such instruction");
  }

  /// What is wrong with an instruction of the only layer, or "". That it is not synchronised with
  /// others is looked for only when its operands are in order.
  std::string fault_of(const Operation& operation) const {
    Program program = program_;
    const Instruction instruction{operation, 0, 0};
    const auto stream = std::size_t(instruction.stream());
    program.streams[stream].push_back(instruction);
    ++program.layers[0].end[stream];
    try {
      verify(program);
    } catch (const UserError& error) {
      const std::string fault = error.what();
      if (fault.find("may run at the same time") == std::string::npos) return fault;
    }
    return "";
  }

  /// `set(operation, value)` gives `what` the value.
  template <class T, class Set>
  void expect_limits(const T& operation, const std::string& what, std::int64_t low,
                     std::int64_t high, Set&& set) const {
    const auto fault = [&](std::int64_t value) {
      T changed = operation;
      set(changed, std::int32_t(value));
      return fault_of(changed);
    };
    for (const std::int64_t value : {low, high}) {
      EXPECT_THAT(fault(value), Not(HasSubstr(fmt::format("{} {} is outside", what, value))));
    }
    for (const std::int64_t value : {low - 1, high + 1}) {
      EXPECT_THAT(fault(value), HasSubstr(fmt::format("{}): {} {} is outside {} to {}", T::kName,
                                                      what, value, low, high)));
    }
  }

  template <class T>
  void expect_limits(const T& operation, const std::string& what, std::int64_t low,
                     std::int64_t high, std::int32_t T::*operand) const {
    expect_limits(operation, what, low, high,
                  [&](T& changed, std::int32_t value) { changed.*operand = value; });
  }

  template <class T>
  void expect_window_limits(const T& operation) const {
    for (const auto extent :
         {&WindowOperand::height, &WindowOperand::width, &WindowOperand::r, &WindowOperand::s,
          &WindowOperand::stride_h, &WindowOperand::stride_w}) {
      expect_limits(operation, "window", 1, kExtent,
                    [&](T& op, std::int32_t value) { op.window.*extent = value; });
    }
    T wide = operation;
    wide.window.r = 3;
    wide.window.s = 5;
    expect_limits(wide, "pad_top", 0, 2,
                  [](T& op, std::int32_t value) { op.window.pad_top = value; });
    expect_limits(wide, "pad_left", 0, 4,
                  [](T& op, std::int32_t value) { op.window.pad_left = value; });
  }

  template <class T>
  void expect_output_limits(const T& operation) const {
    T only = operation;  // 16 channels, two a block
    only.output.groups.resize(1);
    only.output.blocks_per_group = 8;
    only.output.per_block = 2;
    only.output.per_slice = 1;
    only.output.bank_rows = 8;
    only.output.bank = 0;
    ASSERT_EQ(fault_of(only), "");
    const auto expect = [&](const char* what, std::int64_t low, std::int64_t high,
                            std::int32_t OutputMap::*operand) {
      expect_limits(only, what, low, high,
                    [&](T& op, std::int32_t value) { op.output.*operand = value; });
    };
    expect("bank", 0, 1, &OutputMap::bank);
    expect("per_slice", 1, 6, &OutputMap::per_slice);
    expect("per_block", 1, 4, &OutputMap::per_block);
    expect("channels", 1, 16, &OutputMap::channels);
    expect("image", 0, 0, &OutputMap::image);
    expect("first_channel", 0, 0, &OutputMap::first_channel);
    expect_limits(only, "blocks", 1, 8, [](T& op, std::int32_t value) {
      op.output.groups.resize(std::size_t(std::max(0, value)), op.output.groups[0]);
      op.output.blocks_per_group = 1;
      op.output.channels = 2;
    });
    T late = only;
    late.output.column_begin = 5;
    expect_limits(late, "column_end", 6, kExtent, [](T& op, std::int32_t value) {
      op.output.column_end = value;
      op.output.bank_rows = 0;
    });
    T narrow = only;
    narrow.output.bank_rows = 3;
    expect_limits(narrow, "rows of a pass", 0, 3, [](T& op, std::int32_t value) {
      op.output.groups[0].out_begin = 2;
      op.output.groups[0].out_end = 2 + value;
    });
    expect_limits(only, "first output row", 0, 8, [](T& op, std::int32_t value) {
      op.output.groups[0].out_begin = op.output.groups[0].out_end = value;
    });
    T beyond = only;
    beyond.output.groups[0].out_begin = 4;
    beyond.output.groups[0].out_end = 9;
    EXPECT_THAT(fault_of(beyond), HasSubstr("output row after the last 9 is outside 4 to 8"));
    expect_limits(only, "first output column", 0, 8, [](T& op, std::int32_t value) {
      op.output.column_begin = value;
      op.output.column_end = value + 1;
    });
    beyond = only;
    beyond.output.column_begin = 6;
    beyond.output.column_end = 9;
    EXPECT_THAT(fault_of(beyond), HasSubstr("output column after the last 9 is outside 6 to 8"));
    // 2048 words: 2 channels of 128 rows of 8 columns.
    T full = only;
    full.output.bank_rows = 128;
    EXPECT_EQ(fault_of(full), "");
    full.output.bank_rows = 129;
    EXPECT_THAT(fault_of(full), HasSubstr("2064 sums do not fit into an output bank of 2048"));
  }

  Program program_;
};

TEST_F(OperandLimits, OfTilesThatAreLoadedAndStored) {
  const auto check = [&](auto operation) {
    using T = decltype(operation);
    // Rows of 3 segments of columns and 4 of channels.
    operation.segments.width = 8;
    operation.segments.channels = 16;
    operation.segments.segment_columns = 3;
    operation.segments.segment_channels = 4;
    operation.segments.stride = 64;
    operation.segments.row_begin = 2;
    operation.segments.row_end = 4;
    operation.segments.column_group_begin = 1;
    operation.segments.column_group_end = 2;
    operation.segments.channel_group_begin = 2;
    operation.segments.channel_group_end = 3;
    operation.segments.dram = 0;
    operation.segments.directory = 0;
    operation.region = {1 << 19, 256, 16};
    ASSERT_EQ(fault_of(operation), "");
    const auto expect = [&](const char* what, std::int64_t low, std::int64_t high,
                            std::int32_t SegmentBox::*operand) {
      expect_limits(operation, what, low, high,
                    [&](T& op, std::int32_t value) { op.segments.*operand = value; });
    };
    expect("stride", 1, 1 << 30, &SegmentBox::stride);
    expect("segment_columns", 1, 8, &SegmentBox::segment_columns);
    expect("segment_channels", 1, 16, &SegmentBox::segment_channels);
    expect("row_end", 3, kExtent, &SegmentBox::row_end);
    operation.segments.row_begin = -1;
    EXPECT_THAT(fault_of(operation), HasSubstr("row_begin -1 is outside 0 to 4"));
    operation.segments.row_begin = 2;
    expect("column_group_end", 2, 3, &SegmentBox::column_group_end);
    expect("channel_group_end", 3, 4, &SegmentBox::channel_group_end);
    operation.segments.column_group_end = 3;
    operation.segments.channel_group_end = 4;
    operation.segments.column_group_begin = -1;
    EXPECT_THAT(fault_of(operation), HasSubstr("column_group_begin -1 is outside 0 to 3"));
    operation.segments.column_group_begin = 0;
    operation.segments.channel_group_begin = -1;
    EXPECT_THAT(fault_of(operation), HasSubstr("channel_group_begin -1 is outside 0 to 4"));
    operation.segments.channel_group_begin = 0;
    // A full segment: 3 columns of 4 channels and their map of one byte.
    operation.segments.stride = 15;
    EXPECT_EQ(fault_of(operation), "");
    operation.segments.stride = 14;
    EXPECT_THAT(fault_of(operation), HasSubstr("a full segment does not fit into the stride"));
  };
  check(own<LoadTile>());
  check(own<StoreTile>());
}

TEST_F(OperandLimits, OfCoefficients) {
  const auto load = own<LoadCoefficients>();
  expect_limits(load, "bytes", 1, 1 << 30, &LoadCoefficients::bytes);
  expect_limits(load, "bank", 0, 1, &LoadCoefficients::bank);
  expect_limits(load, "direct", 0, 1, &LoadCoefficients::direct);
  expect_limits(load, "num_blocks", 1, 8, &LoadCoefficients::num_blocks);
  expect_limits(load, "block_step", 1, 8, &LoadCoefficients::block_step);
  expect_limits(load, "first_block", 0, 7, &LoadCoefficients::first_block);
  LoadCoefficients spread = load;  // into blocks 1, 4 and 7
  spread.first_block = 1;
  spread.block_step = spread.num_blocks = 3;
  EXPECT_EQ(fault_of(spread), "");
  spread.first_block = 2;
  EXPECT_THAT(fault_of(spread), HasSubstr("last block 8 is outside 0 to 7"));
  expect_limits(load, "rows", 1, 24, &LoadCoefficients::rows);
  expect_limits(load, "channels", 1, kExtent, &LoadCoefficients::channels);
  expect_limits(load, "taps", 1, 1 << 16, &LoadCoefficients::taps);
  expect_limits(load, "basis_kernels", 1, 6, &LoadCoefficients::basis_kernels);
  LoadCoefficients direct = load;
  direct.direct = 1;
  expect_limits(direct, "basis_kernels", 0, 0, &LoadCoefficients::basis_kernels);
  // In a bank of 16 KiB: 8 rows of 8192 channels, a map and signs of 1 KiB each.
  LoadCoefficients full = load;
  full.rows = 8;
  full.channels = 8192;
  EXPECT_EQ(fault_of(full), "");
  full.channels = 8193;
  EXPECT_THAT(fault_of(full), HasSubstr("16400 bytes of coefficients do not fit"));
  direct.basis_kernels = 0;
  direct.bytes = 16384;
  EXPECT_EQ(fault_of(direct), "");
  direct.bytes = 16385;
  EXPECT_THAT(fault_of(direct), HasSubstr("16385 bytes of coefficients do not fit"));
}

TEST_F(OperandLimits, OfParameters) {
  const auto load = own<LoadParameters>();
  expect_limits(load, "bank", 0, 1, &LoadParameters::bank);
  expect_limits(load, "channels", 1, 8 * 4 * 6, &LoadParameters::channels);
}

TEST_F(OperandLimits, OfPasses) {
  const auto pass = own<Pass>();
  expect_limits(pass, "direct", 0, 1, &Pass::direct);
  expect_limits(pass, "bypass", 0, 1, &Pass::bypass);
  expect_limits(pass, "fresh", 0, 1, &Pass::fresh);
  expect_limits(pass, "accumulate", 0, 1, &Pass::accumulate);
  expect_limits(pass, "coefficient_bank", 0, 1, &Pass::coefficient_bank);
  expect_limits(pass, "channels", 1, kExtent, &Pass::channels);
  expect_window_limits(pass);
  expect_output_limits(pass);

  Pass slice = pass;  // three output channels a slice, of up to two terms
  slice.output.per_slice = 3;
  expect_limits(slice, "terms", 1, 6,
                [](Pass& op, std::int32_t value) { op.output.terms = value; });
  slice.output.terms = 2;
  EXPECT_EQ(fault_of(slice), "");
  slice.output.terms = 3;
  EXPECT_THAT(fault_of(slice), HasSubstr("PE rows of a slice 9 is outside 1 to 6"));

  // 256 words of a line buffer: 32 lines of 8 columns. With a stride of 2 a line takes 2 rows.
  Pass tall = pass;
  tall.window.r = 32;
  EXPECT_EQ(fault_of(tall), "");
  tall.window.r = 33;
  EXPECT_THAT(fault_of(tall), HasSubstr("output rows met by an input row 33 is outside 1 to 32"));
  tall.window.stride_h = 2;
  EXPECT_EQ(fault_of(tall), "");

  // Where the first input column lies: padding is to the left of it, and it lies in the input.
  Pass right = pass;
  right.window.stride_w = 4;
  right.output.column_begin = 2;
  EXPECT_EQ(fault_of(right), "");
  right.window.width = 7;
  EXPECT_THAT(fault_of(right), HasSubstr("first input column 7 is outside -1 to 6"));
}

TEST_F(OperandLimits, OfTheRowsOfAPass) {
  Pass pass = own<Pass>();
  pass.output.groups = {{0, 8, 0, 8, 0, 8}};
  pass.output.blocks_per_group = 8;
  pass.output.bank_rows = 8;
  ASSERT_EQ(fault_of(pass), "");
  const auto with = [&](PassGroup group) {
    Pass changed = pass;
    changed.output.groups = {group};
    return fault_of(changed);
  };
  EXPECT_EQ(with({2, 6, 1, 7, 2, 6}), "");
  EXPECT_THAT(with({3, 6, 1, 7, 2, 6}), HasSubstr("completes output rows of its tile"));
  EXPECT_THAT(with({2, 5, 1, 7, 2, 6}), HasSubstr("completes output rows of its tile"));
  EXPECT_THAT(with({-1, 8, 0, 8, 0, 8}), HasSubstr("tile_begin -1 is outside 0 to 8"));
  EXPECT_THAT(with({0, 9, 0, 8, 0, 8}), HasSubstr("tile_end 9 is outside 0 to 8"));
  EXPECT_THAT(with({0, 8, -1, 8, 0, 8}), HasSubstr("in_begin -1 is outside 0 to 8"));
  EXPECT_THAT(with({0, 8, 9, 9, 0, 8}), HasSubstr("in_begin 9 is outside 0 to 8"));
  EXPECT_THAT(with({0, 8, 4, 3, 0, 8}), HasSubstr("in_end 3 is outside 4 to 8"));
  EXPECT_THAT(with({0, 8, 4, 9, 0, 8}), HasSubstr("in_end 9 is outside 4 to 8"));
  // Without an output row nothing would say when the input may be used again.
  EXPECT_EQ(with({0, 8, 4, 4, 3, 3}), "");
  EXPECT_THAT(with({0, 8, 4, 5, 3, 3}), HasSubstr("completes an output row"));
}

TEST_F(OperandLimits, OfDrains) {
  const auto drain = own<Drain>();
  expect_limits(drain, "parameter_bank", 0, 1, &Drain::parameter_bank);
  expect_limits(drain, "add", 0, 1, &Drain::add);
  expect_limits(drain, "shift", 0, 62, &Drain::shift);
  expect_output_limits(drain);
}

TEST_F(OperandLimits, OfPools) {
  Pool pool;
  pool.source = pool.destination = {1 << 19, 256, 16};
  pool.window.height = pool.window.width = 8;
  ASSERT_EQ(fault_of(pool), "");
  expect_limits(pool, "kind", 0, 2, &Pool::kind);
  expect_window_limits(pool);
  expect_limits(pool, "channels", 1, kExtent, &Pool::channels);
  expect_limits(pool, "shift", 0, 62, &Pool::shift);
  expect_limits(pool, "image", 0, 0, &Pool::image);
  expect_limits(pool, "first_channel", 0, 15, &Pool::first_channel);
  pool.row_begin = pool.column_begin = 3;
  expect_limits(pool, "row_end", 4, kExtent, &Pool::row_end);
  pool.row_end = 4;
  expect_limits(pool, "column_end", 4, kExtent, &Pool::column_end);
  pool.column_end = 8;
  pool.row_end = 8;
  EXPECT_EQ(fault_of(pool), "");
  pool.row_end = 9;
  EXPECT_THAT(fault_of(pool), HasSubstr("output row after the last 9 is outside 3 to 8"));
  pool.row_end = 8;
  pool.column_end = 9;
  EXPECT_THAT(fault_of(pool), HasSubstr("output column after the last 9 is outside 3 to 8"));
}

TEST_F(OperandLimits, OfAdditions) {
  Add add;
  add.left = add.right = add.destination = {1 << 19, 256, 16};
  ASSERT_EQ(fault_of(add), "");
  expect_limits(add, "channels", 1, kExtent, &Add::channels);
  expect_limits(add, "columns", 1, kExtent, &Add::columns);
  expect_limits(add, "shift", 0, 62, &Add::shift);
  expect_limits(add, "image", 0, 0, &Add::image);
  expect_limits(add, "first_channel", 0, 15, &Add::first_channel);
  add.row_begin = 3;
  expect_limits(add, "row_end", 4, kExtent, &Add::row_end);
  add.row_end = 8;
  add.columns = 8;
  EXPECT_EQ(fault_of(add), "");
  add.row_end = 9;
  EXPECT_THAT(fault_of(add), HasSubstr("output row after the last 9 is outside 3 to 8"));
  add.row_end = 8;
  add.columns = 9;
  EXPECT_THAT(fault_of(add), HasSubstr("output column after the last 9 is outside 0 to 8"));
}

TEST_F(OperandLimits, OfFills) {
  Fill fill;
  fill.destination = {1 << 19, 0, 0};
  ASSERT_EQ(fault_of(fill), "");
  expect_limits(fill, "rows", 1, kExtent, &Fill::rows);
  expect_limits(fill, "columns", 1, kExtent, &Fill::columns);
  expect_limits(fill, "channels", 1, kExtent, &Fill::channels);
}

TEST_F(OperandLimits, OfTheSpacesThatInstructionsUse) {
  Fill fill;
  fill.channels = 64;
  for (const std::int32_t base : {0, (1 << 20) - 64}) {
    fill.destination = {base, 0, 0};
    EXPECT_EQ(fault_of(fill), "");
  }
  for (const std::int32_t base : {-1, (1 << 20) - 63}) {
    fill.destination = {base, 0, 0};
    EXPECT_THAT(fault_of(fill), HasSubstr("are outside the global buffer of 1048576"));
  }
  LoadParameters load;
  load.channels = 2;  // of 9 bytes
  load.dram = std::uint32_t(program_.dram_bytes - 18);
  EXPECT_EQ(fault_of(load), "");
  ++load.dram;
  EXPECT_THAT(fault_of(load), HasSubstr("are outside the DRAM of"));
  // The only segment of an input row, the last of which has the highest entry.
  auto tile = own<LoadTile>();
  const std::int32_t last = tile.segments.row_end - 1;
  tile.segments.directory = 65535 - last;
  EXPECT_EQ(fault_of(tile), "");
  ++tile.segments.directory;
  EXPECT_THAT(fault_of(tile), HasSubstr("are outside the directory of 65536"));
}

}  // namespace
}  // namespace escalate
