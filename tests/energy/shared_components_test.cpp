#include "energy/shared_components.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

#include "common/atomic_file.h"
#include "common/config.h"
#include "energy/component_list.h"
#include "energy/energy_model.h"
#include "energy/run_config.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::HasSubstr;

constexpr double kClockHz = 1e9;  // a cycle is a nanosecond

EnergyConfig by_commands(DramType type = DramType::kDdr4) {
  EnergyConfig config;
  config.dram_type = type;
  config.dram_model = DramEnergy::kCommands;
  return config;
}

EnergyModel model_of(const DramConfig& dram, const EnergyConfig& config,
                     const std::optional<EnergyTable>& table = std::nullopt) {
  const CostModel costs(config, table);
  ComponentList list(costs, kClockHz);
  list.add(dram_components(dram, DmaConfig{}, kClockHz, costs));
  return EnergyModel(costs, list.take());
}

NamedCounts counts(std::int64_t read_bytes, std::int64_t written_bytes, std::int64_t activations,
                   std::int64_t open_ps) {
  return {{"dram_read_bytes", read_bytes},
          {"dram_written_bytes", written_bytes},
          {"dram_activations", activations},
          {"dram_open_ps", open_ps}};
}

/// pJ of the lines of one action of a component.
double of_action(const EnergyReport& report, const std::string& component,
                 const std::string& action) {
  double sum = 0;
  for (const EnergyEntry& line : report.entries) {
    if (line.group == "dram" && line.component == component && line.action == action) {
      sum += line.pj;
    }
  }
  return sum;
}

