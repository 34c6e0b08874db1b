// Runs at the ends of what a machine's real parameters may be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "common/config.h"
#include "compiler/compile.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

/// Cycles of a small layer; a failure unless all outputs are right.
std::int64_t cycles_with(const std::vector<std::string>& settings) {
  const auto machine = load_config<MachineConfig>("", settings);
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=16,K=16,R=3,H=8,density=0.2"), {}).network;
  SimulationOptions options;
  options.verify = Verify::kAll;
  const SimulationOutcome outcome =
      simulated(compile(network, machine), drawn_images(network, 1), options);
  EXPECT_EQ(outcome.verification.mismatches, 0) << testing::PrintToString(settings);
  EXPECT_GT(outcome.verification.checked_outputs, 0);
  return outcome.layers.at(0).cycles;
}

std::string setting(const std::string& key, double value) {
  return fmt::format("{}={}", key, value);
}

TEST(MachineLimits, AreThoseOfMachinesThatRun) {
  const MachineConfig machine;
  for_each_field(machine, [](const std::string& name, const FieldDoc& doc, const auto& member) {
    if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(member)>>) {
      for (const double end : {doc.min, doc.max}) {
        // A refresh as long as that leaves no room for another.
        std::vector<std::string> settings = {setting(name, end)};
        if (name == "dram.refresh_ns") settings.push_back("dram.refresh_interval_ns=0");
        EXPECT_GT(cycles_with(settings), 0) << settings[0];
      }
    }
  });
}

TEST(MachineLimits, MayAllBeReachedTogether) {
  // The slowest DRAM at the fastest clock, and the other way around.
  const std::int64_t slow = cycles_with(
      {"clock_mhz=10000", "dram.burst_ns=1e5", "dram.row_hit_ns=1e5", "dram.activate_ns=1e5",
       "dram.precharge_ns=1e5", "dram.refresh_interval_ns=100", "dram.refresh_ns=50"});
  const std::int64_t fast = cycles_with(
      {"clock_mhz=0.001", "dram.burst_ns=0.001", "dram.row_hit_ns=0", "dram.activate_ns=0",
       "dram.precharge_ns=0", "dram.refresh_interval_ns=1e9", "dram.refresh_ns=0"});
  EXPECT_GT(slow, 1'000'000);
  EXPECT_LT(fast, 10'000);
}

}  // namespace
}  // namespace escalate
