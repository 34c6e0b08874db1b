#include "report/terminal_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_THAT(text, HasSubstr("1,500 cycles, 1.88 us, 1066666.7 images/s\n"));
  EXPECT_THAT(text, HasSubstr("energy  17.8 nJ, 9.48 mW"));
  EXPECT_THAT(text, HasSubstr("area    7.75 mm2\n"));
  EXPECT_THAT(text, HasSubstr("top-1   50.0%\n"));
  EXPECT_THAT(text, HasSubstr("values  4,096 outputs verified, 0 differ\n"));
  Result unverified = example_result();
  unverified.verification = {};
  EXPECT_THAT(summary_text(unverified), HasSubstr("not verified"));
}

TEST(TerminalTable, StandsAnEmptyResult) {
  EXPECT_THAT(terminal_text(Result{}, false), HasSubstr("total"));
}

}  // namespace
}  // namespace escalate
