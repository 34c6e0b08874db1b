#include "compiler/least_mapping_cost.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "tests/compiler/drawn_layer.h"

namespace escalate {
namespace {

/// A mapping of the layer, whether it fits or not.
ConvMapping drawn_mapping(const MachineConfig& machine, const ConvLayer& layer,
                          const MappingRoom& room) {
  const auto divisor = [](int number) {
    std::vector<int> divisors;
    for (int i = 1; i <= number; ++i) {
      if (number % i == 0) divisors.push_back(i);
    }
    return *rc::gen::elementOf(divisors);
  };
  ConvMapping mapping;
  mapping.groups = std::min(divisor(machine.blocks), layer.out.h);
  mapping.blocks_per_group = std::max(1, machine.blocks / mapping.groups);
  mapping.per_block = *rc::gen::inRange(1, 10);
  mapping.per_slice = (mapping.per_block + machine.slices - 1) / machine.slices;
  mapping.rounds = split_by(layer.out.c, mapping.per_block * mapping.blocks_per_group);
  mapping.folds = split_evenly(layer.terms, *rc::gen::inRange(1, 4));
  mapping.channel_step = *rc::gen::inRange(1, layer.in.c + 1);
  mapping.column_tiles = split_by(layer.out.w, *rc::gen::inRange(1, layer.out.w + 1));
  mapping.row_tiles = split_evenly(layer.out.h, *rc::gen::inRange(1, layer.out.h + 1));
  mapping.bank_rows = *rc::gen::inRange(1, layer.out.h + 1);
  mapping.rounds_outside = *rc::gen::arbitrary<bool>();
  mapping.load_by_step = !room.input_resident && !room.whole_input && *rc::gen::arbitrary<bool>();
  return mapping;
}

void expect_no_more(const MappingCost& least, const MappingCost& cost) {
  constexpr double kRounding = 1 + 1e-9;
  RC_ASSERT(least.cycles <= cost.cycles * kRounding);
  RC_ASSERT(least.dram_bytes <= cost.dram_bytes * kRounding);
  RC_ASSERT(least.delivered_bytes <= cost.delivered_bytes * kRounding);
}

void expect_no_drawn_mapping_to_cost_less() {
  const DrawnLayer drawn(40);
  const MachineConfig machine = drawn_machine();
  const MappingRoom room = drawn_room(drawn.layer);
  const ConvMapping mapping = drawn_mapping(machine, drawn.layer, room);
  const MappingCost cost = mapping_cost(machine, drawn.layer, room, mapping);
  expect_no_more(least_mapping_cost(machine, drawn.layer, room, mapping), cost);
  expect_no_more(least_cost_in_parts(machine, drawn.layer, room, mapping), cost);
}

TEST(LeastMappingCost, IsNoMoreThanTheCost) {
  constexpr int kLayers = 200;  // one in thousands has units, strides and padding that tell
  EXPECT_TRUE(rc::check([] {
    for (int i = 0; i < kLayers; ++i) expect_no_drawn_mapping_to_cost_less();
  }));
}

}  // namespace
}  // namespace escalate
