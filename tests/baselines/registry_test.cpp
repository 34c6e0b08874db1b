#include "baselines/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "baselines/baselines_config.h"
#include "baselines/dcnn.h"
#include "baselines/iso.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

/// A machine that is ours by another name, as one of its own file would enter it.
Baseline machine(const std::string& name, int year) {
  return BaselineOf<DcnnConfig>(name, "A machine", year)
      .on_common_terms(
          [](DcnnConfig& config, const CommonTerms& terms) { config.clock_mhz = terms.clock_mhz; })
      .variant<Dcnn>(name)
      .variant<Dcnn>(name + "-opt", [](DcnnConfig& config) { config.optimized = true; })
      .take();
}

TEST(BaselineRegistry, HasTheMachinesOfThisFolderInTheOrderOfTheirPapers) {
  const BaselineRegistry registry = builtin_baselines();
  EXPECT_THAT(registry.machine_names(), IsSupersetOf({"eyeriss", "dcnn", "scnn", "sparten"}));
  EXPECT_TRUE(std::is_sorted(registry.machines().begin(), registry.machines().end(),
                             [](const Baseline& a, const Baseline& b) { return a.year < b.year; }));
  EXPECT_THAT(registry.default_names(), ElementsAre("eyeriss", "dcnn", "scnn", "sparten"));
  EXPECT_EQ(registry.model_name("dense"), "dcnn");
  EXPECT_EQ(registry.model_name("scnn"), "scnn");
  EXPECT_EQ(registry.machine_of("sparten-dense").title, "SparTen");
  EXPECT_USER_ERROR(registry.machine_of("spartan"), HasSubstr("did you mean 'sparten'"));
}

TEST(BaselineRegistry, TakesAnotherMachineEverywhere) {
  BaselineRegistry registry = builtin_baselines();
  registry.add(machine("another", 2018));
  const std::vector<std::string> names = registry.machine_names();
  const auto place = [&](const char* name) { return std::find(names.begin(), names.end(), name); };
  EXPECT_LT(place("scnn"), place("another"));
  EXPECT_LT(place("another"), place("sparten"));
  BaselinesConfig config = comparable_baselines({650, {}, 1 << 20, 1}, registry);
  ConfigView view;
  config.add_to(view, "baselines.");
  view.set("baselines.another.pe_rows=4");
  EXPECT_EQ(make_baseline("another", config)->multipliers(), 4 * 8 * 16);
  EXPECT_EQ(make_baseline("another", config)->clock_mhz(), 650);
  EXPECT_EQ(make_baseline("another-opt", config)->name(), "dcnn-opt");
  EXPECT_USER_ERROR(config.of_machine("another-opt"), HasSubstr("has the parameters of 'another'"));
  EXPECT_USER_ERROR(
      sized_like({960, 0, 0}, Iso::kMac, "another", config, CostModel(EnergyConfig{})),
      HasSubstr("another has one size"));
}

TEST(BaselineRegistry, RefusesNamesThatAreTaken) {
  BaselineRegistry registry = builtin_baselines();
  for (const char* name : {"scnn", "dense", "escalate", "sparten-dense"}) {
    EXPECT_USER_ERROR(registry.add(machine(name, 2018)), HasSubstr(name));
  }
}

TEST(BaselinesConfig, CopiesHaveParametersOfTheirOwn) {
  BaselinesConfig config;
  const BaselinesConfig copy = config;
  config.get<DcnnConfig>().pe_rows = 3;
  EXPECT_EQ(copy.get<DcnnConfig>().pe_rows, 8);
}

TEST(BaselinesConfig, NamesMachineAndKeyOfAnImpossibleValue) {
  BaselinesConfig config;
  config.get<DcnnConfig>().shared.dram.burst_ns = 0;
  EXPECT_USER_ERROR(config.validate(), HasSubstr("dcnn.dram.burst_ns"));
}

}  // namespace
}  // namespace escalate