TEST(DramByCommands, IsTheSumOfItsCommandsCountedByHand) {
  // Two channels of eight devices each, and rows of a kilobyte in each device.
  const EnergyReport report =
      model_of(DramConfig{}, by_commands()).evaluate(counts(6400, 640, 3, 500'000), 1000);
  const double devices = 2 * 8;
  EXPECT_NEAR(of_action(report, "dram", "activate"), 3 * 8 * 529.2, 0.1);
  EXPECT_NEAR(of_action(report, "dram", "read"), 51'200 * 5.4375, 0.1);
  EXPECT_NEAR(of_action(report, "dram", "write"), 5'120 * 4.59375, 0.1);
  EXPECT_NEAR(of_action(report, "dram", "refresh"), devices * 83825.3 * 1000 / 7800, 1);
  EXPECT_NEAR(of_action(report, "dram", "standby"), devices * 44.4 * 1000, 0.1);
  EXPECT_NEAR(of_action(report, "dram", "open"), 8 * 18.0 * 500, 0.1);
  EXPECT_NEAR(of_action(report, "dram_interface", "read"), 51'200 * 3.42988, 0.1);
  EXPECT_NEAR(of_action(report, "dram_interface", "write"), 5'120 * 3.42988, 0.1);
}

DramType drawn_type() {
  return *rc::gen::element(DramType::kDdr4, DramType::kLpddr4, DramType::kLpddr5, DramType::kHbm2);
}

TEST(DramByCommands, PartsSumToTheTotal) {
  EXPECT_TRUE(rc::check([] {
    const auto many = [] { return std::int64_t{*rc::gen::inRange(0, 1'000'000)}; };
    const EnergyReport report = model_of(DramConfig{}, by_commands(drawn_type()))
                                    .evaluate(counts(many(), many(), many(), many()), many());
    double parts = 0;
    for (const char* action : {"activate", "read", "write", "refresh", "standby", "open"}) {
      parts += of_action(report, "dram", action) + of_action(report, "dram_interface", action);
    }
    RC_ASSERT(parts == report.by_group().value_of("dram"));
  }));
}

TEST(DramByCommands, NeverCostsLessForMoreOfACommandOrMoreTime) {
  EXPECT_TRUE(rc::check([] {
    const EnergyModel model = model_of(DramConfig{}, by_commands(drawn_type()));
    NamedCounts counters = counts(1000, 1000, 1000, 1000);
    std::int64_t cycles = 1000;
    const double before = model.evaluate(counters, cycles).by_group().value_of("dram");
    const std::string counter = *rc::gen::element<std::string>(
        "dram_read_bytes", "dram_written_bytes", "dram_activations", "dram_open_ps", "cycles");
    (counter == "cycles" ? cycles : counters[counter]) += *rc::gen::inRange(1000, 100'000);
    RC_ASSERT(model.evaluate(counters, cycles).by_group().value_of("dram") > before);
  }));
}

TEST(DramByCommands, RefreshesInProportionToTime) {
  const EnergyModel model = model_of(DramConfig{}, by_commands());
  const auto refresh = [&](std::int64_t cycles) {
    return of_action(model.evaluate(counts(0, 0, 0, 0), cycles), "dram", "refresh");
  };
  EXPECT_NEAR(refresh(78'000'000) / refresh(7'800), 10'000, 1e-3);
  DramConfig twice_as_often;
  twice_as_often.refresh_interval_ns /= 2;
  EXPECT_NEAR(of_action(model_of(twice_as_often, by_commands()).evaluate(counts(0, 0, 0, 0), 7'800),
                        "dram", "refresh"),
              2 * refresh(7'800), 0.01);
}

TEST(DramByCommands, TakesAsManyDevicesAsReachTheBandwidthOfAChannel) {
  DramConfig dram;
  dram.channels = 1;
  const auto standby = [&](double burst_ns) {
    dram.burst_ns = burst_ns;
    return of_action(model_of(dram, by_commands()).evaluate(counts(0, 0, 0, 0), 1000), "dram",
                     "standby");
  };
  EXPECT_EQ(standby(64 / 3.2), 44'400);  // one device's 3.2 GB/s
  EXPECT_EQ(standby(64 / 3.3), 2 * 44'400);
  EXPECT_EQ(standby(1000), 44'400);
}

TEST(DramByCommands, HasNoClockNetworkAndNoArea) {
  const EnergyModel model = model_of(DramConfig{}, by_commands());
  const EnergyReport report = model.evaluate(counts(64, 64, 64, 64), 64);
  for (const EnergyEntry& line : report.entries) {
    EXPECT_FALSE(line.group == kClockTree && line.component.starts_with("dram")) << line.component;
  }
  EXPECT_FALSE(model.area_mm2_by_group().contains("dram"));
}

TEST(DramByCommands, SaysWhatATableLacks) {
  EXPECT_USER_ERROR(model_of(DramConfig{}, by_commands(DramType::kGddr5)),
                    HasSubstr("the table has none of gddr5, whose commands "
                              "energy.dram_model=commands charges; bits needs none"));
  const EnergyTable bits = EnergyTable::parse(
      "ERT: {version: 0.4, tables: [{name: dram, actions: [{name: read, energy: 1},"
      " {name: write, energy: 1}]}]}",
      "mine.yaml");
  EXPECT_USER_ERROR(model_of(DramConfig{}, by_commands(), bits), HasSubstr("activate"));
  EXPECT_EQ(model_of(DramConfig{}, EnergyConfig{}, bits)
                .evaluate(counts(8, 0, 0, 0), 0)
                .by_group()
                .value_of("dram"),
            1);
}

/// A bit of a standard that streams whole rows at its peak: pJ by part, as docs/energy.md has it.
std::string streaming_row(const std::string& file, const std::string& title) {
  RunConfig config;
  ConfigView view(config);
  view.read_yaml(source_folder() + "/configs/dram/" + file + ".yaml");
  const DramConfig& dram = config.machine.dram;
  constexpr std::int64_t kCycles = 1'000'000;
  const auto bytes = std::int64_t(dram.bytes_per_ns() * kCycles);
  const EnergyReport report =
      model_of(dram, config.energy)
          .evaluate(counts(bytes, 0, bytes / dram.row_bytes, kCycles * 1000 * dram.channels),
                    kCycles);
  const auto bit = [&](const std::string& component, const std::string& action) {
    return of_action(report, component, action) / (8.0 * double(bytes));
  };
  EnergyConfig published = config.energy;
  published.dram_model = DramEnergy::kBits;
  const double per_bit =
      model_of(dram, published).evaluate(counts(8, 0, 0, 0), 0).by_group().value_of("dram") / 64;
  return fmt::format("| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.1f} |", title,
                     bit("dram", "activate"), bit("dram", "read"), bit("dram_interface", "read"),
                     bit("dram", "refresh"), bit("dram", "standby") + bit("dram", "open"),
                     report.by_group().value_of("dram") / (8.0 * double(bytes)), per_bit);
}

TEST(DramByCommands, StreamsForWhatTheDocumentSays) {
  const std::string document = read_text_file(source_folder() + "/docs/energy.md");
  EXPECT_THAT(document, HasSubstr(streaming_row("ddr4-3200", "DDR4-3200")));
  EXPECT_THAT(document, HasSubstr(streaming_row("lpddr4-3200", "LPDDR4-3200")));
  EXPECT_THAT(document, HasSubstr(streaming_row("lpddr5-6400", "LPDDR5-6400")));
  EXPECT_THAT(document, HasSubstr(streaming_row("hbm2-2000", "HBM2, 2 Gb/s")));
}

}  // namespace
}  // namespace escalate
