#include "common/table.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace escalate {
namespace {

Table example() {
  Table table({{"layer"}, {"cycles", Align::kRight}, {"energy", Align::kRight, "pJ"}});
  table.add_row({"conv1", "1,234", "5.0"});
  table.add_row({"µ", "7", "12.5"});
  table.add_rule();
  table.add_row({"total", {"1,241", Emphasis::kBold}, "17.5"});
  return table;
}

TEST(Table, AlignsTextLeftAndNumbersRight) {
  EXPECT_EQ(example().text(),
            "layer  cycles  energy [pJ]\n"
            "--------------------------\n"
            "conv1   1,234          5.0\n"
            "µ           7         12.5\n"
            "--------------------------\n"
            "total   1,241         17.5\n");
}

TEST(Table, HasColourOnlyWhenAsked) {
  EXPECT_EQ(example().text().find('\x1b'), std::string::npos);
  EXPECT_NE(example().text(true).find("\x1b[1m 1,241\x1b[0m"), std::string::npos);
}

TEST(Table, BecomesMarkdown) {
  Table table({{"a"}, {"b", Align::kRight}});
  table.add_row({"x|y", "1"});
  table.add_row({"<b>\n|", "2"});
  table.add_rule();
  EXPECT_EQ(table.markdown(), "| a | b |\n|---|---:|\n| x\\|y | 1 |\n| \\<b> \\| | 2 |\n");
}

TEST(Table, BecomesCsvWithQuotesWhereNeeded) {
  EXPECT_EQ(example().csv(),
            "layer,cycles,energy [pJ]\nconv1,\"1,234\",5.0\nµ,7,12.5\ntotal,\"1,241\",17.5\n");
  Table table({{"a"}});
  table.add_row({"say \"no\""});
  EXPECT_EQ(table.csv(), "a\n\"say \"\"no\"\"\"\n");
}

TEST(Table, RefusesARowOfAnotherWidth) {
  Table table({{"a"}, {"b"}});
  EXPECT_THROW(table.add_row({"1"}), InternalError);
}

TEST(Format, CountsHaveCommas) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(-123456), "-123,456");
  EXPECT_EQ(format_count(1234567890), "1,234,567,890");
}

TEST(Format, SiUnitsHaveThreeDigits) {
  EXPECT_EQ(format_si(0.00123, "J"), "1.23 mJ");
  EXPECT_EQ(format_si(0, "J"), "0 J");
  EXPECT_EQ(format_si(999.7, "B"), "1.00 kB");
  EXPECT_EQ(format_si(12.34, "s"), "12.3 s");
  EXPECT_EQ(format_si(-4.56e-11, "J"), "-45.6 pJ");
  EXPECT_EQ(format_si(2e20, "Hz"), "200000 PHz");
}

TEST(Format, RatiosAndDurations) {
  EXPECT_EQ(format_percent(0.1234), "12.3%");
  EXPECT_EQ(format_duration(0.4), "0:00");
  EXPECT_EQ(format_duration(75.2), "1:15");
  EXPECT_EQ(format_duration(3725), "1:02:05");
}

}  // namespace
}  // namespace escalate
