// The PE row of rtl/ beside its clocked core, clock edge by clock edge.
#include <Vpe_row_default.h>
#include <Vpe_row_odd.h>
#include <gtest/gtest.h>

#include "pe/row_clocked.h"
#include "tests/rtl/row_lockstep.h"

namespace escalate::rtl {
namespace {

template <class Unit>
void expect_runs_as_the_model(const MachineConfig& machine, const MacSizes& sizes) {
  ASSERT_EQ(machine.intermediate_bits(), sizes.value_bits);
  EXPECT_TRUE(rc::check([&] {
    const scenario::Scenario run = arbitrary_row_run(machine);
    const int row = uniform_in(0, machine.rows);
    RowLockstep<Unit>(run, sizes, row, arbitrary_random()).run();
  }));
}

TEST(PeRowRtl, EqualsTheModelAtEveryEdge) {
  MachineConfig machine;  // the defaults, but for one slice and few rows
  machine.slices = 1;
  machine.rows = 3;
  ASSERT_EQ(machine.ca.chunk, PE_ROW_DEFAULT_CHUNK);
  ASSERT_EQ(machine.ca.lanes, PE_ROW_DEFAULT_LANES);
  ASSERT_EQ(machine.ca.slot_queue_rows, PE_ROW_DEFAULT_SLOT_QUEUE_ROWS);
  ASSERT_EQ(machine.ca.element_queue, PE_ROW_DEFAULT_ELEMENT_QUEUE);
  ASSERT_EQ(machine.mac.multipliers, PE_ROW_DEFAULT_MULTIPLIERS);
  ASSERT_EQ(machine.ring.entry_channels, PE_ROW_DEFAULT_ENTRY_CHUNKS * PE_ROW_DEFAULT_CHUNK);
  ASSERT_EQ(rtl_pattern(machine.ca.pattern), PE_ROW_DEFAULT_PATTERN);
  expect_runs_as_the_model<Vpe_row_default>(
      machine, {machine.intermediate_bits(), PE_ROW_DEFAULT_MULTIPLIERS, PE_ROW_DEFAULT_KERNEL,
                PE_ROW_DEFAULT_LINE_BITS, PE_ROW_DEFAULT_COLUMN_BITS, PE_ROW_DEFAULT_NUMBER_BITS});
}

TEST(PeRowRtl, EqualsTheModelWhereNothingIsAPowerOfTwo) {
  MachineConfig machine;
  machine.slices = 1;
  machine.rows = 3;
  machine.ca.chunk = PE_ROW_ODD_CHUNK;
  machine.ca.lanes = PE_ROW_ODD_LANES;
  machine.ca.slot_queue_rows = PE_ROW_ODD_SLOT_QUEUE_ROWS;
  machine.ca.element_queue = PE_ROW_ODD_ELEMENT_QUEUE;
  machine.ca.pattern = "T<2,5>";
  machine.mac.multipliers = PE_ROW_ODD_MULTIPLIERS;
  machine.ring.entry_channels = PE_ROW_ODD_ENTRY_CHUNKS * PE_ROW_ODD_CHUNK;
  ASSERT_EQ(rtl_pattern(machine.ca.pattern), PE_ROW_ODD_PATTERN);
  expect_runs_as_the_model<Vpe_row_odd>(
      machine, {machine.intermediate_bits(), PE_ROW_ODD_MULTIPLIERS, PE_ROW_ODD_KERNEL,
                PE_ROW_ODD_LINE_BITS, PE_ROW_ODD_COLUMN_BITS, PE_ROW_ODD_NUMBER_BITS});
}

}  // namespace
}  // namespace escalate::rtl
