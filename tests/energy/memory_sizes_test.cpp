#include "energy/memory_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "energy/accelerator_energy.h"
#include "energy/machine_size.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const CostModel& costs() {
  static const CostModel kCosts{EnergyConfig{}};
  return kCosts;
}

TEST(MemorySizes, SumToTheMachinesMemory) {
  const MachineConfig machine;
  const MachineComponents components = accelerator_components(machine, costs());
  EXPECT_DOUBLE_EQ(memory_bytes(components).sum(),
                   machine_size(machine.multipliers(), components, costs()).memory_bytes);
  // A copy of the ring for each of the rows.
  const double rows = machine.blocks * machine.slices * machine.rows;
  EXPECT_DOUBLE_EQ(memory_bytes(components).value_of("ring_values"),
                   rows * machine.ring.chunks * machine.ca.chunk);
  EXPECT_THAT(memory_table(components, costs()).csv(), HasSubstr("ring_values"));
}

TEST(MemorySizes, NameTheParameterThatAMemoryFollows) {
  EXPECT_THAT(changed_memories(MachineConfig{}, costs()), IsEmpty());
  MachineConfig machine;
  machine.ca.chunk = 32;
  machine.clock_mhz = 400;
  const auto changed = changed_memories(machine, costs());
  bool has_ring = false;
  for (const ChangedMemory& memory : changed) {
    if (memory.name != "ring_values") continue;
    has_ring = true;
    EXPECT_DOUBLE_EQ(memory.bytes, memory.default_bytes / 2);
    EXPECT_THAT(memory.settings, ElementsAre("ca.chunk=32"));
  }
  EXPECT_TRUE(has_ring);
  EXPECT_THAT(changed_memories_text(changed), HasSubstr("ring_values: "));
  EXPECT_THAT(changed_memories_text(changed), HasSubstr(", by ca.chunk=32\n"));
}

}  // namespace
}  // namespace escalate
