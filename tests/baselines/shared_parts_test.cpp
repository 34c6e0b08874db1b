#include "baselines/shared_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "baselines/scnn.h"
#include "energy/energy_model.h"
#include "tests/baselines/naive_layer.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

constexpr double kClockMhz = 1000;  // a period of 1 ns

/// One channel that opens a row in 10 ns, reads from it in 20 and sends 64 bytes in 4; no refresh.
SharedParts simple_parts() {
  SharedParts parts;
  parts.dram.channels = 1;
  parts.dram.burst_ns = 4;
  parts.dram.activate_ns = 10;
  parts.dram.row_hit_ns = 20;
  parts.dram.precharge_ns = 0;
  parts.dram.refresh_interval_ns = 0;
  return parts;
}

TEST(SharedParts, AnswerInTheCyclesCountedByHand) {
  // 256 bytes are one request of four bursts: 10 + 20 + 4 x 4 ns, seen a cycle later.
  const DramRun one = run_dram(simple_parts(), kClockMhz, 256, 0);
  EXPECT_EQ(one.first_cycles, 47);
  EXPECT_EQ(one.cycles, 47);
  EXPECT_EQ(one.counters.row_hits, 3);
  // The next request follows on the bus.
  const DramRun two = run_dram(simple_parts(), kClockMhz, 512, 0);
  EXPECT_EQ(two.first_cycles, 47);
  EXPECT_EQ(two.cycles, 47 + 16);
  EXPECT_EQ(two.counters.activations, 1);
}

TEST(SharedParts, WaitForAnswersWithOneRequestInFlight) {
  SharedParts parts = simple_parts();
  parts.dma.outstanding = 1;
  // The row is open: 20 + 16 ns and a cycle.
  EXPECT_EQ(run_dram(parts, kClockMhz, 512, 0).cycles, 47 + 37);
}

TEST(SharedParts, DoNothingWithoutBytes) {
  const DramRun run = run_dram(simple_parts(), kClockMhz, 0, 0);
  EXPECT_EQ(run.cycles, 0);
  EXPECT_EQ(run.counters, DramCounters{});
}

TEST(SharedParts, AreNeverFasterThanTheBusAndNearlyAsFastOnLongStreams) {
  EXPECT_TRUE(rc::check("bus", [] {
    const SharedParts parts;
    const std::int64_t read = *rc::gen::inRange(0, 1 << 20);
    const std::int64_t written = *rc::gen::inRange(0, 1 << 20);
    const DramRun run = run_dram(parts, kClockMhz, read, written);
    const std::int64_t bursts = run.counters.read_bursts + run.counters.write_bursts;
    RC_ASSERT(bursts * parts.dram.burst_bytes >= read + written);
    const double bus_ns = double(bursts) * parts.dram.burst_ns / parts.dram.channels;
    RC_ASSERT(double(run.cycles) + 1 >= bus_ns);
    RC_ASSERT(double(run.cycles) <= 200 + 1.2 * bus_ns);
    RC_ASSERT(run.first_cycles <= run.cycles);
  }));
}

TEST(SharedParts, ChargeDramByTheCommandsOfAStream) {
  SharedParts parts;
  parts.dram.refresh_interval_ns = 0;
  const DramRun run = run_dram(parts, kClockMhz, 65536, 0);
  EXPECT_EQ(run.counters.activations, 8);  // four rows of two channels
  EnergyConfig config;
  config.dram_type = DramType::kDdr4;
  config.dram_model = DramEnergy::kCommands;
  const CostModel costs(config);
  const EnergyModel model(costs, shared_components(costs, kClockMhz, parts).take());
  const NamedCounts counters = {{"dram_read_bytes", 65536},
                                {"dram_written_bytes", 0},
                                {"dram_activations", run.counters.activations},
                                {"dram_open_ps", run.counters.open_ps}};
  // Eight devices a channel: activations, reads and pins, standby, open rows.
  EXPECT_NEAR(model.evaluate(counters, run.cycles).by_group().value_of("dram"),
              8 * 8 * 529.2 + 65536 * 8 * (5.4375 + 3.42988) + 2 * 8 * 44.4 * double(run.cycles) +
                  8 * 18e-3 * double(run.counters.open_ps),
              10);
}

TEST(SharedParts, ChargePostProcessingByItsLanes) {
  ScnnConfig config;
  config.shared.post_lanes = 1;
  const LayerWorkload layer = drawn_layer({2, 16, 16}, 8, 1, Window{}, 1, 1, 1, 1);
  const BaselineRun run = Scnn(config).run(layer);
  EXPECT_EQ(run.post_cycles, 8 * 16 * 16);
  EXPECT_EQ(run.bound_by(), "post");
  EXPECT_GT(run.cycles, run.post_cycles);
  config.shared.post_lanes = 0;
  EXPECT_LT(Scnn(config).run(layer).cycles, run.post_cycles);
}

TEST(SharedParts, RefuseADramWithoutBandwidth) {
  SharedParts parts;
  parts.dram.burst_ns = 0;
  EXPECT_USER_ERROR(parts.validate(), testing::HasSubstr("burst_ns"));
}

}  // namespace
}  // namespace escalate
