#include "interconnect/transaction/bit_gather.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <random>

namespace escalate {
namespace {

// The definition, bit by bit.
std::uint64_t gather_reference(std::uint64_t data, std::uint64_t selected) {
  std::uint64_t packed = 0;
  int next = 0;
  for (int bit = 0; bit < 64; ++bit) {
    if ((selected >> bit & 1) == 0) continue;
    packed |= (data >> bit & 1) << next;
    ++next;
  }
  return packed;
}

TEST(BitGather, PacksTheSelectedBitsInOrder) {
  // Channels 1, 3, 4, 7 are non-zero; of them 3 and 7 carry a one.
  EXPECT_EQ(GatherControl(0b10011010).gather(0b10001001), 0b1010u);
  EXPECT_EQ(GatherControl(~0ull).gather(0x123456789abcdef0ull), 0x123456789abcdef0ull);
  EXPECT_EQ(GatherControl(0).gather(~0ull), 0u);
  EXPECT_EQ(GatherControl(1ull << 63).gather(~0ull), 1u);
}

TEST(BitGather, EqualsTheDefinitionForEveryWordOf16Bits) {
  // Linear in the data word, so a basis of the data words is exhaustive; a few dense words besides.
  for (std::uint64_t selected = 0; selected < (1u << 16); ++selected) {
    const GatherControl control(selected);
    for (int bit = 0; bit < 16; ++bit) {
      ASSERT_EQ(control.gather(1ull << bit), gather_reference(1ull << bit, selected));
    }
    for (const std::uint64_t data : {0xffffull, 0xa5c3ull, 0x5a3cull}) {
      const std::uint64_t expected = gather_reference(data, selected);
      ASSERT_EQ(control.gather(data), expected);
      for (const auto set : available_host_simd()) {
        ASSERT_EQ(gather_bits(data, selected, set), expected) << to_string(set);
      }
    }
  }
}

TEST(BitGather, IsLinearInTheDataWord) {
  EXPECT_TRUE(rc::check([](std::uint64_t a, std::uint64_t b, std::uint64_t selected) {
    const GatherControl control(selected);
    RC_ASSERT(control.gather(a ^ b) == (control.gather(a) ^ control.gather(b)));
  }));
}

TEST(BitGather, EqualsTheDefinitionForRandomWordsOf64Bits) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 20000; ++trial) {
    std::uint64_t selected = random();
    if (trial % 3 == 1) selected &= random() & random();  // sparse
    if (trial % 3 == 2) selected |= random() | random();  // dense
    const std::uint64_t data = random();
    const std::uint64_t expected = gather_reference(data, selected);
    ASSERT_EQ(GatherControl(selected).gather(data), expected);
    for (const auto set : available_host_simd()) {
      ASSERT_EQ(gather_bits(data, selected, set), expected) << to_string(set);
    }
  }
}

TEST(BitGather, KeepsAsManyOnesAsAreSelected) {
  EXPECT_TRUE(rc::check([](std::uint64_t data, std::uint64_t selected) {
    const std::uint64_t packed = gather_bits(data, selected);
    RC_ASSERT(std::popcount(packed) == std::popcount(data & selected));
    const int width = std::popcount(selected);
    RC_ASSERT(width == 64 || packed >> width == 0);
  }));
}

}  // namespace
}  // namespace escalate
