#include "report/terminal_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/report/example_result.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TerminalTable, ShowsLayersAndTotals) {
  EXPECT_EQ(layer_table(example_result()).csv(),
            "layer,kind,cycles,share,bound by,ca,mac,dram,energy [nJ],dram,multipliers,leakage\n"
            "conv1,conv,\"1,000\",66.7%,mac,25.0%,75.0%,10.0%,7.53,5.12,2.40,0.01\n"
            "\"fc, \"\"the last\"\"\",fc,500,33.3%,dram,25.0%,75.0%,10.0%,10.24,10.24,0.00,0.01\n"
            "total,,\"1,500\",100.0%,,,,,17.78,15.36,2.40,0.01\n");
}

TEST(TerminalTable, GathersSmallGroupsUnderOther) {
  Result result = example_result();
  for (const char* group : {"a", "b", "c", "d"}) result.layers[0].energy_pj[group] = 100;
  result.layers[0].energy_pj["b"] = 5000;
  result.total.cycles_by_image.clear();
  sum_up(result, 1e9);
  const std::string csv = layer_table(result).csv();
  EXPECT_THAT(csv, HasSubstr("energy [nJ],dram,multipliers,a,b,c,other\n"));
  EXPECT_THAT(csv, HasSubstr(",0.12\n"));  // d 100 pJ, leakage 15 pJ
}

TEST(TerminalTable, NeverMakesOtherTheLargestColumn) {
  Result result = example_result();
  for (LayerResult& layer : result.layers) layer.energy_pj = {};
  for (int i = 0; i < 9; ++i) result.layers[0].energy_pj["g" + std::to_string(i)] = 1000 - i;
  result.total.cycles_by_image.clear();
  sum_up(result, 1e9);
  EXPECT_THAT(layer_table(result).csv(), HasSubstr("g0,g1,g2,g3,g4,g5,g6,g7,other\n"));
}

TEST(TerminalTable, MarksWhatIsNotKnown) {
  Result result = example_result();
  result.layers[1].utilization = {};
  EXPECT_THAT(layer_table(result).csv(), HasSubstr("fc,500,33.3%,dram,-,-,-,"));
}

