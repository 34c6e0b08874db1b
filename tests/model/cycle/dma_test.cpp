// What the DMA engines of the cycle view make of DRAM's bytes, against the other view's reading of
// the same formats (docs/isa.md, "Data").
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "buffers/cycle/segment_walk.h"
#include "common/error.h"
#include "machine/coefficient_bank.h"
#include "machine/segments.h"
#include "pe/cycle/coefficient_decoder.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

int any_in(int low, int high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1));
}

SegmentBox arbitrary_box() {
  SegmentBox box;
  box.dram = std::uint32_t(any_in(0, 5000));
  box.stride = any_in(64, 500);
  box.directory = any_in(0, 40);
  box.width = any_in(1, 20);
  box.channels = any_in(1, 40);
  box.segment_columns = any_in(1, 8);
  box.segment_channels = any_in(1, 40);
  box.row_begin = any_in(0, 4);
  box.row_end = box.row_begin + any_in(0, 3);
  box.column_group_begin = any_in(0, box.column_groups());
  box.column_group_end = any_in(box.column_group_begin, box.column_groups());
  box.channel_group_begin = any_in(0, box.channel_groups());
  box.channel_group_end = any_in(box.channel_group_begin, box.channel_groups());
  return box;
}

TEST(SegmentWalk, VisitsTheSegmentsOfTheOtherView) {
  EXPECT_TRUE(rc::check("places and sizes are equal", [] {
    const SegmentBox box = arbitrary_box();
    const Region region{any_in(-100, 100), any_in(0, 2000), any_in(8, 64)};
    cycle::SegmentWalk walk(box, region);
    for (const Segment& segment : segments_of(box, region)) {
      RC_ASSERT(!walk.at_end());
      RC_ASSERT(walk.address() == segment.address);
      RC_ASSERT(walk.directory() == segment.directory);
      RC_ASSERT(walk.columns() == segment.columns);
      RC_ASSERT(walk.channels() == segment.channels);
      for (int column = 0; column < segment.columns; ++column) {
        RC_ASSERT(walk.position(column) ==
                  segment.buffer_address + std::int64_t{column} * region.position_stride);
      }
      walk.next();
    }
    RC_ASSERT(walk.at_end());
  }));
}

TEST(PositionDecoder, ReadsWhatEitherViewHasPacked) {
  EXPECT_TRUE(rc::check("bytes and activations are equal", [] {
    const int columns = any_in(1, 5), channels = any_in(1, 30);
    std::vector<std::int8_t> values;
    for (int i = 0; i < columns * channels; ++i) {
      values.push_back(std::int8_t(any_in(0, 1) * any_in(-128, 127)));
    }
    const auto position = [&](int column) { return values.data() + column * channels; };
    std::vector<std::uint8_t> bytes;
    for (int column = 0; column < columns; ++column) {
      cycle::encode_position({position(column), std::size_t(channels)}, bytes);
    }
    RC_ASSERT(bytes == pack_segment(columns, channels, position));
    cycle::PositionDecoder decoder(bytes);
    for (int column = 0; column < columns; ++column) {
      const auto decoded = decoder.next(channels);
      RC_ASSERT(std::equal(decoded.begin(), decoded.end(), position(column)));
    }
    RC_ASSERT(decoder.at_end());
  }));
}

TEST(PositionDecoder, RefusesBytesThatEndTooEarly) {
  const std::vector<std::uint8_t> no_second_activation = {0b11, 5};
  EXPECT_THROW(cycle::PositionDecoder(no_second_activation).next(2), InternalError);
  EXPECT_THROW(cycle::PositionDecoder(no_second_activation).next(17), InternalError);
}

