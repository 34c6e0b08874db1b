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

TEST(MemoryBanks, AreNoMoreThanWordsWhereNoneKeepsUp) {
  EnergyTable table = builtin_energy_table(45);
  std::erase_if(table.entries, [](const TableEntry& entry) { return entry.name == "sram"; });
  for (const double depth : {1, 1 << 20}) {
    TableEntry sram;
    sram.name = "sram";
    sram.variant = "lstp";
    sram.attributes = {{"width", 64}, {"depth", depth}};
    sram.actions = {{"read", {1, ""}}, {"write", {1, ""}}};
    sram.area_um2 = sram.leakage_mw = sram.cycle_ns = {1e15, ""};
    table.entries.push_back(sram);
  }
  const CostModel slow({}, table);
  EXPECT_EQ(num_banks(memory_of(1 << 20), slow, 1e9), 1 << 17);
}

TEST(MemoryBanks, OfATinyMemoryAreOne) { EXPECT_EQ(num_banks(memory_of(64), costs(), 800e6), 1); }

TEST(MemoryBanks, ReachTheEdgeOverHalfASide) { EXPECT_DOUBLE_EQ(bank_wire_mm(4e6), 1); }

}  // namespace
}  // namespace escalate