TEST(TerminalTable, ColoursOnlyWhenAsked) {
  EXPECT_THAT(terminal_text(example_result(), false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(terminal_text(example_result(), true), HasSubstr("\x1b[32mmac"));
}

TEST(TerminalTable, SumsUp) {
  const std::string text = summary_text(example_result());
  EXPECT_THAT(text, HasSubstr("example on escalate, transaction view, 2 images\n"));
  EXPECT_THAT(text, HasSubstr("1,500 cycles, 1.88 us, 1,066,667 images/s\n"));
  EXPECT_THAT(text, HasSubstr("energy  17.8 nJ, 9.48 mW, EDP 33.3 fJ s, 8.89 nJ an image\n"));
  EXPECT_THAT(text, HasSubstr("\n        on chip 2.42 nJ, 1.29 mW; DRAM 15.4 nJ, 8.19 mW\n"));
  EXPECT_THAT(text, HasSubstr("area    7.75 mm2\n"));
  EXPECT_THAT(text, HasSubstr("top-1   50.0%\n"));
  EXPECT_THAT(text, HasSubstr("values  4,096 outputs verified, 0 differ\n"));
  Result unverified = example_result();
  unverified.verification = {};
  EXPECT_THAT(summary_text(unverified), HasSubstr("not verified"));
}

TEST(TerminalTable, TellsWorkAndDramTrafficAgainstTheirPeaks) {
  Result result = example_result();
  // 12,000 MACs of 960 and 3,400 additions of 3,072 in each of 1,500 cycles.
  EXPECT_THAT(summary_text(result),
              HasSubstr("\nwork    70.4 k dense MACs, 12.0 k MACs done (0.8% of "
                        "the peak), 3.40 k CA additions (0.1% of the peak)\n"));
  EXPECT_THAT(summary_text(result), Not(HasSubstr("\ndram ")));  // not counted here
  result.layers[0].counters["dram_read_bytes"] = 20000;
  result.layers[1].counters["dram_written_bytes"] = 4000;
  result.layers[1].counters["dram_read_bytes"] = 0;
  // 24,000 bytes of 32 a cycle; 32 bytes at 800 MHz.
  EXPECT_THAT(summary_text(result),
              HasSubstr("\ndram    20.0 kB read, 4.00 kB written, 50.0% of the "
                        "peak 25.6 GB/s\n"));
  for (LayerResult& layer : result.layers) layer.utilization = {};  // DRAM is free
  EXPECT_THAT(summary_text(result), HasSubstr("\ndram    20.0 kB read, 4.00 kB written\n"));
}

TEST(TerminalTable, TellsWhatTheHostComputes) {
  Result result = example_result();
  EXPECT_THAT(summary_text(result), testing::Not(testing::HasSubstr("host ")));
  result.source.host.tail = {{"Exp", 3}};
  EXPECT_THAT(summary_text(result),
              testing::HasSubstr("host    3 Exp behind the network: not counted\n"));
}

TEST(TerminalTable, HasNoImageRateOfAPartOfANetwork) {
  Result result = example_result();
  result.layers_left_out = 5;
  EXPECT_THAT(summary_text(result), HasSubstr("2 images, 2 of 7 layers\n"));
  EXPECT_THAT(summary_text(result), Not(HasSubstr("images/s")));
}

TEST(TerminalTable, HasTheSameColumnsForSeveralResults) {
  Result first = example_result();
  Result second = example_result();
  for (const char* group : {"a", "b", "c"}) first.layers[0].energy_pj[group] = 100;
  for (const char* group : {"d", "e"}) second.layers[0].energy_pj[group] = 1e7;
  for (Result* result : {&first, &second}) {
    result->total.cycles_by_image.clear();
    sum_up(*result, 800e6);
  }
  const LayerColumns columns = layer_columns({&first, &second});
  const auto heading = [&](const Result& result) {
    const std::string csv = layer_table(result, columns).csv();
    return csv.substr(0, csv.find('\n'));
  };
  EXPECT_EQ(heading(first), heading(second));
  EXPECT_THAT(heading(first), HasSubstr("energy [uJ],dram,multipliers,a,d,e,other"));
}

TEST(TerminalTable, LeavesEnergiesOutFirstOnANarrowScreen) {
  const std::string text = layer_table(example_result()).text({false, 70});
  EXPECT_THAT(text, HasSubstr("left out for the width of the terminal: "));
  EXPECT_THAT(text, HasSubstr("multipliers,\nleakage\n"));
  EXPECT_THAT(text, HasSubstr("energy [nJ]\n--"));
}

TEST(TerminalTable, HasTheBytesOfEveryMemory) {
  Result result = example_result();
  result.memory_bytes = {{"small", 64}, {"large", 1048576}};
  EXPECT_EQ(memory_text(result), "memory  large 1.05 MB, small 64.0 B\n");
  EXPECT_THAT(terminal_text(result, false), HasSubstr(memory_text(result)));
  for (int i = 0; i < 12; ++i) result.memory_bytes["memory " + std::to_string(i)] = 1000;
  std::istringstream lines(memory_text(result));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U);
  result.memory_bytes = {};
  EXPECT_EQ(memory_text(result), "");
}

TEST(TerminalTable, NeverMakesOtherTheLargestColumnOfAnyResult) {
  Result even = example_result();
  even.total.energy_by_component_pj = {};
  Result other = even;
  // Of the sum of both five groups are the largest, and leave most of the second to others.
  for (int i = 0; i < 5; ++i) even.total.energy_by_component_pj["a" + std::to_string(i)] = 1000;
  for (int i = 0; i < 9; ++i) other.total.energy_by_component_pj["b" + std::to_string(i)] = 10;
  const LayerColumns columns = layer_columns({&even, &other});
  double kept = 0;
  for (const std::string& group : columns.energy_groups) {
    kept += other.total.energy_by_component_pj.value_of(group);
  }
  EXPECT_LE(other.total.energy_by_component_pj.sum() - kept, 10);
}

TEST(TerminalTable, StandsAnEmptyResult) {
  EXPECT_THAT(terminal_text(Result{}, false), HasSubstr("total"));
}

}  // namespace
}  // namespace escalate
