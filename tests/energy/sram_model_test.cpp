#include "energy/sram_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "energy/cost_model.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

SramModel model_of(int node_nm, const std::string& devices = "lstp") {
  return SramModel(builtin_energy_table(node_nm), devices);
}

TEST(SramModel, GivesComputedPointsAsTheyAre) {
  // Rows of energy/data/cacti_sram.csv: 45 nm, 350 K, 64 bits, 16 KiB.
  const SramNumbers lstp = model_of(45).at(64, 2048);
  EXPECT_NEAR(lstp.read_pj, 11.6097, 1e-4);
  EXPECT_NEAR(lstp.write_pj, 10.6968, 1e-4);
  EXPECT_NEAR(lstp.leakage_mw, 0.00301295, 1e-8);
  EXPECT_NEAR(lstp.area_um2, 50742, 1e-1);
  EXPECT_NEAR(lstp.cycle_ns, 1.1011, 1e-5);
  const SramNumbers hp = model_of(45, "hp").at(64, 2048);
  EXPECT_NEAR(hp.read_pj, 9.99426, 1e-4);
  EXPECT_NEAR(hp.leakage_mw, 17.0716, 1e-4);
}

TEST(SramModel, InterpolatesInLogarithmsBetweenSizes) {
  // Half way in log size between 16 KiB (11.6097) and 32 KiB (17.0418): the geometric mean.
  const double depth = 2048 * std::sqrt(2.0);
  EXPECT_NEAR(model_of(45).at(64, std::llround(depth)).read_pj, std::sqrt(11.6097 * 17.0418), 1e-2);
}

TEST(SramModel, StaysBetweenTheComputedPointsAroundIt) {
  const SramModel model = model_of(45);
  EXPECT_TRUE(rc::check("between its neighbours", [&] {
    const auto depth = *rc::gen::inRange<std::int64_t>(32, 131072);
    const auto low = std::int64_t{1} << static_cast<int>(std::log2(static_cast<double>(depth)));
    RC_PRE(depth > low);
    const SramNumbers a = model.at(64, low);
    const SramNumbers between = model.at(64, depth);
    const SramNumbers b = model.at(64, 2 * low);
    RC_ASSERT(between.read_pj > a.read_pj && between.read_pj < b.read_pj);
    RC_ASSERT(between.write_pj > a.write_pj && between.write_pj < b.write_pj);
    RC_ASSERT(between.area_um2 > a.area_um2 && between.area_um2 < b.area_um2);
    RC_ASSERT(between.leakage_mw > a.leakage_mw && between.leakage_mw < b.leakage_mw);
  }));
}

TEST(SramModel, LargerAndWiderTakesMore) {
  // CACTI's own points are not monotonic in energy below 32 bits (docs/energy.md).
  for (const int node : {65, 45, 32, 22}) {
    for (const char* devices : {"lstp", "hp"}) {
      const SramModel model = model_of(node, devices);
      for (const int width : {32, 64, 128, 256}) {
        for (std::int64_t bytes = 2048; bytes <= 1 << 19; bytes *= 2) {
          const SramNumbers here = model.at(width, bytes * 8 / width);
          const SramNumbers deeper = model.at(width, bytes * 16 / width);
          EXPECT_LT(here.read_pj, deeper.read_pj) << node << devices << width << " " << bytes;
          EXPECT_LT(here.write_pj, deeper.write_pj);
          EXPECT_LT(here.area_um2, deeper.area_um2);
          EXPECT_LT(here.leakage_mw, deeper.leakage_mw);
        }
      }
    }
  }
}

TEST(SramModel, MakesWideWordsOfPartsSideBySide) {
  const SramModel model = model_of(45);
  const SramNumbers part = model.at(256, 128);
  const SramNumbers wide = model.at(512, 128);
  EXPECT_EQ(wide.parts, 2);
  EXPECT_DOUBLE_EQ(wide.read_pj, 2 * part.read_pj);
  EXPECT_DOUBLE_EQ(wide.area_um2, 2 * part.area_um2);
  EXPECT_DOUBLE_EQ(wide.cycle_ns, part.cycle_ns);
}

TEST(SramModel, MakesMoreThanAMebibyteOfBanks) {
  const SramModel model = model_of(45);
  const SramNumbers bank = model.at(64, 98304);  // 768 KiB
  const SramNumbers large = model.at(64, 4 * 98304);
  EXPECT_EQ(large.banks, 4);
  EXPECT_DOUBLE_EQ(large.read_pj, bank.read_pj);
  EXPECT_DOUBLE_EQ(large.leakage_mw, 4 * bank.leakage_mw);
  EXPECT_DOUBLE_EQ(large.area_um2, 4 * bank.area_um2);
}

TEST(SramModel, RefusesWhatWasNotComputed) {
  const SramModel model = model_of(45);
  EXPECT_USER_ERROR(model.at(64, 31), AllOf(HasSubstr("31 words of 64 bits"),
                                            HasSubstr("outside the computed sizes")));
  EXPECT_USER_ERROR(model.at(4, 4096), HasSubstr("outside"));
  EXPECT_USER_ERROR(model.at(256, 16), HasSubstr("outside"));  // 512 bytes, but not that wide
  EXPECT_USER_ERROR(model.at(0, 16), HasSubstr("outside"));
  EXPECT_FALSE(model.covers(64, 0));
  EXPECT_TRUE(model.covers(64, 32));
  EXPECT_USER_ERROR(model_of(45, "sotb"), HasSubstr("no SRAM of variant 'sotb'"));
}

// Otherwise the parts of a wide word, or the banks of many words, would be more than can be
// counted.
TEST(SramModel, RefusesPointsThatAreNoMemory) {
  EnergyTable table = builtin_energy_table(45);
  for (const auto& [key, value] :
       {std::pair{"width", 0.5}, {"width", 2e6}, {"depth", 1e-300}, {"depth", 2e12}}) {
    for (TableEntry& entry : table.entries) {
      if (entry.name == "sram") entry.attributes = {{"width", 8}, {"depth", 8}};
      if (entry.name == "sram") entry.attributes[key] = value;
    }
    EXPECT_USER_ERROR(SramModel(table, "lstp"),
                      HasSubstr("expected a `width` of 1 to 1048576 and a `depth` of 1 to"));
  }
}

TEST(SramModel, LeaksFarMoreWithHighPerformanceDevices) {
  for (const int node : {65, 45, 32, 22}) {
    const double ratio =
        model_of(node, "hp").at(64, 4096).leakage_mw / model_of(node).at(64, 4096).leakage_mw;
    EXPECT_GT(ratio, 200) << node;
    EXPECT_LT(ratio, 10000) << node;
  }
}

TEST(SramModel, NamesTheSmallestComputedDepthThatHoldsTheWords) {
  const SramModel model = model_of(45);
  EXPECT_EQ(model.covering_depth(32, 57), 64);    // the smallest of 32 bits: 256 bytes
  EXPECT_EQ(model.covering_depth(32, 100), 100);  // between computed sizes
  EXPECT_EQ(model.covering_depth(256, 1), 32);    // wide words begin at 1 KiB
  EXPECT_EQ(model.covering_depth(4, 100), std::nullopt);
  EXPECT_EQ(model.covering_depth(32, 0), std::nullopt);
  for (const std::int64_t width : {8, 24, 33, 100, 300, 512}) {
    const auto depth = model.covering_depth(width, 3);
    ASSERT_TRUE(depth.has_value()) << width;
    EXPECT_TRUE(model.covers(width, *depth)) << width;
  }
}

}  // namespace
}  // namespace escalate
