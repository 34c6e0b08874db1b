// Dilution, concentrator and CA unit of rtl/ beside the clocked cores, clock edge by clock edge.
#include <Vca_unit_default.h>
#include <Vca_unit_odd.h>
#include <Vconcentrator_default.h>
#include <Vconcentrator_none.h>
#include <Vconcentrator_t25.h>
#include <Vdilution_default.h>
#include <Vdilution_odd.h>
#include <Vdilution_small.h>
#include <gtest/gtest.h>

#include "pe/cycle/adder_tree.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/dilution.h"
#include "tests/rtl/lockstep.h"

namespace escalate::rtl {
namespace {

MachineConfig dilution_machine(int chunk, int lanes, int entry_chunks, int slot_queue_rows) {
  MachineConfig machine;
  machine.ca.chunk = chunk;
  machine.ca.lanes = lanes;
  machine.ca.slot_queue_rows = slot_queue_rows;
  machine.ring.entry_channels = entry_chunks * chunk;
  return machine;
}

// The rows that a dilution cycle has pushed onto the model's queue, which then had `kept` rows
// left.
template <class Unit>
void compare_rows(const Unit& unit, const MachineConfig& machine, const SlotQueue& queue, int kept,
                  std::int64_t cycle) {
  const int lanes = machine.ca.lanes;
  same("push_rows", cycle, unit.push_rows, queue.size() - kept);
  for (int i = 0; kept + i < queue.size(); ++i) {
    const SlotRow& row = queue.front(kept + i);
    same("push_active", cycle, bits(unit.push_active, lanes * i, lanes), row.matches);
    same("push_negative", cycle, bits(unit.push_negative, lanes * i, lanes), row.negative);
    const bool is_last = kept + i + 1 == queue.size();
    same("mark", cycle, is_last && unit.push_marked, row.marked);
    for (int slot = 0; slot < row.num_slots; ++slot) {
      same("push_values", cycle, signed_bits(unit.push_values, 8 * (lanes * i + slot), 8),
           row.values[slot]);
    }
  }
}

// Entries come late, slot rows are taken at random.
template <class Unit>
void expect_dilutes_as_the_model(const MachineConfig& machine) {
  EXPECT_TRUE(rc::check([&] {
    const EntryStream stream = arbitrary_stream(machine);
    const double readiness = uniform_in(5, 101) / 100.0;
    Random random = arbitrary_random();
    Unit unit;
    reset(unit);
    DilutionClocked model(machine);
    SlotQueue queue(machine.ca.slot_queue_rows);
    std::size_t next = 0;
    for (std::int64_t cycle = 0; next < stream.entries.size(); ++cycle) {
      const bool visible = stream.visible[next] <= cycle;
      const Entry* entry = visible ? &stream.entries[next] : nullptr;
      const CoefficientTile* coefficients = &stream.coefficients[next];
      unit.room = std::uint8_t(queue.depth() - queue.size());
      show_entry(unit, machine, entry, coefficients, 0);
      DilutionClocked::Result result;
      if (visible) result = model.tick({entry, coefficients, 0, {}}, queue);
      int popped = 0;
      while (popped < queue.size() && random.chance(readiness)) ++popped;
      queue.pop(popped);
      const int kept = queue.size() - popped;
      queue.clock();
      same("begins", cycle, unit.begins, result.began);
      same("entry_release", cycle, unit.entry_release, result.released);
      compare_rows(unit, machine, queue, kept, cycle);
      clock(unit);
      if (result.released) ++next;
      RC_ASSERT(cycle < 100000);
    }
  }));
}

TEST(DilutionRtl, EqualsTheModelAtEveryEdge) {
  expect_dilutes_as_the_model<Vdilution_default>(
      dilution_machine(DILUTION_DEFAULT_CHUNK, DILUTION_DEFAULT_LANES,
                       DILUTION_DEFAULT_ENTRY_CHUNKS, DILUTION_DEFAULT_SLOT_QUEUE_ROWS));
}

TEST(DilutionRtl, EqualsTheModelWithFewLanes) {
  expect_dilutes_as_the_model<Vdilution_small>(
      dilution_machine(DILUTION_SMALL_CHUNK, DILUTION_SMALL_LANES, DILUTION_SMALL_ENTRY_CHUNKS,
                       DILUTION_SMALL_SLOT_QUEUE_ROWS));
}

TEST(DilutionRtl, EqualsTheModelWhereNothingIsAPowerOfTwo) {
  expect_dilutes_as_the_model<Vdilution_odd>(
      dilution_machine(DILUTION_ODD_CHUNK, DILUTION_ODD_LANES, DILUTION_ODD_ENTRY_CHUNKS,
                       DILUTION_ODD_SLOT_QUEUE_ROWS));
}

// One step with a window of random rows, the model's in a queue of its own.
template <class Unit>
void expect_concentrates_as_the_model(int lanes, const char* pattern) {
  MachineConfig machine;
  machine.ca.lanes = lanes;
  machine.ca.pattern = pattern;
  const int full = 1 + machine.look_ahead();
  Unit unit;
  EXPECT_TRUE(rc::check([&] {
    Random random = arbitrary_random();
    const int window = uniform_in(1, full + 1);
    const double density = random.uniform();
    SlotQueue queue(full);
    std::vector<std::uint64_t> left(full);
    for (int row = 0; row < full; ++row) {
      SlotRow slots;
      slots.num_slots = lanes;
      slots.marked = row + 1 == window;
      for (int lane = 0; lane < lanes; ++lane) {
        slots.values[lane] = std::int8_t(random.between(-128, 127));
        slots.matches |= std::uint64_t(row < window && random.chance(density)) << lane;
        slots.negative |= std::uint64_t(random.chance(0.5)) << lane;
        set_bits(unit.values, 8 * (lanes * row + lane), 8, std::uint8_t(slots.values[lane]));
      }
      set_bits(unit.active, lanes * row, lanes, slots.matches);
      set_bits(unit.negative, lanes * row, lanes, slots.negative);
      left[row] = slots.matches;
      if (row < window) queue.push(slots);
    }
    unit.eval();
    queue.clock();
    ConcentratorClocked model(machine);
    RC_ASSERT(model.tick(queue, true).stepped);
    std::vector<std::int8_t> values(lanes);
    std::uint64_t negative = 0;
    for (const LanePick& pick : model.picks()) {
      left[pick.row] &= ~(std::uint64_t{1} << pick.slot_lane);
      values[pick.lane] = pick.value;
      negative |= std::uint64_t(pick.negative) << pick.lane;
    }
    for (int row = 0; row < full; ++row) {
      same("left", row, bits(unit.left, lanes * row, lanes), left[row]);
    }
    for (int lane = 0; lane < lanes; ++lane) {
      same("lane_values", lane, signed_bits(unit.lane_values, 8 * lane, 8), values[lane]);
    }
    same("lane_negative", 0, bits(unit.lane_negative, 0, lanes), negative);
  }));
}

TEST(ConcentratorRtl, TakesWhatTheModelTakes) {
  ASSERT_EQ(rtl_pattern("L<3,2>"), CONCENTRATOR_DEFAULT_PATTERN);
  expect_concentrates_as_the_model<Vconcentrator_default>(CONCENTRATOR_DEFAULT_LANES, "L<3,2>");
}

TEST(ConcentratorRtl, TakesWhatTheModelTakesWithLookAsideToBothSides) {
  ASSERT_EQ(rtl_pattern("T<2,5>"), CONCENTRATOR_T25_PATTERN);
  expect_concentrates_as_the_model<Vconcentrator_t25>(CONCENTRATOR_T25_LANES, "T<2,5>");
}

TEST(ConcentratorRtl, TakesOwnSlotsOnlyWithoutAPattern) {
  expect_concentrates_as_the_model<Vconcentrator_none>(CONCENTRATOR_NONE_LANES, "L<0,0>");
}

// The CA unit put together from clocked cores.
class CaUnitModel {
 public:
  explicit CaUnitModel(const MachineConfig& machine)
      : dilution_(machine),
        queue_(machine.ca.slot_queue_rows),
        concentrator_(machine),
        adder_tree_(machine) {}

