#include "energy/accelerator_energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "machine/counters.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::Gt;

const EnergyModel& default_model() {
  static const EnergyModel kModel = accelerator_energy(MachineConfig{}, CostModel{EnergyConfig{}});
  return kModel;
}

/// Energy of one group for counters set by `change`, without leakage.
double energy_of(const std::string& group, const std::function<void(MachineCounters&)>& change,
                 const EnergyModel& model = default_model()) {
  MachineCounters counters;
  change(counters);
  return model.evaluate(named_counts(counters), 0).by_group().value_of(group);
}

double area_of(const std::string& group, const std::function<void(MachineConfig&)>& change) {
  MachineConfig machine;
  change(machine);
  machine.validate();
  return accelerator_energy(machine, CostModel{EnergyConfig{}}).area_mm2_by_group().value_of(group);
}

TEST(AcceleratorEnergy, OfOneMacIsItsMultiplicationAndItsTap) {
  // 16 x 8 bits: a third of the way from 64 to 1024 bit products, 0.2 to 3.1 pJ; 8 register bits of
  // 0.010359 pJ behind 6 stages of 49 registers' multiplexers of 0.00299979 pJ.
  const double multiply = 0.2 + (128 - 64) / 960.0 * 2.9;
  const double tap = 8 * (0.010359 + 6 * 0.00299979);
  EXPECT_NEAR(energy_of("multipliers", [](MachineCounters& c) { c.macs = 1'000'000; }) * 1e-6,
              multiply + tap, 1e-5);
}

TEST(AcceleratorEnergy, OfDramIsThatOfItsBits) {
  EXPECT_EQ(energy_of("dram", [](MachineCounters& c) { c.dram_read_bytes = 100; }), 100 * 8 * 8.0);
  EXPECT_EQ(energy_of("dram", [](MachineCounters& c) { c.dram_written_bytes = 64; }), 64 * 64.0);
}

TEST(AcceleratorEnergy, OfALineBufferUpdateIsReadAddWrite) {
  const ComponentCost& bank = default_model().cost("line_buffers");
  const double each = bank.action_pj.value_of("read") + bank.action_pj.value_of("write") + 0.1;
  EXPECT_NEAR(
      energy_of("line_buffers", [](MachineCounters& c) { c.line_buffer_updates = 1 << 20; }),
      each * (1 << 20), 0.01);
}

TEST(AcceleratorEnergy, OfASumInRegistersIsThatOfTheRegisterItsSelectorAndAnAddition) {
  MachineConfig machine;
  machine.mac.sum_registers = 9;  // two for each of five multipliers
  const EnergyModel model = accelerator_energy(machine, CostModel{EnergyConfig{}});
  constexpr double kRegister = 0.010359, kMux = 0.00299979, kAddition = 0.1;
  const auto energy = [&](std::int64_t MachineCounters::*counter) {
    const auto count = [&](MachineCounters& counters) { counters.*counter = 1 << 20; };
    return energy_of("line_buffers", count, model) / (1 << 20);
  };
  EXPECT_NEAR(energy(&MachineCounters::sum_register_updates), 32 * (kRegister + kMux) + kAddition,
              1e-4);
  EXPECT_NEAR(energy(&MachineCounters::sum_registers_read), 32 * 8 * kMux, 1e-4);
}

TEST(AcceleratorEnergy, MovesTheValueOfASlotOnlyWhereItMatches) {
  const auto slots = [](MachineCounters& c) { c.slots = 1 << 20; };
  const auto all_match = [](MachineCounters& c) { c.slots = c.ca_additions = 1 << 20; };
  // A slot's share of the 16 lanes' queue and of the 64 slots' rotator; 2 of its 10 bits are flags.
  const double queue = default_model().cost("slot_queues").action_pj.sum() / 16;
  const double rotator = default_model().cost("slot_rotators").action_pj.sum() / 64;
  EXPECT_NEAR(energy_of("dilution", slots), (queue + rotator) * 0.2 * (1 << 20), 1);
  EXPECT_NEAR(energy_of("dilution", all_match), (queue + rotator) * (1 << 20), 1);
}

