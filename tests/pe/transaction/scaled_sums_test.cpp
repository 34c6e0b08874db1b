#include "pe/transaction/scaled_sums.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <vector>

namespace escalate {
namespace {

// The low 32 bits of sum + value * factor.
std::int32_t expected(std::int32_t sum, std::int32_t value, std::int32_t factor) {
  return std::int32_t(std::uint32_t(std::int64_t{sum} + std::int64_t{value} * factor));
}

TEST(ScaledSums, AddOneFactorTimesEachValueByEveryInstructionSet) {
  EXPECT_TRUE(rc::check(
      [](const std::vector<std::int32_t>& values, std::int32_t factor, std::int32_t before) {
        for (const HostSimd set : available_host_simd()) {
          std::vector<std::int32_t> sums(values.size() + 1, before);
          ScaledSums(set).add(sums.data(), values.data(), factor, values.size());
          for (std::size_t i = 0; i < values.size(); ++i) {
            RC_ASSERT(sums[i] == expected(before, values[i], factor));
          }
          RC_ASSERT(sums.back() == before);
        }
      }));
}

TEST(ScaledSums, AddToEachValueItsOwnFactorByEveryInstructionSet) {
  EXPECT_TRUE(rc::check([](const std::vector<std::int32_t>& values, std::int32_t before) {
    const auto factors = *rc::gen::container<std::vector<std::int8_t>>(
        values.size(), rc::gen::arbitrary<std::int8_t>());
    for (const HostSimd set : available_host_simd()) {
      std::vector<std::int32_t> sums(values.size() + 1, before);
      ScaledSums(set).add(sums.data(), values.data(), factors.data(), values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        RC_ASSERT(sums[i] == expected(before, values[i], factors[i]));
      }
      RC_ASSERT(sums.back() == before);
    }
  }));
}

}  // namespace
}  // namespace escalate
