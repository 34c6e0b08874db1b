// The inverse butterfly of rtl/bit_gather.sv against the definition of a bit gather.
#include <Vbit_gather_128.h>
#include <Vbit_gather_16.h>
#include <Vbit_gather_32.h>
#include <Vbit_gather_64.h>
#include <Vbit_gather_8.h>
#include <gtest/gtest.h>

#include <array>
#include <bitset>
#include <random>

#include "tests/rtl/wide.h"

namespace escalate::rtl {
namespace {

/// The definition, bit by bit.
template <std::size_t N>
std::bitset<N> gather_reference(const std::bitset<N>& data, const std::bitset<N>& selected) {
  std::bitset<N> packed;
  std::size_t next = 0;
  for (std::size_t bit = 0; bit < N; ++bit) {
    if (!selected[bit]) continue;
    packed[next] = data[bit];
    ++next;
  }
  return packed;
}

template <std::size_t N, class Port>
void set_word(Port& port, int word, const std::bitset<N>& value) {
  for (std::size_t bit = 0; bit < N; ++bit) set_bits(port, int(word * N + bit), 1, value[bit]);
}

template <std::size_t N, class Port>
std::bitset<N> word_of(const Port& port, int word) {
  std::bitset<N> value;
  for (std::size_t bit = 0; bit < N; ++bit) value[bit] = bits(port, int(word * N + bit), 1) != 0;
  return value;
}

TEST(BitGatherRtl, EqualsTheDefinitionForEveryWordAndEveryMaskOf8Bits) {
  Vbit_gather_8 unit;
  for (unsigned selected = 0; selected < 256; ++selected) {
    for (unsigned data = 0; data < 256; ++data) {
      unit.selected = std::uint8_t(selected);
      unit.data = std::uint8_t(data);
      unit.eval();
      ASSERT_EQ(unit.packed_bits, gather_reference<8>(data, selected).to_ulong())
          << "selected " << selected << " data " << data;
    }
  }
}

TEST(BitGatherRtl, EqualsTheDefinitionForEveryMaskOf16Bits) {
  // What a switch does depends on the mask alone, so the network is linear in the data and its 16
  // unit words decide it; dense words besides, in case it were not.
  constexpr int kWords = BIT_GATHER_16_WORDS;
  static_assert(kWords == 20);
  Vbit_gather_16 unit;
  std::array<std::uint16_t, kWords> data{};
  for (int i = 0; i < 16; ++i) data[i] = std::uint16_t(1u << i);
  data[16] = 0xffff;
  data[17] = 0xa5c3;
  data[18] = 0x5a3c;
  data[19] = 0x1ee7;
  for (int i = 0; i < kWords; ++i) set_bits(unit.data, 16 * i, 16, data[i]);
  for (unsigned selected = 0; selected < (1u << 16); ++selected) {
    unit.selected = std::uint16_t(selected);
    unit.eval();
    ASSERT_EQ(unit.num_selected, std::bitset<16>(selected).count());
    for (int i = 0; i < kWords; ++i) {
      ASSERT_EQ(bits(unit.packed_bits, 16 * i, 16),
                gather_reference<16>(data[i], selected).to_ulong())
          << "selected " << selected << " data " << data[i];
    }
  }
}

/// Random masks, sparse and dense ones too, and random words.
template <std::size_t N, class Unit>
void expect_gathers_random_words(std::uint64_t seed) {
  Unit unit;
  std::mt19937_64 random(seed);
  const auto draw = [&](double density) {
    std::bernoulli_distribution one(density);
    std::bitset<N> word;
    for (std::size_t bit = 0; bit < N; ++bit) word[bit] = one(random);
    return word;
  };
  const std::array<double, 5> densities = {0.05, 0.4, 0.5, 0.95, 1.0};
  for (int trial = 0; trial < 20000; ++trial) {
    const std::bitset<N> selected = draw(densities[trial % densities.size()]);
    const std::array<std::bitset<N>, 2> data = {draw(0.5), draw(0.9)};
    set_word<N>(unit.selected, 0, selected);
    for (int word = 0; word < 2; ++word) set_word<N>(unit.data, word, data[word]);
    unit.eval();
    ASSERT_EQ(unit.num_selected, selected.count());
    for (int word = 0; word < 2; ++word) {
      ASSERT_EQ(word_of<N>(unit.packed_bits, word), gather_reference<N>(data[word], selected))
          << "trial " << trial << " selected " << selected << " data " << data[word];
    }
  }
}

TEST(BitGatherRtl, EqualsTheDefinitionForRandomWordsOf32Bits) {
  expect_gathers_random_words<32, Vbit_gather_32>(32);
}

TEST(BitGatherRtl, EqualsTheDefinitionForRandomWordsOf64Bits) {
  expect_gathers_random_words<64, Vbit_gather_64>(64);
}

TEST(BitGatherRtl, EqualsTheDefinitionForRandomWordsOf128Bits) {
  expect_gathers_random_words<128, Vbit_gather_128>(128);
}

}  // namespace
}  // namespace escalate::rtl
