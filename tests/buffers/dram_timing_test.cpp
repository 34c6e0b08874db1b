#include "buffers/dram_timing.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "common/error.h"

namespace escalate {
namespace {

// One channel, two banks, rows of four 64-byte bursts; no refresh.
DramConfig small_dram(DramScheduler scheduler = DramScheduler::kFirstReady) {
  DramConfig config;
  config.scheduler = scheduler;
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

constexpr Picoseconds kEver = std::numeric_limits<Picoseconds>::max();
using Times = std::vector<Picoseconds>;

struct Asked {
  std::uint64_t address = 0;
  std::int64_t bytes = 64;
  Picoseconds arrival = 0;
  bool is_write = false;
};

/// When the requests, given in order of arrival, are through.
Times served(DramTiming& dram, const std::vector<Asked>& requests) {
  std::map<std::int64_t, std::size_t> waiting;
  Times done(requests.size(), -1);
  const auto advance = [&](Picoseconds now) {
    for (const DramTiming::Answer& answer : dram.advance(now)) {
      done[waiting.extract(answer.request).mapped()] = answer.done;
    }
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Asked& asked = requests[i];
    advance(asked.arrival);
    waiting[dram.arrive(asked.address, asked.bytes, asked.is_write, asked.arrival)] = i;
  }
  while (const auto next = dram.next_answer()) advance(*next);
  return done;
}
Times served(const DramConfig& config, const std::vector<Asked>& requests) {
  DramTiming dram(config);
  return served(dram, requests);
}
/// Of one request, before anything else arrives.
Picoseconds serve(DramTiming& dram, std::uint64_t address, std::int64_t bytes, bool is_write,
                  Picoseconds arrival) {
  return served(dram, {{address, bytes, arrival, is_write}})[0];
}

/// One channel or more, with refreshes and gaps between commands or without.
DramConfig drawn_dram() {
  DramConfig config = small_dram();
  config.channels = *rc::gen::inRange(1, 4);
  config.bank_groups = *rc::gen::inRange(1, 3);
  config.banks = config.bank_groups * *rc::gen::inRange(1, 4);
  config.interleaved_groups = *rc::gen::element(1, config.bank_groups);
  for (double* gap : {&config.write_latency_ns, &config.same_group_ns, &config.read_to_write_ns,
                      &config.write_to_read_ns, &config.write_to_read_same_group_ns,
                      &config.activate_to_activate_ns, &config.activate_to_activate_same_group_ns,
                      &config.four_activates_ns, &config.activate_to_precharge_ns,
                      &config.read_to_precharge_ns, &config.write_recovery_ns}) {
    *gap = *rc::gen::element(0, 0, 1, 9, 40, 90);
  }
  config.scheduler = *rc::gen::element(DramScheduler::kFirstReady, DramScheduler::kInOrder);
  config.window = *rc::gen::inRange(1, 12);
  config.refresh_interval_ns = *rc::gen::element(0, 500);
  config.refresh_ns = 70;
  return config;
}

std::vector<Asked> drawn_requests(int most_bytes) {
  std::vector<Asked> requests;
  Picoseconds arrival = 0;
  for (int i = *rc::gen::inRange(1, 30); i > 0; --i) {
    arrival += *rc::gen::element(0, 0, 1, 2'000, 20'000, 200'000);
    requests.push_back({std::uint64_t(*rc::gen::inRange(0, 5'000)),
                        *rc::gen::inRange(1, most_bytes), arrival, *rc::gen::arbitrary<bool>()});
  }
  return requests;
}

TEST(DramTiming, OpensARowAndThenStreamsAtTheSpeedOfTheBus) {
  DramTiming dram(small_dram());
  // Activate, column access, burst; three hits, a burst each; a hit on an idle bus.
  EXPECT_EQ(served(dram, {{0}, {64, 192}, {0, 64, 100'000}}), (Times{32'000, 38'000, 112'000}));
  EXPECT_EQ(dram.counters().row_hits, 4);
  EXPECT_EQ(dram.counters().activations, 1);
}

TEST(DramTiming, ClosesARowForAnotherOfTheSameBank) {
  DramTiming dram(small_dram());
  // Precharge, activate, access, burst.
  EXPECT_EQ(served(dram, {{0}, {512, 64, 100'000, true}})[1], 162'000);
  EXPECT_EQ(dram.counters().precharges, 1);
  EXPECT_EQ(dram.counters().write_bursts, 1);
}

TEST(DramTiming, OpensARowOfAnotherBankWhileTheBusIsBusy) {
  // Both rows are opened side by side.
  EXPECT_EQ(served(small_dram(), {{0}, {256}}), (Times{32'000, 34'000}));
}

TEST(DramTiming, CountsTheBurstsThatAnUnalignedRequestTouches) {
  DramTiming dram(small_dram());
  dram.arrive(60, 8, false, 0);
  EXPECT_EQ(dram.counters().read_bursts, 2);
}

TEST(DramTiming, ServesTheBurstsOfAnOpenRowFirst) {
  const std::vector<Asked> requests = {{0}, {512}, {64}};  // rows 0, 2 and 0 of bank 0
  // The second closes row 0 at 34: precharge, activate, access, burst.
  EXPECT_EQ(served(small_dram(), requests), (Times{32'000, 96'000, 34'000}));
  // In order both close a row, the second at 32, the third at 94.
  EXPECT_EQ(served(small_dram(DramScheduler::kInOrder), requests),
            (Times{32'000, 94'000, 156'000}));
}

TEST(DramTiming, ServesWhatIsReadyWhileARowIsOpened) {
  // Row 0 is open; at 100 its burst comes with an older one of row 1, in the other bank.
  const std::vector<Asked> requests = {{0}, {256, 64, 100'000}, {64, 64, 100'000}};
  EXPECT_EQ(served(small_dram(), requests), (Times{32'000, 132'000, 112'000}));
  EXPECT_EQ(served(small_dram(DramScheduler::kInOrder), requests),
            (Times{32'000, 132'000, 134'000}));
}

TEST(DramTiming, SeesTheBurstsOfItsWindowOnly) {
  // Row 2 of bank 0 is passed by as many bursts of row 0 as stand with it in the window.
  const std::vector<Asked> requests = {{0}, {512}, {64}, {128}, {192}, {0}};
  DramConfig config = small_dram();
  config.window = 3;
  // Two pass; then a row is closed at 36, and another one at 98.
  EXPECT_EQ(served(config, requests), (Times{32'000, 98'000, 34'000, 36'000, 160'000, 162'000}));
  config.window = 1;
  EXPECT_EQ(served(config, requests), (Times{32'000, 94'000, 156'000, 158'000, 160'000, 162'000}));
}

TEST(DramTiming, SeesABurstWhenItsWindowReachesIt) {
  // In a window of one, row 1 of the other bank is opened when the burst before it is on its way,
  // at 20.
  DramConfig config = small_dram();
  config.window = 1;
  EXPECT_EQ(served(config, {{0}, {256}}), (Times{32'000, 52'000}));
}

TEST(DramTiming, DoesNotStopTheOpeningOfARowForWhatComesLater) {
  // At 100 row 2 closes row 0, whose burst comes a picosecond later.
  EXPECT_EQ(served(small_dram(), {{0}, {512, 64, 100'000}, {64, 64, 100'001}}),
            (Times{32'000, 162'000, 224'000}));
  EXPECT_EQ(served(small_dram(), {{0}, {512, 64, 100'000}, {64, 64, 100'000}}),
            (Times{32'000, 174'000, 112'000}));
}

TEST(DramTiming, RefreshesOnScheduleAndClosesRows) {
  DramConfig config = small_dram();
  config.refresh_interval_ns = 1000;
  config.refresh_ns = 100;
  DramTiming dram(config);
  // Refresh until 1100, then a miss.
  EXPECT_EQ(served(dram, {{0}, {0, 64, 1'050'000}})[1], 1'132'000);
  EXPECT_EQ(dram.counters().refreshes, 1);
  EXPECT_EQ(dram.counters().activations, 2);
}

TEST(DramTiming, RefreshesOnceTheOldestBurstsHaveUsedTheRowsOpenedForThem) {
  DramConfig config = small_dram();
  config.refresh_interval_ns = 1000;
  config.refresh_ns = 100;
  DramTiming dram(config);
  // Two rows are opened at 990 and used at 1010 and 1012; then the bus is busy until 1024, and with
  // the refresh until 1124. The row that was open is opened again.
  EXPECT_EQ(served(dram, {{0, 64, 990'000}, {256, 64, 990'000}, {64, 64, 990'000}}),
            (Times{1'022'000, 1'024'000, 1'156'000}));
  EXPECT_EQ(dram.counters().refreshes, 1);
  EXPECT_EQ(dram.counters().activations, 3);
}

TEST(DramTiming, GetsOnWhereRowsTakeLongerThanTheTimeBetweenRefreshes) {
  for (const DramScheduler scheduler : {DramScheduler::kFirstReady, DramScheduler::kInOrder}) {
    DramConfig config = small_dram(scheduler);
    config.activate_ns = 1000;
    config.refresh_interval_ns = 100;
    config.refresh_ns = 50;
    const Times done = served(config, {{0}, {256}, {512}, {64}});
    EXPECT_GT(*std::min_element(done.begin(), done.end()), 0);
  }
}

// Bank k of group k mod 2.
DramConfig grouped_dram(int banks = 2) {
  DramConfig config = small_dram();
  config.banks = banks;
  config.bank_groups = 2;
  return config;
}

TEST(DramTiming, LetsColumnAccessesOfABankGroupWait) {
  DramConfig config = grouped_dram();
  config.same_group_ns = 5;
  EXPECT_EQ(served(config, {{0}, {64}}), (Times{32'000, 37'000}));
  EXPECT_EQ(served(config, {{0}, {256}}), (Times{32'000, 34'000}));
}

TEST(DramTiming, PutsConsecutiveBurstsIntoAsManyGroupsAsItInterleaves) {
  DramConfig config = grouped_dram();
  config.same_group_ns = 5;
  config.interleaved_groups = 2;
  DramTiming dram(config);
  EXPECT_EQ(served(dram, {{0}, {64}, {128}}), (Times{32'000, 34'000, 37'000}));
  EXPECT_EQ(dram.counters().activations, 2);
  // Eight bursts are a row of either bank; the next one is of another row.
  EXPECT_EQ(served(dram, {{512, 64, 100'000}})[0], 162'000);
}

TEST(DramTiming, TurnsItsBusFromReadsToWritesAndBack) {
  DramConfig config = grouped_dram();
  config.read_to_write_ns = 15;
  config.write_to_read_ns = 25;
  EXPECT_EQ(served(config, {{0}, {64, 64, 0, true}}), (Times{32'000, 47'000}));
  EXPECT_EQ(served(config, {{0, 64, 0, true}, {64}}), (Times{32'000, 57'000}));
  EXPECT_EQ(served(config, {{0, 64, 0, true}, {64, 64, 0, true}}), (Times{32'000, 34'000}));
  config.write_latency_ns = 4;
  EXPECT_EQ(served(config, {{0}, {64, 64, 0, true}}), (Times{32'000, 41'000}));
}

TEST(DramTiming, WaitsLongerAfterAWriteToTheSameGroup) {
  DramConfig config = grouped_dram();
  config.write_to_read_same_group_ns = 25;
  EXPECT_EQ(served(config, {{0, 64, 0, true}, {64}}), (Times{32'000, 57'000}));
  EXPECT_EQ(served(config, {{0, 64, 0, true}, {256}}), (Times{32'000, 34'000}));
}

TEST(DramTiming, KeepsActivationsApart) {
  DramConfig config = grouped_dram(4);
  config.activate_to_activate_ns = 7;
  EXPECT_EQ(served(config, {{0}, {256}}), (Times{32'000, 39'000}));
  config.activate_to_activate_ns = 0;
  config.activate_to_activate_same_group_ns = 9;
  EXPECT_EQ(served(config, {{0}, {256}, {512}}), (Times{32'000, 34'000, 41'000}));
}

TEST(DramTiming, HasFourActivationsAtMostInTheirTime) {
  DramConfig config = grouped_dram(8);
  config.four_activates_ns = 100;
  EXPECT_EQ(served(config, {{0}, {256}, {512}, {768}, {1024}}),
            (Times{32'000, 34'000, 36'000, 38'000, 132'000}));
}

TEST(DramTiming, CountsTheTimeOfAnActivationFromTheEndOfThePrecharge) {
  DramConfig config = grouped_dram(4);
  config.activate_to_activate_ns = 7;
  // Rows 4 and 5 close rows 0 and 1 at 100 and are activated at 130 and 137.
  EXPECT_EQ(served(config, {{0}, {256}, {1024, 64, 100'000}, {1280, 64, 100'000}}),
            (Times{32'000, 39'000, 162'000, 169'000}));
}

TEST(DramTiming, ClosesARowWhenItsLastAccessAndItsActivationAreLongEnoughAgo) {
  const std::vector<Asked> reads = {{0}, {512}};  // another row of the bank
  DramConfig config = small_dram();
  config.read_to_precharge_ns = 3;
  EXPECT_EQ(served(config, reads)[1], 85'000);  // closes at 23, not with its data at 32
  config.activate_to_precharge_ns = 40;
  EXPECT_EQ(served(config, reads)[1], 102'000);
  config.write_recovery_ns = 5;
  EXPECT_EQ(served(config, reads)[1], 102'000);
  config.activate_to_precharge_ns = 0;
  EXPECT_EQ(served(config, {{0, 64, 0, true}, {512}})[1], 99'000);  // closes at 32 + 5
}

TEST(DramTiming, CountsTheTimeInWhichRowsAreOpen) {
  DramConfig config = small_dram();
  DramTiming dram(config);
  served(dram, {{0}, {64, 64, 100'000}});
  EXPECT_EQ(dram.counters().open_ps, 112'000);  // from the opening to the last data
  config.refresh_interval_ns = 1000;
  config.refresh_ns = 100;
  DramTiming refreshed(config);
  served(refreshed, {{0}, {0, 64, 1'050'000}});
  EXPECT_EQ(refreshed.counters().open_ps, 1'000'000 + 32'000);
  config.channels = 2;
  DramTiming twice(config);
  served(twice, {{0, 128}});
  EXPECT_EQ(twice.counters().open_ps, 2 * 32'000);
}

TEST(DramTiming, HasRowsOpenNoLongerThanItRuns) {
  EXPECT_TRUE(rc::check([] {
    const DramConfig config = drawn_dram();
    DramTiming dram(config);
    const Times done = served(dram, drawn_requests(600));
    const Picoseconds end = *std::max_element(done.begin(), done.end());
    RC_ASSERT(dram.counters().open_ps <= end * config.channels);
    RC_ASSERT(dram.counters().open_ps >= 2'000 * dram.counters().activations);
  }));
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
    RefreshesOneByOne reference(config);
    std::vector<Asked> requests;
    Times expected;
    Picoseconds arrival = 0;
    for (std::uint64_t row = 0; row < 30; ++row) {
      arrival += *rc::gen::element(0, 1, 999, 40'000, 5'000'000);
      requests.push_back({row * 256, 64, arrival});
      expected.push_back(reference.serve(arrival));
    }
    DramTiming dram(config);
    RC_ASSERT(served(dram, requests) == expected);
    RC_ASSERT(dram.counters().refreshes == reference.refreshes);
  }));
}

TEST(DramTiming, DoesNotLingerOverTheRefreshesOfALongRest) {
  DramConfig config = small_dram();
  config.refresh_interval_ns = 100;
  config.refresh_ns = 50;
  DramTiming dram(config);
  serve(dram, 0, 64, false, 0);
  constexpr Picoseconds kTenDays = Picoseconds{864} * 1'000'000'000'000'000;
  EXPECT_GE(serve(dram, 0, 64, false, kTenDays), kTenDays);
  EXPECT_EQ(dram.counters().refreshes, kTenDays / 100'000);
}

TEST(DramTiming, RefusesRequestsOutOfOrder) {
  DramTiming dram(small_dram());
  dram.arrive(0, 64, false, 10);
  EXPECT_THROW(dram.arrive(0, 64, false, 9), InternalError);
  dram.advance(20);
  EXPECT_THROW(dram.arrive(0, 64, false, 19), InternalError);
  EXPECT_THROW(dram.restart(20), InternalError);
}

TEST(DramTiming, StartsEveryLayerAlike) {
  EXPECT_TRUE(rc::check("after a restart the answers are those of a fresh DRAM, later", [] {
    const DramConfig config = drawn_dram();
    DramTiming used(config), fresh(config);
    const Times before = served(used, drawn_requests(600));
    const Picoseconds begin =
        *std::max_element(before.begin(), before.end()) + *rc::gen::inRange(0, 100'000);
    used.restart(begin);
    std::vector<Asked> requests = drawn_requests(600);
    Times expected = served(fresh, requests);
    for (Asked& request : requests) request.arrival += begin;
    for (Picoseconds& time : expected) time += begin;
    RC_ASSERT(served(used, requests) == expected);
  }));
}

TEST(DramTiming, AnswersTheSameHoweverOftenItIsAsked) {
  EXPECT_TRUE(rc::check([] {
    const DramConfig config = drawn_dram();
    const std::vector<Asked> requests = drawn_requests(600);
    const Times expected = served(config, requests);
    DramTiming dram(config);
    Times done(requests.size(), -1);
    const auto advance = [&](Picoseconds now) {
      for (const DramTiming::Answer& answer : dram.advance(now)) {
        done[std::size_t(answer.request)] = answer.done;
      }
    };
    Picoseconds now = 0;
    for (const Asked& asked : requests) {
      for (; now < asked.arrival; now = std::min(asked.arrival, now + 1'000)) advance(now);
      advance(asked.arrival);
      dram.arrive(asked.address, asked.bytes, asked.is_write, asked.arrival);
    }
    advance(kEver);
    RC_ASSERT(!dram.next_answer());
    RC_ASSERT(done == expected);
  }));
}

TEST(DramTiming, NeverMovesMoreThanItsBusesCan) {
  EXPECT_TRUE(rc::check("bursts take their time on the bus", [] {
    const DramConfig config = drawn_dram();
    DramTiming dram(config);
    const Times done = served(dram, drawn_requests(600));
    const std::int64_t bursts = dram.counters().read_bursts + dram.counters().write_bursts;
    RC_ASSERT(bursts * 2'000 <= *std::max_element(done.begin(), done.end()) * config.channels);
    RC_ASSERT(dram.counters().row_hits + dram.counters().activations == bursts);
  }));
}

TEST(DramTiming, LetsNoBurstBePassedByMoreThanAWindow) {
  EXPECT_TRUE(rc::check([] {
    DramConfig config = drawn_dram();
    config.channels = config.interleaved_groups = 1;
    std::vector<Asked> requests = drawn_requests(2);
    for (Asked& request : requests) request.bytes = 1;
    const Times done = served(config, requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      int passed_by = 0;
      for (std::size_t k = i + 1; k < requests.size(); ++k) {
        passed_by += done[k] < done[i] ? 1 : 0;
        // Bursts of a row keep their order, so that bytes may move in that of arrival.
        if (requests[k].address / 256 == requests[i].address / 256) RC_ASSERT(done[k] > done[i]);
      }
      RC_ASSERT(passed_by < config.window);
      RC_ASSERT(config.scheduler == DramScheduler::kFirstReady || passed_by == 0);
    }
  }));
}

// Bursts in order, each from its row's opening to its end; every burst is seen at once.
class InOrder {
 public:
  explicit InOrder(int banks) : banks_(std::size_t(banks)) {}
  Picoseconds serve(const Asked& asked) {
    Bank& bank = banks_[asked.address / 256 % banks_.size()];
    Picoseconds column = asked.arrival;
    if (const auto row = std::int64_t(asked.address / 256); bank.row != row) {
      column = std::max(column, bank.through) + (bank.row < 0 ? 20'000 : 50'000);
      bank.row = row;
    }
    bus_free_ = bank.through = std::max(column + 10'000, bus_free_) + 2'000;
    return bus_free_;
  }

 private:
  struct Bank {
    std::int64_t row = -1;
    Picoseconds through = 0;
  };
  std::vector<Bank> banks_;
  Picoseconds bus_free_ = 0;
};

TEST(DramTiming, ServesInOrderAsAPlainSumDoes) {
  EXPECT_TRUE(rc::check([] {
    DramConfig config = small_dram(DramScheduler::kInOrder);
    config.banks = *rc::gen::inRange(1, 5);
    std::vector<Asked> requests = drawn_requests(2);
    InOrder plain(config.banks);
    Times expected;
    for (Asked& request : requests) {
      request.bytes = 1;
      expected.push_back(plain.serve(request));
    }
    RC_ASSERT(served(config, requests) == expected);
  }));
}

}  // namespace
}  // namespace escalate
