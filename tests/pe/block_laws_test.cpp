// Laws of a PE block behind its network that hold for every machine and every pass.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/pe/block_scenario.h"

namespace escalate {
namespace {

std::vector<int> no_delays(const Scenario& run) { return std::vector<int>(run.passes.size()); }

void assert_no_later(const std::vector<Cycle>& one, const std::vector<Cycle>& other) {
  RC_ASSERT(one.size() == other.size());
  for (std::size_t i = 0; i < one.size(); ++i) RC_ASSERT(one[i] <= other[i]);
}

int quotient_rounded_up(int dividend, int divisor) { return (dividend + divisor - 1) / divisor; }

// Busy cycles of a MAC unit with what an entry gives it, by sections 7 and 10.
std::int64_t mac_busy_cycles(const MachineConfig& machine, const reference::Element& element) {
  if (!element.direct) {
    if (!element.pushed) return 0;
    return machine.ideal.mac ? 1 : element.mac_cycles;
  }
  std::int64_t elements = 0;
  for (const int taken : element.taken) {
    elements += element.one_by_one ? quotient_rounded_up(taken, machine.mac.multipliers) : taken;
  }
  // A line end ends with an element, if need be one without activations.
  const bool ends_empty = element.line_end && (element.taken.empty() || element.taken.back() == 0);
  const int cycles = element.one_by_one || machine.ideal.mac
                         ? 1
                         : std::max(1, quotient_rounded_up(element.taps, machine.mac.multipliers));
  return elements * cycles + (ends_empty ? 1 : 0);
}

// Calls visit(pass, entry, element of an active row, number of the row).
template <class Visit>
void for_each_element(const Scenario& run, Visit&& visit) {
  for (const reference::Entry& entry : run.entries) {
    const BlockPass& pass = run.passes[entry.pass];
    for (int r = 0; r < run.machine.slices * run.machine.rows; ++r) {
      if (r % run.machine.rows < pass.active_rows[r / run.machine.rows]) {
        visit(pass, entry, entry.elements[r], r);
      }
    }
  }
}

TEST(BlockLaws, AFreeResourceMakesNothingSlower) {
  for (const auto flag : {&IdealConfig::input, &IdealConfig::ca, &IdealConfig::mac}) {
    EXPECT_TRUE(rc::check("with a free resource nothing is visible or complete later", [flag] {
      Scenario run = arbitrary_scenario();
      run.machine.ideal.*flag = false;
      const Outcome real = run_timelines(run, no_delays(run));
      run.machine.ideal.*flag = true;
      const Outcome ideal = run_timelines(run, no_delays(run));
      assert_no_later(ideal.visible, real.visible);
      assert_no_later(ideal.complete, real.complete);
    }));
  }
}

TEST(BlockLaws, DelaysMakeNothingEarlierAndChangeNoCount) {
  EXPECT_TRUE(rc::check("a slower network and later passes", [] {
    Scenario run = arbitrary_scenario();
    const Outcome prompt = run_timelines(run, no_delays(run));
    for (reference::Entry& entry : run.entries) entry.bytes += *rc::gen::inRange(0, 400);
    const Outcome delayed = run_timelines(
        run, *rc::gen::container<std::vector<int>>(run.passes.size(), rc::gen::inRange(0, 60)));
    assert_no_later(prompt.visible, delayed.visible);
    assert_no_later(prompt.complete, delayed.complete);
    RC_ASSERT(delayed.mac_busy_cycles == prompt.mac_busy_cycles);
    RC_ASSERT(delayed.merged_words == prompt.merged_words);
  }));
}

TEST(BlockLaws, OnlyDifferencesOfTimeMatter) {
  EXPECT_TRUE(rc::check("what begins later runs the same, later", [] {
    Scenario run = arbitrary_scenario();
    std::vector<int> delays = no_delays(run);
    const Outcome now = run_timelines(run, delays);
    const Cycle shift = delays[0] = *rc::gen::inRange(1, 1000);
    const Outcome later = run_timelines(run, delays);
    for (std::size_t i = 0; i < now.visible.size(); ++i) {
      RC_ASSERT(later.visible[i] == now.visible[i] + shift);
    }
    for (std::size_t i = 0; i < now.complete.size(); ++i) {
      RC_ASSERT(later.complete[i] == (now.complete[i] < 0 ? -1 : now.complete[i] + shift));
    }
    const RowStates& states = now.states;
    const int rows = run.machine.slices * run.machine.rows;
    RC_ASSERT(later.states.idle == states.idle + shift * rows);
    RC_ASSERT(later.states.total() - later.states.idle == states.total() - states.idle);
  }));
}

TEST(BlockLaws, MacUnitsAreBusyForTheirWorkAndMergesReadEveryOutput) {
  EXPECT_TRUE(rc::check("counts equal those of the elements given", [] {
    Scenario run = arbitrary_scenario();
    const Outcome outcome = run_timelines(run, no_delays(run));
    std::int64_t busy = 0;
    for_each_element(
        run, [&](const BlockPass&, const reference::Entry&, const reference::Element& element,
                 int) { busy += mac_busy_cycles(run.machine, element); });
    RC_ASSERT(outcome.mac_busy_cycles == busy);
    std::int64_t words = 0;
    for (const BlockPass& pass : run.passes) {
      if (!pass.fresh) continue;
      const WindowAxis& rows = pass.geometry.rows;
      const WindowAxis& columns = pass.geometry.columns;
      for (const int active : pass.active_rows) {
        words += std::int64_t{active} * (rows.out_end - rows.out_begin) *
                 (columns.out_end - columns.out_begin);
      }
    }
    RC_ASSERT(outcome.merged_words == words);
  }));
}

TEST(BlockLaws, NothingRunsFasterThanItsResources) {
  EXPECT_TRUE(rc::check("cycles are at least work divided by rate, for each resource", [] {
    Scenario run = arbitrary_scenario();
    const MachineConfig& machine = run.machine;
    const Outcome outcome = run_timelines(run, no_delays(run));
    std::vector<std::int64_t> mac(machine.slices * machine.rows), ca(mac.size());
    for_each_element(run, [&](const BlockPass& pass, const reference::Entry& entry,
                              const reference::Element& element, int r) {
      mac[r] += mac_busy_cycles(machine, element);
      const bool counts = pass.mode == PassMode::kDecomposed && !machine.ideal.ca;
      ca[r] += counts ? std::int64_t(element.step_ends.size()) : 1;
      RC_ASSERT(outcome.visible[std::size_t(&entry - run.entries.data())] >= pass.begin);
    });
    const Cycle last = outcome.end - 1;
    std::int64_t ca_sum = 0;
    for (std::size_t r = 0; r < mac.size(); ++r) {
      RC_ASSERT(last >= mac[r] && last >= ca[r]);
      ca_sum += ca[r];
    }
    RC_ASSERT(outcome.ca_busy_cycles >= ca_sum);
    RC_ASSERT(outcome.states.work >= std::max(outcome.ca_busy_cycles, outcome.mac_busy_cycles));
    RC_ASSERT(outcome.states.work <= outcome.ca_busy_cycles + outcome.mac_busy_cycles);
    for (std::size_t i = 0; i < run.entries.size() && !machine.ideal.input; ++i) {
      const Cycle cycles = quotient_rounded_up(run.entries[i].bytes, machine.network_bytes);
      const Cycle before = i == 0 ? 0 : outcome.visible[i - 1];
      RC_ASSERT(outcome.visible[i] >= before + cycles);
    }
  }));
}

}  // namespace
}  // namespace escalate