// The bytes of a coefficient load, drawn as the decoders read them.
std::vector<std::uint8_t> arbitrary_coefficients(const LoadCoefficients& load) {
  std::vector<std::uint8_t> bytes;
  const auto random_byte = [] { return std::uint8_t(any_in(0, 255)); };
  for (int i = 0; i < load.basis_kernels * load.taps; ++i) bytes.push_back(random_byte());
  for (int row = 0; row < load.rows; ++row) {
    int ones = 0;
    for (int first = 0; first < load.channels; first += 8) {
      const int bits = std::min(8, load.channels - first);
      bytes.push_back(std::uint8_t(random_byte() & ((1 << bits) - 1)));
      ones += std::popcount(bytes.back());
    }
    const int rest = load.direct != 0 ? ones * load.taps : (ones + 7) / 8;
    for (int i = 0; i < rest; ++i) bytes.push_back(random_byte());
  }
  return bytes;
}

LoadCoefficients arbitrary_load() {
  LoadCoefficients load;
  load.direct = any_in(0, 1);
  load.rows = any_in(1, 6);
  load.channels = any_in(1, 50);
  load.taps = any_in(1, 9);
  load.basis_kernels = load.direct != 0 ? 0 : any_in(1, 3);
  return load;
}

void expect_equal_row(const CoefficientBank& expected, const ClockedCoefficients& content, int row,
                      int entry_channels, int chunk) {
  for (int c = 0; c < expected.channels; ++c) {
    const CoefficientTile& tile = content.tiles[std::size_t(c / entry_channels)];
    const int of_tile = c % entry_channels;
    const std::uint64_t at = std::uint64_t{1} << of_tile % chunk;
    const bool is_nonzero = (tile.map(row, of_tile / chunk) & at) != 0;
    const bool is_negative = (tile.sign(row, of_tile / chunk) & at) != 0;
    if (!expected.direct) {
      RC_ASSERT(expected.coefficients.at(row, c) == (!is_nonzero ? 0 : is_negative ? -1 : 1));
      continue;
    }
    const std::int8_t* kernel = expected.kernel(row, c);
    RC_ASSERT(is_nonzero ==
              std::any_of(kernel, kernel + expected.taps, [](std::int8_t w) { return w != 0; }));
    RC_ASSERT(std::equal(kernel, kernel + expected.taps,
                         content.weights[std::size_t(row)].begin() + c * expected.taps));
  }
}

TEST(CoefficientDecoder, ReadsWhatTheOtherViewReads) {
  EXPECT_TRUE(rc::check("banks are equal", [] {
    LoadCoefficients load = arbitrary_load();
    const std::vector<std::uint8_t> bytes = arbitrary_coefficients(load);
    load.bytes = std::int32_t(bytes.size());
    const int chunk = any_in(1, 24), entry_channels = chunk * any_in(1, 3);
    const CoefficientBank expected = expand_coefficients(load, bytes);
    const ClockedCoefficients content =
        cycle::decode_coefficients(load, bytes, entry_channels, chunk);
    RC_ASSERT(cycle::bank_bytes(load) == expected.bytes);
    std::vector<std::int8_t> basis;
    for (const auto& kernel : content.basis) {
      basis.insert(basis.end(), kernel.begin(), kernel.end());
    }
    RC_ASSERT(basis == expected.basis);
    int chunks = 0;
    for (const CoefficientTile& tile : content.tiles) chunks += tile.num_chunks();
    RC_ASSERT(chunks == (load.channels + chunk - 1) / chunk);
    for (int row = 0; row < load.rows; ++row) {
      expect_equal_row(expected, content, row, entry_channels, chunk);
    }
  }));
}

TEST(CoefficientDecoder, RefusesTooFewBytesAndTooMany) {
  LoadCoefficients load;
  load.rows = 2;
  load.channels = 8;
  load.basis_kernels = 1;
  load.taps = 1;
  const std::vector<std::uint8_t> enough = {7, 0b1, 0b1, 0b10, 0b0};
  EXPECT_NO_THROW(cycle::decode_coefficients(load, enough, 8, 8));
  const std::vector<std::uint8_t> few(enough.begin(), enough.end() - 1);
  EXPECT_USER_ERROR(cycle::decode_coefficients(load, few, 8, 8), HasSubstr("shorter"));
  std::vector<std::uint8_t> many = enough;
  many.push_back(0);
  EXPECT_USER_ERROR(cycle::decode_coefficients(load, many, 8, 8), HasSubstr("longer"));
}

}  // namespace
}  // namespace escalate
