// The modules of the cycle view around one PE block, against the timelines and dense arithmetic.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>

#include "common/error.h"
#include "interconnect/cycle/multicast_network.h"
#include "interconnect/simulation_context.h"
#include "pe/cycle/pe_block.h"
#include "tests/pe/scenario_timelines.h"

namespace escalate {
namespace {

using scenario::Outcome;
using scenario::Scenario;
using scenario::Tile;

// A block behind its network, whose passes begin in the cycles told.
class Bench : public sc_core::sc_module, public cycle::EntrySourceIf, public cycle::PassReportIf {
 public:
  Bench(const sc_core::sc_module_name& name, const Scenario& run, std::vector<Cycle> begins)
      : sc_module(name),
        run_(run),
        begins_(std::move(begins)),
        clock_("clock", kPeriod),
        network_("network", run.machine),
        block_("block", run.machine, 0) {
    outcome_.banks.resize(run.tiles.size());
    outcome_.complete.assign(run.passes.size(), -1);
    network_.clock(clock_);
    network_.source(*this);
    network_.blocks[0].bind(block_.entries);
    block_.clock(clock_);
    block_.report(*this);
    SC_HAS_PROCESS(Bench);
    SC_METHOD(begin_passes);
    sensitive << clock_.posedge_event();
    dont_initialize();
  }

  Outcome until(Cycle end) {
    sc_core::sc_start(double(end) * kPeriod);
    outcome_.states = block_.states();
    outcome_.counters = block_.counters();
    add_fields(outcome_.counters, network_.counters());
    outcome_.end = now();
    return outcome_;
  }

  const Delivery* next() override { return next_ < entries_.size() ? &delivery_ : nullptr; }
  void take() override {
    ++next_;
    if (next_ < entries_.size()) delivery_.entry = entries_[next_];
  }
  void all_sent() override { sending_ = false; }

  void pass_complete(int) override {
    const std::size_t pass = merging_.front();
    merging_.pop_front();
    outcome_.complete[pass] = now();
    const Tile& tile = run_.tiles[std::size_t(run_.passes[pass].tile)];
    outcome_.banks[std::size_t(run_.passes[pass].tile)] =
        block_.output_banks().bank(tile.output_bank);
  }

 private:
  static constexpr double kNanoseconds = 10;
  inline static const sc_core::sc_time kPeriod{kNanoseconds, sc_core::SC_NS};

  Cycle now() const { return Cycle(sc_core::sc_time_stamp() / kPeriod); }

  void begin_passes() {
    while (pass_ < begins_.size() && begins_[pass_] <= now()) {
      ensure(begins_[pass_] == now() && !sending_, "a pass begins when the one before is sent");
      const ClockedPass pass = run_.clocked_pass(pass_);
      const Tile& tile = run_.tiles[std::size_t(run_.passes[pass_].tile)];
      if (pass.fresh) {
        block_.coefficient_buffer().fill(pass.coefficient_bank, run_.coefficient_bank(tile));
      }
      block_.control->begin_pass(pass);
      if (pass.num_completed_rows() > 0) merging_.push_back(pass_);
      entries_ = run_.entries(pass_);
      delivery_ = {entries_.empty() ? nullptr : entries_.front(), {0}};
      next_ = 0;
      sending_ = true;
      ++pass_;
      network_.start();
    }
  }

  const Scenario& run_;
  std::vector<Cycle> begins_;
  sc_core::sc_clock clock_;
  cycle::MulticastNetwork network_;
  cycle::PeBlock block_;
  std::size_t pass_ = 0;
  std::vector<std::shared_ptr<const Entry>> entries_;
  std::size_t next_ = 0;
  Delivery delivery_;
  bool sending_ = false;
  std::deque<std::size_t> merging_;  // passes that merge something and are not complete
  Outcome outcome_;
};

// When passes whose last merges end in these cycles (-1: none) are complete.
std::vector<Cycle> in_order(std::vector<Cycle> last_merges) {
  Cycle latest = -1;
  for (Cycle& cycle : last_merges) {
    if (cycle >= 0) latest = cycle = std::max(latest, cycle);
  }
  return last_merges;
}

void assert_modules_equal_timelines(bool direct) {
  Scenario run = scenario::arbitrary_scenario(direct);
  run.machine.blocks = 1;
  const Outcome expected = scenario::run_timelines(run);
  const SimulationContext simulation;
  Bench bench("bench", run, expected.begins);
  const Outcome outcome = bench.until(expected.end);
  RC_ASSERT(outcome.complete == in_order(expected.complete));
  RC_ASSERT(outcome.states == expected.states);
  scenario::assert_equal_counters(outcome.counters, expected.counters);
  scenario::assert_values(run, outcome);
}

TEST(CyclePeBlock, EqualsTheTimelinesInEveryCycleStateCounterAndValue) {
  EXPECT_TRUE(rc::check("decomposed mode", [] { assert_modules_equal_timelines(false); }));
}

TEST(CyclePeBlock, EqualsTheTimelinesInEveryCycleStateCounterAndValueInDirectMode) {
  EXPECT_TRUE(rc::check("direct mode", [] { assert_modules_equal_timelines(true); }));
}

TEST(LongCyclePeBlock, EqualsTheTimelinesOverManyCases) {
  EXPECT_TRUE(rc::check("decomposed mode", [] { assert_modules_equal_timelines(false); }));
  EXPECT_TRUE(rc::check("direct mode", [] { assert_modules_equal_timelines(true); }));
}

}  // namespace
}  // namespace escalate