TEST(AcceleratorEnergy, WritesEachCopyOfTheRing) {
  const double write = default_model().cost("ring_maps").action_pj.value_of("write");
  EXPECT_NEAR(energy_of("ring_buffers", [](MachineCounters& c) { c.ring_chunks_written = 1000; }),
              1000 * 24 * write, 0.01);
  const double read = default_model().cost("ring_maps").action_pj.value_of("read");
  EXPECT_NEAR(energy_of("ring_buffers", [](MachineCounters& c) { c.ring_chunks_read = 1000; }),
              1000 * read, 0.01);
}

TEST(AcceleratorEnergy, ReadsATableInOneLaneAndWritesItInAll) {
  const ComponentCost& tables = default_model().cost("post_tables");
  const auto lookups = [](MachineCounters& c) { c.table_lookups = 1000; };
  EXPECT_NEAR(energy_of("post_processing", lookups), 1000 * tables.action_pj.value_of("read"),
              0.01);
  const auto load = [](MachineCounters& c) { c.table_bytes_written = 256; };
  EXPECT_NEAR(energy_of("post_processing", load),
              256 * MachineConfig{}.post_lanes * tables.action_pj.value_of("write"), 0.01);
}

TEST(AcceleratorEnergy, MultipliesTwiceForAProductOfActivations) {
  const double multiply = default_model().cost("requantizers").action_pj.value_of("multiply");
  const double sum =
      energy_of("post_processing", [](MachineCounters& c) { c.residual_additions = 1000; });
  const double product =
      energy_of("post_processing", [](MachineCounters& c) { c.products_requantized = 1000; });
  EXPECT_NEAR(product - sum, 1000 * multiply, 0.01);
}

TEST(AcceleratorEnergy, UsesEveryCounterThatIsAnAction) {
  // The others are times, or repeat an action that another counter stands for.
  const std::set<std::string> kFree = {
      "coefficient_bytes_loaded",  // in dram_read_bytes, whose bursts they are part of
      "activation_bytes_loaded",
      "activation_bytes_stored",
      "dram_activations",  // charged where DRAM's energy is that of its commands
      "dram_open_ps",
      "entries_sent",  // in network_bytes
      "network_busy_cycles",
      "slot_rows",  // in slots
      "elements",   // in ca_additions and concentrator_steps
      "nonzero_elements",
      "ca_busy_cycles",
      "bypassed_elements",  // in line_buffer_updates
      "mac_busy_cycles",
      "post_busy_cycles",
      "passes",  // in instructions
  };
  std::set<std::string> used;
  MachineConfig machine;
  machine.mac.sum_registers = 9;
  const EnergyModel model = accelerator_energy(machine, CostModel{EnergyConfig{}});
  for (const ActionRule& rule : model.machine().rules) used.insert(rule.counter);
  for (const auto& [name, count] : named_counts(MachineCounters{})) {
    EXPECT_NE(used.count(name), kFree.count(name)) << name;
  }
}

TEST(AcceleratorEnergy, ChargesActivationsAndOpenRowsWhereDramIsChargedByItsCommands) {
  EnergyConfig config;
  config.dram_model = DramEnergy::kCommands;
  const EnergyModel model = accelerator_energy(MachineConfig{}, CostModel{config});
  std::set<std::string> used;
  for (const ActionRule& rule : model.machine().rules) used.insert(rule.counter);
  for (const ActionRule& rule : default_model().machine().rules) {
    EXPECT_TRUE(used.contains(rule.counter)) << rule.counter;
  }
  EXPECT_TRUE(used.contains("dram_activations"));
  EXPECT_TRUE(used.contains("dram_open_ps"));
  // 4 devices of LPDDR4 have rows of 8 KiB between them.
  EXPECT_NEAR(energy_of(
                  "dram", [](MachineCounters& c) { c.dram_activations = 1000; }, model),
              1000 * 4 * 1204.69, 0.1);
}

