#include "buffers/dram_timing.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"

namespace escalate {
namespace {

// One channel, two banks, rows of four 64-byte bursts; no refresh.
DramConfig small_dram() {
  DramConfig config;
  config.channels = 1;
  config.banks = 2;
  config.row_bytes = 256;
  config.burst_ns = 2;
  config.row_hit_ns = 10;
  config.activate_ns = 20;
  config.precharge_ns = 30;
  config.refresh_interval_ns = 0;
  return config;
}

TEST(DramTiming, OpensARowAndThenStreamsAtTheSpeedOfTheBus) {
  DramTiming dram(small_dram());
  EXPECT_EQ(dram.serve(0, 64, false, 0), 32'000);    // activate, column access, burst
  EXPECT_EQ(dram.serve(64, 192, false, 0), 38'000);  // three hits, a burst each
  EXPECT_EQ(dram.counters().row_hits, 3);
  EXPECT_EQ(dram.serve(0, 64, false, 100'000), 112'000);  // a hit on an idle bus
}

TEST(DramTiming, ClosesARowForAnotherOfTheSameBank) {
  DramTiming dram(small_dram());
  dram.serve(0, 64, false, 0);
  EXPECT_EQ(dram.serve(512, 64, true, 100'000), 162'000);  // precharge, activate, access, burst
  EXPECT_EQ(dram.counters().precharges, 1);
  EXPECT_EQ(dram.counters().write_bursts, 1);
}

TEST(DramTiming, OpensARowOfAnotherBankWhileTheBusIsBusy) {
  DramTiming dram(small_dram());
  dram.serve(0, 64, false, 0);
  EXPECT_EQ(dram.serve(256, 64, false, 0), 34'000);  // both rows were opened side by side
}

TEST(DramTiming, CountsTheBurstsThatAnUnalignedRequestTouches) {
  DramTiming dram(small_dram());
  dram.serve(60, 8, false, 0);
  EXPECT_EQ(dram.counters().read_bursts, 2);
}

TEST(DramTiming, RefreshesOnScheduleAndClosesRows) {
  DramConfig config = small_dram();
  config.refresh_interval_ns = 1000;
  config.refresh_ns = 100;
  DramTiming dram(config);
  dram.serve(0, 64, false, 0);
  EXPECT_EQ(dram.serve(0, 64, false, 1'050'000), 1'132'000);  // refresh until 1100, then a miss
  EXPECT_EQ(dram.counters().refreshes, 1);
  EXPECT_EQ(dram.counters().activations, 2);
}

// Refreshes one at a time, of a channel of one bank whose bursts always open a row.
class RefreshesOneByOne {
 public:
  explicit RefreshesOneByOne(const DramConfig& config)
      : interval_(std::int64_t(config.refresh_interval_ns * 1000)),
        refresh_(std::int64_t(config.refresh_ns * 1000)),
        next_(interval_) {}

  Picoseconds serve(Picoseconds now) {
    while (std::max(now, bus_free_) >= next_) {
      bus_free_ = ready_ = std::max(next_, bus_free_) + refresh_;
      is_open_ = false;
      next_ += interval_;
      ++refreshes;
    }
    const Picoseconds column =
        std::max(now, ready_) + (is_open_ ? 30'000 : 0) + 20'000;  // precharge, activate
    is_open_ = true;
    bus_free_ = ready_ = std::max(column + 10'000, bus_free_) + 2'000;
    return bus_free_;
  }
  std::int64_t refreshes = 0;

 private:
  Picoseconds interval_, refresh_, next_, bus_free_ = 0, ready_ = 0;
  bool is_open_ = false;
};

TEST(DramTiming, CountsManyRefreshesAtOnceAsIfOneByOne) {
  EXPECT_TRUE(rc::check("idle, and behind its schedule", [] {
    DramConfig config = small_dram();
    config.banks = 1;
    config.refresh_interval_ns = *rc::gen::inRange(10, 200);
    config.refresh_ns = *rc::gen::inRange(0, int(config.refresh_interval_ns));
    DramTiming dram(config);
    RefreshesOneByOne reference(config);
    Picoseconds arrival = 0;
    for (std::uint64_t row = 0; row < 30; ++row) {
      arrival += *rc::gen::element(0, 1, 999, 40'000, 5'000'000);
      RC_ASSERT(dram.serve(row * 256, 64, false, arrival) == reference.serve(arrival));
      RC_ASSERT(dram.counters().refreshes == reference.refreshes);
    }
  }));
}

TEST(DramTiming, DoesNotLingerOverTheRefreshesOfALongRest) {
  DramConfig config = small_dram();
  config.refresh_interval_ns = 100;
  config.refresh_ns = 50;
  DramTiming dram(config);
  dram.serve(0, 64, false, 0);
  constexpr Picoseconds kTenDays = Picoseconds{864} * 1'000'000'000'000'000;
  EXPECT_GE(dram.serve(0, 64, false, kTenDays), kTenDays);
  EXPECT_EQ(dram.counters().refreshes, kTenDays / 100'000);
}

TEST(DramTiming, RefusesRequestsOutOfOrder) {
  DramTiming dram(small_dram());
  dram.serve(0, 64, false, 10);
  EXPECT_THROW(dram.serve(0, 64, false, 9), InternalError);
}

TEST(DramTiming, StartsEveryLayerAlike) {
  EXPECT_TRUE(rc::check("after a restart the answers are those of a fresh DRAM, later", [] {
    DramConfig config = small_dram();
    config.channels = *rc::gen::inRange(1, 4);
    config.refresh_interval_ns = 500;
    config.refresh_ns = 70;
    DramTiming used(config), fresh(config);
    const Picoseconds end = used.serve(*rc::gen::inRange(0, 5000), 400, false, 0);
    const Picoseconds begin = end + *rc::gen::inRange(0, 100'000);
    used.restart(begin);
    Picoseconds arrival = 0;
    for (int i = *rc::gen::inRange(1, 20); i > 0; --i) {
      arrival += *rc::gen::inRange(0, 200'000);
      const auto address = std::uint64_t(*rc::gen::inRange(0, 10'000));
      const auto bytes = *rc::gen::inRange(1, 600);
      RC_ASSERT(used.serve(address, bytes, false, begin + arrival) ==
                begin + fresh.serve(address, bytes, false, arrival));
    }
  }));
}

TEST(DramTiming, NeverMovesMoreThanItsBusesCan) {
  EXPECT_TRUE(rc::check("bursts take their time on the bus", [] {
    DramConfig config = small_dram();
    config.channels = *rc::gen::inRange(1, 4);
    DramTiming dram(config);
    Picoseconds arrival = 0, end = 0;
    for (int i = *rc::gen::inRange(1, 30); i > 0; --i) {
      arrival += *rc::gen::inRange(0, 20'000);
      end = std::max(end, dram.serve(std::uint64_t(*rc::gen::inRange(0, 10'000)),
                                     *rc::gen::inRange(1, 600), false, arrival));
    }
    RC_ASSERT(dram.counters().read_bursts * 2'000 <= end * config.channels);
    RC_ASSERT(dram.counters().row_hits + dram.counters().activations ==
              dram.counters().read_bursts);
  }));
}

}  // namespace
}  // namespace escalate