  struct Outputs {
    bool released = false;
    bool pushes = false;
    bool blocked = false;
    bool holds = false;
    std::int32_t value = 0;
    ElementTag tag;
  };

  Outputs tick(const Entry* entry, const CoefficientTile& coefficients, bool element_ready) {
    Outputs outputs;
    const auto step = concentrator_.tick(queue_, element_ready);
    outputs.blocked = step.blocked;
    outputs.tag = step.tag;
    if (step.stepped) {
      outputs.value = adder_tree_.step(concentrator_.picks(), step.final_step);
      outputs.pushes = step.final_step && (outputs.value != 0 || step.tag.line_end);
    }
    if (entry != nullptr) {
      const auto diluted = dilution_.tick(
          {entry, &coefficients, 0, {nullptr, entry->h, 0, entry->line_end}}, queue_);
      outputs.released = diluted.released;
      held_ += diluted.began ? 1 : 0;
    }
    outputs.holds = held_ > 0;
    held_ -= step.final_step ? 1 : 0;
    queue_.clock();
    return outputs;
  }
  bool is_empty() const { return held_ == 0; }

 private:
  DilutionClocked dilution_;
  SlotQueue queue_;
  ConcentratorClocked concentrator_;
  AdderTreeClocked adder_tree_;
  int held_ = 0;
};

template <class Unit>
void expect_makes_the_elements_of_the_model(const MachineConfig& machine) {
  const int value_bits = machine.intermediate_bits();
  EXPECT_TRUE(rc::check([&] {
    const EntryStream stream = arbitrary_stream(machine);
    const double readiness = uniform_in(5, 101) / 100.0;
    Random random = arbitrary_random();
    Unit unit;
    reset(unit);
    CaUnitModel model(machine);
    std::size_t next = 0;
    for (std::int64_t cycle = 0; next < stream.entries.size() || !model.is_empty(); ++cycle) {
      const bool visible = next < stream.entries.size() && stream.visible[next] <= cycle;
      const std::size_t at = std::min(next, stream.entries.size() - 1);
      const Entry* entry = visible ? &stream.entries[at] : nullptr;
      const bool ready = random.chance(readiness);
      unit.element_ready = ready;
      unit.entry_line_end = stream.entries[at].line_end;
      unit.entry_tag = std::uint8_t(stream.entries[at].h);
      show_entry(unit, machine, entry, &stream.coefficients[at], 0);
      const CaUnitModel::Outputs model_says = model.tick(entry, stream.coefficients[at], ready);
      same("entry_release", cycle, unit.entry_release, model_says.released);
      same("blocked", cycle, unit.blocked, model_says.blocked);
      same("holds", cycle, unit.holds, model_says.holds);
      same("element_valid and ready", cycle, unit.element_valid && ready, model_says.pushes);
      if (model_says.pushes) {
        same("element_value", cycle, signed_bits(unit.element_value, 0, value_bits),
             model_says.value);
        same("element_line_end", cycle, unit.element_line_end, model_says.tag.line_end);
        same("element_tag", cycle, unit.element_tag, model_says.tag.h);
      }
      clock(unit);
      if (model_says.released) ++next;
      RC_ASSERT(cycle < 100000);
    }
  }));
}

TEST(CaUnitRtl, EqualsTheModelAtEveryEdge) {
  MachineConfig machine =
      dilution_machine(CA_UNIT_DEFAULT_CHUNK, CA_UNIT_DEFAULT_LANES, CA_UNIT_DEFAULT_ENTRY_CHUNKS,
                       CA_UNIT_DEFAULT_SLOT_QUEUE_ROWS);
  machine.ca.pattern = "L<3,2>";
  ASSERT_EQ(rtl_pattern(machine.ca.pattern), CA_UNIT_DEFAULT_PATTERN);
  expect_makes_the_elements_of_the_model<Vca_unit_default>(machine);
}

TEST(CaUnitRtl, EqualsTheModelWhereNothingIsAPowerOfTwo) {
  MachineConfig machine = dilution_machine(CA_UNIT_ODD_CHUNK, CA_UNIT_ODD_LANES,
                                           CA_UNIT_ODD_ENTRY_CHUNKS, CA_UNIT_ODD_SLOT_QUEUE_ROWS);
  machine.ca.pattern = "T<2,5>";
  ASSERT_EQ(rtl_pattern(machine.ca.pattern), CA_UNIT_ODD_PATTERN);
  expect_makes_the_elements_of_the_model<Vca_unit_odd>(machine);
}

}  // namespace
}  // namespace escalate::rtl
