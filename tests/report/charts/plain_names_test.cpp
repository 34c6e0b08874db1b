#include "report/charts/plain_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "baselines/baselines_config.h"
#include "baselines/registry.h"
#include "energy/accelerator_energy.h"

namespace escalate {
namespace {

/// What units of any built-in accelerator are summed under.
std::set<std::string> all_groups() {
  const CostModel costs{EnergyConfig{}};
  std::set<std::string> groups;
  const auto take = [&](const MachineComponents& machine) {
    for (const Component& component : machine.components) groups.insert(component.group);
  };
  take(accelerator_components(MachineConfig{}, costs));
  const BaselineRegistry registry = builtin_baselines();
  const BaselinesConfig config = comparable_baselines({800, {}, 1 << 20, 1}, registry);
  for (const std::string& name : registry.names()) {
    take(make_baseline(name, config)->components(costs));
  }
  return groups;
}

TEST(PlainNames, AreWords) {
  EXPECT_EQ(plain_name("wait_input"), "wait for input");
  EXPECT_EQ(plain_name("activation_rams"), "activation RAMs");
  EXPECT_EQ(plain_unit("energy [uJ]"), "energy [µJ]");
  EXPECT_EQ(plain_unit("area [mm2]"), "area [mm²]");
}

TEST(PlainNames, NoRoleIsOfUnitsThatNoAcceleratorHas) {
  const std::set<std::string> groups = all_groups();
  for (const auto& [group, role] : roles()) EXPECT_TRUE(groups.contains(group)) << group;
}

TEST(PlainNames, RolesKeepTheSum) {
  NamedValues<double> values;
  values["ring_buffers"] = 1;
  values["scratchpads"] = 2;
  values["multipliers"] = 4;
  const NamedValues<double> sums = by_role(values);
  EXPECT_EQ(*sums.find("local_memories"), 3);
  EXPECT_EQ(*sums.find("multipliers"), 4);
}

}  // namespace
}  // namespace escalate
