#include "pe/cycle/block.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "interconnect/cycle/multicast.h"
#include "tests/pe/scenario_timelines.h"

namespace escalate {
namespace {

using scenario::Outcome;
using scenario::Scenario;
using scenario::Tile;

// Drives a clocked block behind a clocked network through a scenario whose passes begin as told.
class ClockedRun {
 public:
  ClockedRun(const Scenario& run, std::vector<Cycle> begins)
      : run_(run), begins_(std::move(begins)), network_(run.machine), block_(run.machine) {
    outcome_.banks.resize(run.tiles.size());
  }

  Outcome until(Cycle end) {
    while (block_.now() < end) tick();
    outcome_.complete = block_.completed();
    outcome_.states = block_.states();
    outcome_.counters = block_.counters();
    add_fields(outcome_.counters, network_.counters());
    outcome_.end = block_.now();
    RC_ASSERT(block_.is_idle());
    return outcome_;
  }

 private:
  void begin_passes() {
    while (pass_ < begins_.size() && begins_[pass_] <= block_.now() && next_ == entries_.size()) {
      RC_ASSERT(begins_[pass_] == block_.now());
      const ClockedPass pass = run_.clocked_pass(pass_);
      const Tile& tile = run_.tiles[run_.passes[pass_].tile];
      block_.coefficient_bank(pass.coefficient_bank) = run_.coefficient_bank(tile);
      block_.begin_pass(pass);
      entries_ = run_.entries(pass_);
      RC_ASSERT(int(entries_.size()) == pass.num_entries(run_.machine.ring.entry_channels));
      next_ = 0;
      ++pass_;
      send();
    }
  }

  void send() {
    while (next_ < entries_.size() && network_.is_free() &&
           block_.free_chunks() >= entries_[next_]->num_chunks()) {
      block_.reserve(entries_[next_]->num_chunks());
      const auto delivered = network_.start({entries_[next_], {0}});
      ++next_;
      if (delivered) {
        block_.write(delivered->entry, true);
        outcome_.visible.push_back(block_.now());
      }
    }
  }

  void tick() {
    send();
    begin_passes();
    const auto delivered = network_.tick();
    if (delivered) {
      block_.write(delivered->entry, false);
      outcome_.visible.push_back(block_.now() + 1);
    }
    block_.tick();
    for (std::size_t p = 0; p < block_.completed().size(); ++p) {
      if (block_.completed()[p] != block_.now() - 1) continue;
      const Tile& tile = run_.tiles[run_.passes[p].tile];
      outcome_.banks[run_.passes[p].tile] = block_.output_banks().bank(tile.output_bank);
    }
  }

  const Scenario& run_;
  std::vector<Cycle> begins_;
  MulticastClocked network_;
  BlockClocked block_;
  std::size_t pass_ = 0;
  std::vector<std::shared_ptr<const Entry>> entries_;
  std::size_t next_ = 0;
  Outcome outcome_;
};

void assert_equal_runs(bool direct) {
  const Scenario run = scenario::arbitrary_scenario(direct);
  const Outcome expected = scenario::run_timelines(run);
  const Outcome outcome = ClockedRun(run, expected.begins).until(expected.end);
  RC_ASSERT(outcome.visible == expected.visible);
  RC_ASSERT(outcome.complete == expected.complete);
  RC_ASSERT(outcome.states == expected.states);
  scenario::assert_equal_counters(outcome.counters, expected.counters);
  scenario::assert_values(run, outcome);
}

TEST(BlockClocked, EqualsTheTimelinesInEveryCycleStateCounterAndValue) {
  EXPECT_TRUE(rc::check("decomposed mode", [] { assert_equal_runs(false); }));
}

TEST(BlockClocked, EqualsTheTimelinesInEveryCycleStateCounterAndValueInDirectMode) {
  EXPECT_TRUE(rc::check("direct mode", [] { assert_equal_runs(true); }));
}

TEST(LongBlockClocked, EqualsTheTimelinesOverManyCases) {
  EXPECT_TRUE(rc::check("decomposed mode", [] { assert_equal_runs(false); }));
  EXPECT_TRUE(rc::check("direct mode", [] { assert_equal_runs(true); }));
}

}  // namespace
}  // namespace escalate