TEST(AcceleratorEnergy, ChargesEachActionOfAComponentOnceForACounter) {
  std::set<std::vector<std::string>> seen;
  for (const ActionRule& rule : default_model().machine().rules) {
    EXPECT_TRUE(seen.insert({rule.component, rule.action, rule.counter}).second)
        << rule.component << " " << rule.action << " " << rule.counter;
  }
}

TEST(AcceleratorEnergy, GrowsWithEveryCounter) {
  const NamedCounts zero = named_counts(MachineCounters{});
  for (const ActionRule& rule : default_model().machine().rules) {
    NamedCounts counters = zero;
    counters[rule.counter] = 1'000'000;
    EXPECT_THAT(default_model().evaluate(counters, 0).total_pj(), Gt(0)) << rule.counter;
  }
}

TEST(AcceleratorEnergy, AreaOfAUnitFollowsItsSize) {
  const auto as_it_is = [](MachineConfig&) {};
  const auto grows = [&](const std::string& group,
                         const std::function<void(MachineConfig&)>& change) {
    EXPECT_THAT(area_of(group, change), Gt(area_of(group, as_it_is))) << group;
  };
  grows("global_buffer", [](MachineConfig& m) { m.global_buffer_bytes *= 2; });
  grows("ring_buffers", [](MachineConfig& m) { m.ring.chunks *= 2; });
  grows("coefficient_buffers", [](MachineConfig& m) { m.coefficient_bank_bytes *= 2; });
  grows("dilution", [](MachineConfig& m) { m.ca.slot_queue_rows *= 2; });
  grows("concentration", [](MachineConfig& m) { m.ca.pattern = "L<3,6>"; });
  grows("multipliers", [](MachineConfig& m) { m.mac.multipliers *= 2; });
  grows("line_buffers", [](MachineConfig& m) { m.mac.line_buffer_words *= 2; });
  grows("line_buffers", [](MachineConfig& m) { m.mac.sum_registers = 9; });
  grows("output_banks", [](MachineConfig& m) { m.output_bank_words *= 2; });
  grows("post_processing", [](MachineConfig& m) { m.post_lanes *= 2; });
  grows("dma", [](MachineConfig& m) { m.dma.directory_entries *= 2; });
}

TEST(AcceleratorEnergy, RowsOfTwiceTheNumberTakeTwiceTheArea) {
  const auto twice = [](MachineConfig& machine) { machine.blocks *= 2; };
  for (const char* group : {"ring_buffers", "dilution", "concentration", "multipliers",
                            "line_buffers", "coefficient_buffers"}) {
    EXPECT_DOUBLE_EQ(area_of(group, twice), 2 * area_of(group, [](MachineConfig&) {})) << group;
  }
}

TEST(AcceleratorEnergy, WiderRingsAndMoreRowsMakeDearerWrites) {
  MachineConfig more_rows;
  more_rows.rows = 9;
  const EnergyModel model = accelerator_energy(more_rows, CostModel{EnergyConfig{}});
  const auto written = [](MachineCounters& c) { c.ring_values_written = 8000; };
  EXPECT_NEAR(energy_of("ring_buffers", written, model) / energy_of("ring_buffers", written), 1.5,
              1e-6);
}

TEST(AcceleratorEnergy, BanksOfTheGlobalBufferKeepUpWithTheClock) {
  const CostModel costs{EnergyConfig{}};
  for (const Component& component : default_model().machine().components) {
    if (component.name != "global_buffer") continue;
    const auto depth = static_cast<std::int64_t>(component.attributes.value_of("depth"));
    EXPECT_EQ(depth * 8 * component.count, 1 << 20);
    EXPECT_LE(costs.sram_cycle_ns(64, depth), 1e3 / MachineConfig{}.clock_mhz);
  }
}

TEST(AcceleratorEnergy, RefusesAClockThatNoBankKeepsUpWith) {
  const auto at = [](double clock_mhz, SramDevices devices) {
    MachineConfig machine;
    machine.clock_mhz = clock_mhz;
    EnergyConfig config;
    config.sram_devices = devices;
    return accelerator_energy(machine, CostModel(config)).area_mm2_by_group().sum();
  };
  EXPECT_USER_ERROR(at(10000, SramDevices::kLstp),
                    testing::AllOf(testing::HasSubstr("clock_mhz"), testing::HasSubstr("45 nm")));
  EXPECT_USER_ERROR(at(3000, SramDevices::kLstp), testing::HasSubstr("no bank"));
  EXPECT_GT(at(3000, SramDevices::kHp), 0);
  EXPECT_GT(at(1500, SramDevices::kLstp), 0);
}

