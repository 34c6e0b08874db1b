#include "pe/transaction/intermediate.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "common/error.h"
#include "tests/support/print_host_simd.h"

namespace escalate {
namespace {

class Intermediate : public testing::TestWithParam<HostSimd> {};

INSTANTIATE_TEST_SUITE_P(Pe, Intermediate, testing::ValuesIn(available_host_simd()),
                         [](const auto& test) {
                           std::string name(to_string(test.param));
                           std::erase(name, '+');
                           return name;
                         });

void expect_exact(const TernaryRows& rows, int first_row, int last_row,
                  const std::vector<std::int8_t>& activations, int stride, int count,
                  HostSimd set) {
  const int out_stride = last_row - first_row + 3;
  constexpr std::int32_t kUntouched = 0x5eed;
  std::vector<std::int32_t> out(std::size_t(out_stride) * count, kUntouched);
  multiply_ternary(rows, first_row, last_row, {activations.data(), stride, count}, out.data(),
                   out_stride, set);
  for (int i = 0; i < count; ++i) {
    for (int r = 0; r < out_stride; ++r) {
      std::int32_t expected = kUntouched;
      if (first_row + r < last_row) {
        expected = 0;
        for (int c = 0; c < rows.channels(); ++c) {
          expected += int(rows.row(first_row + r)[c]) * int(activations[i * stride + c]);
        }
      }
      ASSERT_EQ(out[i * out_stride + r], expected)
          << rows.channels() << " channels, vector " << i << ", row " << first_row + r;
    }
  }
}

TEST_P(Intermediate, IsExactForRandomRowsAndVectors) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 300; ++trial) {
    const int channels = 1 + int(random() % (trial % 10 == 0 ? 5000 : 300));
    TernaryRows rows(channels);
    std::vector<std::int8_t> row(channels);
    const int num_rows = 1 + int(random() % 23);
    for (int r = 0; r < num_rows; ++r) {
      for (auto& value : row) value = std::int8_t(int(random() % 3) - 1);
      rows.add_row(row);
    }
    const int count = int(random() % 6);
    const int stride = rows.padded_channels() + int(random() % 7);
    std::vector<std::int8_t> activations(std::size_t(stride) * (count + 1));
    for (auto& value : activations) value = std::int8_t(random());
    const int first = int(random() % num_rows);
    expect_exact(rows, first, first + int(random() % (num_rows - first + 1)), activations, stride,
                 count, GetParam());
  }
}

TEST_P(Intermediate, IsExactAtTheExtremesOfInt8) {
  // 4096 channels of one sign is the worst a 16-bit partial sum can meet.
  for (const int channels : {1, 32, 33, 2048, 2080, 4096}) {
    TernaryRows rows(channels);
    for (const int sign : {-1, 0, 1}) {
      rows.add_row(std::vector<std::int8_t>(channels, std::int8_t(sign)));
    }
    for (const int value : {-128, -1, 0, 127}) {
      const std::vector<std::int8_t> activations(std::size_t(rows.padded_channels()) * 2,
                                                 std::int8_t(value));
      expect_exact(rows, 0, 3, activations, rows.padded_channels(), 2, GetParam());
    }
  }
}

TEST(TernaryRows, RejectCoefficientsThatAreNotTernary) {
  TernaryRows rows(2);
  EXPECT_THROW(rows.add_row(std::vector<std::int8_t>{1, 2}), InternalError);
  EXPECT_THROW(rows.add_row(std::vector<std::int8_t>{1}), InternalError);
}

}  // namespace
}  // namespace escalate
