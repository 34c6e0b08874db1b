// Of every operand, the smallest and the largest number that verify() lets pass.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "compiler/compile.h"
#include "compiler/verify.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::Not;

using Pass = Run;  // in a test, Run is GoogleTest's

constexpr std::int32_t kExtent = 1 << 20;  // of any tensor

/// One 3x3 layer of 16 channels in 8 x 8 positions, on a machine of 8 blocks of 4 slices of 6 rows.
class OperandLimits : public testing::Test {
 protected:
  OperandLimits()
      : program_(compile(
            draw_network(parse_quick_layer("C=16,K=16,R=3,H=8,density=0.2"), {}).network, {})) {}

  /// The program's own instruction of a kind.
  template <class T>
  T own() const {
    for (const Instruction& instruction : program_.streams[std::size_t(T::kStream)]) {
      if (const T* operation = std::get_if<T>(&instruction.operation)) return *operation;
    }
    throw std::logic_error("the program has no such instruction");
  }

  /// What is wrong with one more instruction of the only layer. Its operands are looked at first,
  /// and only then what it makes of the layer: "" stands for a fault of the latter kind, too.
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
      for (const char* const later :
           {"may run at the same time", "outputs of an image", "of no tensor that the layer reads",
            "not of the tensor that the layer makes", "not of the program's data"}) {
        if (fault.find(later) != std::string::npos) return "";
      }
      return fault;
    }
    return "";
  }

  /// `set(operation, value)` gives `what` the value.
  template <class T>
  void expect_limits(const T& operation, const std::string& what, std::int64_t low,
                     std::int64_t high,
                     const std::type_identity_t<std::function<void(T&, std::int32_t)>>& set) const {
    expect_limits(T::kName, what, low, high, [&](std::int64_t value) -> Operation {
      T changed = operation;
      set(changed, std::int32_t(value));
      return changed;
    });
  }
  // Compiled once, not for each operand.
  void expect_limits(std::string_view name, const std::string& what, std::int64_t low,
                     std::int64_t high, const std::function<Operation(std::int64_t)>& with) const {
    for (const std::int64_t value : {low, high}) {
      EXPECT_THAT(fault_of(with(value)),
                  Not(HasSubstr(fmt::format("{} {} is outside", what, value))));
    }
    for (const std::int64_t value : {low - 1, high + 1}) {
      EXPECT_THAT(fault_of(with(value)), HasSubstr(fmt::format("{}): {} {} is outside {} to {}",
                                                               name, what, value, low, high)));
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
    const auto expect = [&](const char* what, std::int64_t low, std::int64_t high,
                            std::int32_t WindowOperand::*operand) {
      expect_limits(operation, what, low, high,
                    [&](T& op, std::int32_t value) { op.window.*operand = value; });
    };
    expect("height", 1, 8, &WindowOperand::height);
    expect("width", 1, 8, &WindowOperand::width);
    expect("kernel rows", 1, 3, &WindowOperand::r);
    expect("kernel columns", 1, 3, &WindowOperand::s);
    expect("stride_h", 1, 1, &WindowOperand::stride_h);
    expect("stride_w", 1, 1, &WindowOperand::stride_w);
    T window = operation;
    window.window.r = 3;
    window.window.s = 2;
    expect_limits(window, "pad_top", 0, 2,
                  [](T& op, std::int32_t value) { op.window.pad_top = value; });
    window.window.pad_left = 0;
    expect_limits(window, "pad_left", 0, 1,
                  [](T& op, std::int32_t value) { op.window.pad_left = value; });
  }

  template <class T>
  void expect_clamp_limits(const T& operation, std::int32_t T::*low, std::int32_t T::*high) const {
    T clamped = operation;
    clamped.*high = 127;
    expect_limits(clamped, "smallest output", -128, 127, low);
    clamped.*low = -3;
    expect_limits(clamped, "largest output", -3, 127, high);
  }

  template <class T>
  void expect_output_limits(const T& operation) {
    T only = operation;  // 16 channels, two a block
    only.output.groups = {{0, 8, 0, 8, 0, 8}};
    only.output.blocks_per_group = 8;
    only.output.per_block = 2;
    only.output.per_slice = 1;
    only.output.terms = 1;
    only.output.bank_rows = 8;
    only.output.bank = 0;
    ASSERT_EQ(fault_of(only), "");
    const auto expect = [&](const char* what, std::int64_t low, std::int64_t high,
                            std::int32_t OutputMap::*operand) {
      expect_limits(only, what, low, high,
                    [&](T& op, std::int32_t value) { op.output.*operand = value; });
    };
    expect("bank", 0, 1, &OutputMap::bank);
    expect("column_begin", 0, 7, &OutputMap::column_begin);
    expect("bank_rows", 1, 8, &OutputMap::bank_rows);
    expect("blocks_per_group", 1, 8, &OutputMap::blocks_per_group);
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
    expect_limits(late, "column_end", 6, 8,
                  [](T& op, std::int32_t value) { op.output.column_end = value; });
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
    program_.machine.output_bank_words = 128;  // 2 channels of 8 rows of 8 columns
    EXPECT_EQ(fault_of(only), "");
    program_.machine.output_bank_words = 127;
    EXPECT_THAT(fault_of(only), HasSubstr("128 sums do not fit into an output bank of 127"));
    program_.machine.output_bank_words = MachineConfig{}.output_bank_words;
  }

  Program program_;
};