TEST(AcceleratorEnergy, LeaksForTheWholePicosecondsOfACycle) {
  MachineConfig machine;
  machine.clock_mhz = 300;  // 3333 ps
  const EnergyModel model = accelerator_energy(machine, CostModel{EnergyConfig{}});
  EXPECT_DOUBLE_EQ(model.machine().clock_hz, 1e12 / 3333);
  EXPECT_NEAR(model.evaluate(named_counts(MachineCounters{}), 1'000'000).total_pj(),
              model.leakage_mw() * 3.333e6, 1);
}

TEST(AcceleratorEnergy, ShrinksWithTheNode) {
  double area = 1e9;
  double energy = 1e30;
  for (const int node : {65, 45, 32, 28, 22, 16, 7}) {
    EnergyConfig config;
    config.node_nm = node;
    const EnergyModel model = accelerator_energy(MachineConfig{}, CostModel(config));
    const auto work = [](MachineCounters& c) { c.macs = c.ca_additions = c.slots = 1000; };
    const double of_node = energy_of("multipliers", work, model) +
                           energy_of("concentration", work, model) +
                           energy_of("dilution", work, model);
    EXPECT_LT(model.area_mm2_by_group().sum(), area) << node;
    EXPECT_LT(of_node, energy) << node;
    area = model.area_mm2_by_group().sum();
    energy = of_node;
  }
}

TEST(AcceleratorEnergy, LeaksFarMoreWithHighPerformanceMemories) {
  EnergyConfig hp;
  hp.sram_devices = SramDevices::kHp;
  const EnergyModel model = accelerator_energy(MachineConfig{}, CostModel(hp));
  EXPECT_GT(model.leakage_mw(), 10 * default_model().leakage_mw());
}

TEST(AcceleratorEnergy, MoreMultipliersTakeALittleMoreAreaEach) {
  // Of a small machine and of the default one: line buffers are cut into one bank a multiplier.
  for (const int blocks : {4, 16}) {
    double last = 0;
    for (int multipliers = 1; multipliers <= 32; ++multipliers) {
      MachineConfig machine;
      machine.blocks = blocks;
      machine.mac.multipliers = multipliers;
      const double area =
          accelerator_energy(machine, CostModel{EnergyConfig{}}).area_mm2_by_group().sum();
      if (last > 0) {
        EXPECT_GT(area, 0.999 * last) << multipliers;
        EXPECT_LT(area, 1.03 * last) << multipliers;
      }
      last = area;
    }
  }
}

TEST(AcceleratorEnergy, TinyMachinesHaveAnArea) {
  MachineConfig machine;
  machine.blocks = machine.slices = machine.rows = 1;
  machine.ring.chunks = 4;
  machine.coefficient_bank_bytes = 256;
  machine.mac.line_buffer_words = 16;
  machine.output_bank_words = 64;
  machine.global_buffer_bytes = 4096;
  machine.validate();
  const EnergyModel model = accelerator_energy(machine, CostModel{EnergyConfig{}});
  EXPECT_GT(model.area_mm2_by_group().sum(), 0);
  EXPECT_LT(model.area_mm2_by_group().sum(), 2);
}

TEST(AcceleratorEnergy, OfTheSegmentDirectoryIsAnAccessASegment) {
  const ComponentCost& directory = default_model().cost("dma_directory");
  EXPECT_NEAR(energy_of("dma", [](MachineCounters& c) { c.segments_loaded = 1 << 20; }),
              directory.action_pj.value_of("read") * (1 << 20), 1);
  EXPECT_NEAR(energy_of("dma", [](MachineCounters& c) { c.segments_stored = 1 << 20; }),
              directory.action_pj.value_of("write") * (1 << 20), 1);
}

}  // namespace
}  // namespace escalate
