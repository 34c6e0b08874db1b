#include "baselines/iso.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "baselines/eyeriss.h"
#include "baselines/systolic.h"
#include "baselines/tensor_core.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

BaselinesConfig common_config() {
  CommonTerms terms;
  terms.clock_mhz = 800;
  terms.buffer_bytes = 1 << 20;
  return comparable_baselines(terms);
}

MachineSize sized(const MachineSize& target, Iso iso, const std::string& name) {
  const CostModel costs{EnergyConfig{}};
  return baseline_size(name, sized_like(target, iso, name, common_config(), costs), costs);
}

TEST(Iso, GivesEveryBaselineThoseMultipliers) {
  MachineSize target;
  for (const int multipliers : {480, 960, 2048}) {
    target.multipliers = multipliers;
    for (const std::string& name : baseline_names()) {
      const auto given = static_cast<double>(sized(target, Iso::kMac, name).multipliers);
      EXPECT_NEAR(given / multipliers, 1, 0.07) << name;
    }
  }
  target.multipliers = 960;
  for (const std::string& name : baseline_names()) {
    EXPECT_EQ(sized(target, Iso::kMac, name).multipliers, 960) << name;
  }
}

TEST(Iso, FillsAnAreaWithoutExceedingIt) {
  const CostModel costs{EnergyConfig{}};
  EXPECT_TRUE(rc::check("area", [&] {
    MachineSize target;
    target.area_mm2 = *rc::gen::inRange(8, 60);
    const std::string name = *rc::gen::elementOf(baseline_names());
    const BaselinesConfig config = sized_like(target, Iso::kArea, name, common_config(), costs);
    const MachineSize size = baseline_size(name, config, costs);
    RC_ASSERT(size.area_mm2 <= target.area_mm2);
    RC_ASSERT(size.area_mm2 >= 0.75 * target.area_mm2);
  }));
}

TEST(Iso, KeepsArraysInShapeAndWidensTheirPorts) {
  const CostModel costs{EnergyConfig{}};
  const MachineSize target{.area_mm2 = 20};
  const auto grown = [&](const std::string& name) {
    return sized_like(target, Iso::kArea, name, common_config(), costs);
  };
  const auto systolic = grown("systolic").get<SystolicConfig>();
  EXPECT_GT(systolic.rows, 64);
  EXPECT_NEAR(systolic.columns, systolic.rows, 2);
  const auto eyeriss = grown("eyeriss").get<EyerissConfig>();
  const auto small = common_config().get<EyerissConfig>();
  EXPECT_NEAR(eyeriss.columns, eyeriss.rows, 2);
  const double growth = double(eyeriss.rows) * eyeriss.columns / (small.rows * small.columns);
  EXPECT_GT(growth, 1.3);
  EXPECT_NEAR(eyeriss.filter_words, growth * small.filter_words, 1);
  const auto core = grown("tensor-core").get<TensorCoreConfig>();
  EXPECT_GT(core.subpartitions, 32);
  EXPECT_EQ(core.shared_memory_words * 4, core.subpartitions * 42);
}

TEST(Iso, GrowsAnArrayInTheShapeThatItsUserGaveIt) {
  BaselinesConfig config = common_config();
  config.get<SystolicConfig>().rows = 64;
  config.get<SystolicConfig>().columns = 16;
  MachineSize target;
  target.multipliers = 4096;
  const auto grown = sized_like(target, Iso::kMac, "systolic", config, CostModel{EnergyConfig{}})
                         .get<SystolicConfig>();
  EXPECT_EQ(grown.rows, 128);
  EXPECT_EQ(grown.columns, 32);
}

TEST(Iso, GivesEveryBaselineThatMemory) {
  const MachineSize target{.memory_bytes = 3e6};
  for (const std::string& name : baseline_names()) {
    EXPECT_NEAR(sized(target, Iso::kSram, name).memory_bytes, 3e6, 0.05e6) << name;
    EXPECT_EQ(sized(target, Iso::kSram, name).multipliers, 1024) << name;
  }
}

TEST(Iso, RefusesASizeThatABaselineCannotHave) {
  EXPECT_USER_ERROR(sized({.area_mm2 = 0.1}, Iso::kArea, "scnn"), testing::HasSubstr("scnn"));
  EXPECT_USER_ERROR(sized({.memory_bytes = 1e4}, Iso::kSram, "sparten"),
                    testing::HasSubstr("--iso"));
}

TEST(Iso, LeavesParametersAloneUnlessAsked) {
  const CostModel costs{EnergyConfig{}};
  const BaselinesConfig config = common_config();
  const BaselinesConfig same = sized_like({}, Iso::kNone, "scnn", config, costs);
  for (const std::string& name : config.registry().machine_names()) {
    EXPECT_EQ(same.of(name).to_json(), config.of(name).to_json()) << name;
  }
}

}  // namespace
}  // namespace escalate
