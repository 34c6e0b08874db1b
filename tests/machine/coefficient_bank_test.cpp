#include "machine/coefficient_bank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CoefficientBank, StandsInDramAsMapsAndSigns) {
  std::vector<std::uint8_t> bytes;
  append_ternary_row(std::vector<std::int8_t>{0, -1, 0, 1, 0, 0, 0, 0, 1}, bytes);
  EXPECT_THAT(bytes, ElementsAre(0b00001010, 0b1, 0b001));
}

TEST(CoefficientBank, HasNoSignsForARowOfZeros) {
  std::vector<std::uint8_t> bytes;
  append_ternary_row(std::vector<std::int8_t>(10, 0), bytes);
  EXPECT_THAT(bytes, ElementsAre(0, 0));
}

TEST(CoefficientBank, StandsInDramAsKernelsThatAreNotZeroInDirectMode) {
  std::vector<std::uint8_t> bytes;
  append_direct_row(std::vector<std::int8_t>{0, 0, 0, -3, 5, 0}, 2, bytes);
  EXPECT_THAT(bytes, ElementsAre(0b110, 0, 0xfd, 5, 0));
}

/// A load of `rows` rows of `channels` channels.
LoadCoefficients load_of(int rows, int channels, int taps, bool direct) {
  LoadCoefficients load;
  load.rows = rows;
  load.channels = channels;
  load.taps = taps;
  load.direct = direct ? 1 : 0;
  load.basis_kernels = 0;
  return load;
}

TEST(CoefficientBank, HoldsWhatWasWrittenToDram) {
  EXPECT_TRUE(rc::check([] {
    const int rows = *rc::gen::inRange(1, 5);
    const int channels = *rc::gen::inRange(1, 200);
    const auto values = *rc::gen::container<std::vector<std::int8_t>>(
        std::size_t(rows * channels),
        rc::gen::map(rc::gen::inRange(-1, 2), [](int value) { return std::int8_t(value); }));
    std::vector<std::uint8_t> bytes;
    for (int row = 0; row < rows; ++row) {
      append_ternary_row(
          std::span(values).subspan(std::size_t(row * channels), std::size_t(channels)), bytes);
    }
    const CoefficientBank bank = expand_coefficients(load_of(rows, channels, 1, false), bytes);
    for (int row = 0; row < rows; ++row) {
      for (int c = 0; c < channels; ++c) {
        RC_ASSERT(bank.coefficients.at(row, c) == values[std::size_t(row * channels + c)]);
      }
    }
  }));
}

TEST(CoefficientBank, HoldsTheKernelsThatWereWrittenToDram) {
  EXPECT_TRUE(rc::check([] {
    const int channels = *rc::gen::inRange(1, 20);
    const int taps = *rc::gen::inRange(1, 10);
    const auto values = *rc::gen::container<std::vector<std::int8_t>>(
        std::size_t(channels * taps),
        rc::gen::weightedOneOf<std::int8_t>(
            {{3, rc::gen::just(std::int8_t{0})}, {1, rc::gen::arbitrary<std::int8_t>()}}));
    std::vector<std::uint8_t> bytes;
    append_direct_row(values, taps, bytes);
    RC_ASSERT(expand_coefficients(load_of(1, channels, taps, true), bytes).weights == values);
  }));
}

TEST(CoefficientBank, RefusesALoadThatIsShorterOrLongerThanItsRows) {
  std::vector<std::uint8_t> bytes;
  append_ternary_row(std::vector<std::int8_t>{1, -1, 0}, bytes);
  const LoadCoefficients load = load_of(1, 3, 1, false);
  bytes.push_back(0);
  EXPECT_USER_ERROR(expand_coefficients(load, bytes), HasSubstr("longer than its rows"));
  bytes.resize(1);
  EXPECT_USER_ERROR(expand_coefficients(load, bytes), HasSubstr("shorter than its rows"));
}

}  // namespace
}  // namespace escalate