TEST_F(OperandLimits, OfTilesThatAreLoadedAndStored) {
  const auto check = [&](auto operation) {
    using T = decltype(operation);
    // Rows of 3 segments of columns and 4 of channels.
    SegmentBox& box = operation.segments;
    box.width = 8;
    box.channels = 16;
    box.segment_columns = 3;
    box.segment_channels = 4;
    box.stride = 64;
    box.row_begin = 2;
    box.row_end = 4;
    box.column_group_begin = 1;
    box.column_group_end = 2;
    box.channel_group_begin = 2;
    box.channel_group_end = 3;
    ASSERT_EQ(fault_of(operation), "");
    const auto expect = [&](const char* what, std::int64_t low, std::int64_t high,
                            std::int32_t SegmentBox::*operand) {
      expect_limits(operation, what, low, high,
                    [&](T& op, std::int32_t value) { op.segments.*operand = value; });
    };
    expect("stride", 1, 1 << 30, &SegmentBox::stride);
    expect("width", 1, kExtent, &SegmentBox::width);
    expect("channels", 1, std::numeric_limits<std::int32_t>::max() / 2, &SegmentBox::channels);
    expect("segment_columns", 1, 8, &SegmentBox::segment_columns);
    expect("segment_channels", 1, 16, &SegmentBox::segment_channels);
    expect("row_begin", 0, kExtent, &SegmentBox::row_begin);
    expect("row_end", 3, kExtent, &SegmentBox::row_end);
    expect("column_group_begin", 0, 3, &SegmentBox::column_group_begin);
    expect("column_group_end", 2, 3, &SegmentBox::column_group_end);
    expect("channel_group_begin", 0, 4, &SegmentBox::channel_group_begin);
    expect("channel_group_end", 3, 4, &SegmentBox::channel_group_end);
    // A full segment: 3 columns of 4 channels and their map of one byte.
    box.stride = 15;
    EXPECT_EQ(fault_of(operation), "");
    box.stride = 14;
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
  // As many as a fully connected layer would read of this input.
  expect_limits(load, "channels", 1, 8 * 8 * 16, &LoadCoefficients::channels);
  expect_limits(load, "taps", 1, 9, &LoadCoefficients::taps);
  expect_limits(load, "basis_kernels", 1, 6, &LoadCoefficients::basis_kernels);
  LoadCoefficients direct = load;
  direct.direct = 1;
  expect_limits(direct, "basis_kernels", 0, 0, &LoadCoefficients::basis_kernels);
  direct.basis_kernels = 0;
  direct.bytes = 16384;
  EXPECT_EQ(fault_of(direct), "");
  direct.bytes = 16385;
  EXPECT_THAT(fault_of(direct), HasSubstr("16385 bytes of coefficients do not fit"));
  // 8 rows of 1017 channels: 128 bytes of map and as many of signs.
  program_.machine.coefficient_bank_bytes = 2048;
  LoadCoefficients full = load;
  full.rows = 8;
  full.channels = 1017;
  full.bytes = 8 * 128;
  EXPECT_EQ(fault_of(full), "");
  --full.bytes;
  EXPECT_THAT(fault_of(full), HasSubstr("shorter than the maps of its rows"));
  ++full.bytes;
  program_.machine.coefficient_bank_bytes = 2047;
  EXPECT_THAT(fault_of(full), HasSubstr("2048 bytes of coefficients do not fit"));
}

TEST_F(OperandLimits, OfParameters) {
  const auto load = own<LoadParameters>();
  expect_limits(load, "bank", 0, 1, &LoadParameters::bank);
  expect_limits(load, "channels", 1, 8 * 4 * 6, &LoadParameters::channels);
}

TEST_F(OperandLimits, OfParametersWithSlopes) {
  // A byte of shift stands in every place: all are 0 to 62.
  std::fill(program_.data.begin(), program_.data.end(), std::uint8_t{62});
  const LoadSlopedParameters load{std::uint32_t(program_.data_address), 0, 1};
  expect_limits(load, "bank", 0, 1, &LoadSlopedParameters::bank);
  program_.data.resize(14 * 8 * 4 * 6, 62);
  program_.dram_bytes = program_.data_address + std::int64_t(program_.data.size());
  expect_limits(load, "channels", 1, 8 * 4 * 6, &LoadSlopedParameters::channels);
}

TEST_F(OperandLimits, OfTables) {
  const LoadTable load{own<LoadParameters>().dram, 0};
  expect_limits(load, "bank", 0, 1, &LoadTable::bank);
}

TEST_F(OperandLimits, OfPasses) {
  const auto pass = own<Pass>();
  for (const auto& [what, operand] : {std::pair{"bypass", &Pass::bypass},
                                      {"fresh", &Pass::fresh},
                                      {"accumulate", &Pass::accumulate},
                                      {"coefficient_bank", &Pass::coefficient_bank}}) {
    expect_limits(pass, what, 0, 1, operand);
  }
  const auto direct = [&](std::int32_t value) {
    Pass changed = pass;
    changed.direct = value;
    return fault_of(changed);
  };
  EXPECT_THAT(direct(-1), HasSubstr("direct -1 is outside 0 to 1"));
  EXPECT_THAT(direct(2), HasSubstr("direct 2 is outside 0 to 1"));
  EXPECT_THAT(direct(1), HasSubstr("direct 1 is outside 0 to 0"));
  expect_limits(pass, "channels", 1, 8 * 8 * 16, &Pass::channels);
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

  // Where the first input column lies: in the input, or in the padding to the left of it.
  Pass right = pass;
  right.output.column_begin = 7;
  right.window.width = 7;
  EXPECT_EQ(fault_of(right), "");
  right.window.width = 6;
  EXPECT_THAT(fault_of(right), HasSubstr("first input column 6 is outside -1 to 5"));

  program_.machine.mac.line_buffer_words = 24;  // three lines of 8 columns
  EXPECT_EQ(fault_of(pass), "");
  program_.machine.mac.line_buffer_words = 23;
  EXPECT_THAT(fault_of(pass), HasSubstr("output rows met by an input row 3 is outside 1 to 2"));
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
  expect_limits(drain, "table", -1, 1, &Drain::table);
  expect_limits(drain, "shift", 0, 62, &Drain::shift);
  expect_clamp_limits(drain, &Drain::low, &Drain::high);
  expect_clamp_limits(drain, &Drain::add_low, &Drain::add_high);
  expect_output_limits(drain);
}

TEST_F(OperandLimits, OfPools) {
  Pool pool;
  pool.source = pool.destination = {1 << 19, 256, 16};
  pool.window.height = pool.window.width = 8;
  ASSERT_EQ(fault_of(pool), "");
  expect_limits(pool, "kind", 0, 2, &Pool::kind);
  expect_window_limits(pool);
  expect_limits(pool, "channels", 1, 16, &Pool::channels);
  expect_limits(pool, "shift", 0, 62, &Pool::shift);
  expect_limits(pool, "table", -1, 1, &Pool::table);
  expect_limits(pool, "row_step", 1, 8, &Pool::row_step);
  expect_limits(pool, "column_step", 1, 8, &Pool::column_step);
  expect_limits(pool, "image", 0, 0, &Pool::image);
  expect_limits(pool, "first_channel", 0, 15, &Pool::first_channel);
  expect_clamp_limits(pool, &Pool::low, &Pool::high);
  Pool negative = pool;
  negative.multiplier = -1;
  EXPECT_THAT(fault_of(negative), HasSubstr("multiplier -1 is outside 0 to 2147483647"));
  negative.multiplier = 0;
  EXPECT_EQ(fault_of(negative), "");
  pool.row_begin = pool.column_begin = 3;
  pool.row_end = pool.column_end = 8;
  expect_limits(pool, "output row after the last", 3, 8, &Pool::row_end);
  expect_limits(pool, "output column after the last", 4, 8, &Pool::column_end);
  expect_limits(pool, "first output column", 0, 7, &Pool::column_begin);
  expect_limits(pool, "first output row", 0, 8, &Pool::row_begin);
  pool.row_end = 3;
  EXPECT_THAT(fault_of(pool), HasSubstr("rows 0 is outside 1 to 8"));
}

TEST_F(OperandLimits, OfAdditions) {
  Add add;
  add.left = add.right = add.destination = {1 << 19, 256, 16};
  ASSERT_EQ(fault_of(add), "");
  expect_limits(add, "kind", 0, 3, &Add::kind);
  expect_limits(add, "left_single", 0, 1, &Add::left_single);
  expect_limits(add, "right_single", 0, 1, &Add::right_single);
  expect_limits(add, "channels", 1, 16, &Add::channels);
  expect_limits(add, "output column after the last", 1, 8, &Add::columns);
  expect_limits(add, "shift", 0, 62, &Add::shift);
  expect_limits(add, "image", 0, 0, &Add::image);
  expect_limits(add, "first_channel", 0, 15, &Add::first_channel);
  expect_clamp_limits(add, &Add::low, &Add::high);
  add.row_begin = 3;
  add.row_end = 8;
  expect_limits(add, "output row after the last", 3, 8, &Add::row_end);
  expect_limits(add, "first output row", 0, 8, &Add::row_begin);
  add.row_end = 3;
  EXPECT_THAT(fault_of(add), HasSubstr("rows 0 is outside 1 to 8"));
}

TEST_F(OperandLimits, OfFills) {
  Fill fill;
  ASSERT_EQ(fault_of(fill), "");
  constexpr int kBytes = 1 << 20;  // of the global buffer
  expect_limits(fill, "rows", 1, kBytes, &Fill::rows);
  expect_limits(fill, "columns", 1, kBytes, &Fill::columns);
  expect_limits(fill, "channels", 1, kBytes, &Fill::channels);
  fill = {{0, 0, 0}, 1 << 6, 1 << 7, 1 << 7};
  EXPECT_EQ(fault_of(fill), "");
  ++fill.rows;
  EXPECT_THAT(fault_of(fill), HasSubstr("bytes 1064960 is outside 1 to 1048576"));
}

TEST_F(OperandLimits, OfTheGlobalBuffer) {
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
}

}  // namespace
}  // namespace escalate
