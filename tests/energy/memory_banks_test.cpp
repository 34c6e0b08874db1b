#include "energy/memory_banks.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

const CostModel& costs() {
  static const CostModel kCosts{EnergyConfig{}};
  return kCosts;
}

BankedMemory memory_of(std::int64_t bytes) {
  BankedMemory memory;
  memory.width = memory.narrowest = 64;
  memory.words = bytes / 8;
  return memory;
}

TEST(MemoryBanks, KeepUpWithTheClockAndAreNoMoreThanThatNeeds) {
  const BankedMemory memory = memory_of(1 << 20);
  for (const double clock_hz : {200e6, 500e6, 800e6, 1e9}) {
    const std::int64_t banks = num_banks(memory, costs(), clock_hz);
    EXPECT_LE(costs().sram_cycle_ns(64, words_of_bank(memory, banks)), 1e9 / clock_hz);
    if (banks == 1) continue;
    EXPECT_GT(costs().sram_cycle_ns(64, words_of_bank(memory, banks / 2)), 1e9 / clock_hz);
  }
  EXPECT_GT(num_banks(memory, costs(), 800e6), num_banks(memory, costs(), 200e6));
}

TEST(MemoryBanks, HoldTheWholeMemory) {
  BankedMemory memory = memory_of(100 * 1024);
  memory.least_banks = 3;
  const std::int64_t banks = num_banks(memory, costs(), 100e6);
  EXPECT_EQ(banks, 4);
  EXPECT_GE(banks * words_of_bank(memory, banks), memory.words);
}

TEST(MemoryBanks, AreNeverTooSmallForAnSram) {
  BankedMemory memory = memory_of(2048);
  memory.least_banks = 1024;
  const std::int64_t banks = num_banks(memory, costs(), 10e9);
  EXPECT_TRUE(costs().covers_sram(64, words_of_bank(memory, banks)));
  EXPECT_FALSE(costs().covers_sram(64, words_of_bank(memory, 2 * banks)));
}

TEST(MemoryBanks, OfATinyMemoryAreOne) { EXPECT_EQ(num_banks(memory_of(64), costs(), 800e6), 1); }

TEST(MemoryBanks, ReachTheEdgeOverHalfASide) { EXPECT_DOUBLE_EQ(bank_wire_mm(4e6), 1); }

}  // namespace
}  // namespace escalate
