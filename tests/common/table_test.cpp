#include "common/table.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

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

TEST(Table, ShowsNoControlCharacterOfItsCells) {
  Table table({{"name\x1b[2J"}, {"n", Align::kRight}});
  table.add_row({"a\x1b[31m\nb" + std::string(1, '\0'), "1"});
  const std::string shown = table.text(Screen(true));
  EXPECT_THAT(shown, testing::HasSubstr("a\\u001b[31m\\u000ab\\u0000"));
  EXPECT_THAT(shown, testing::HasSubstr("name\\u001b[2J"));
  EXPECT_THAT(table.markdown(), testing::HasSubstr("a\\u001b[31m b\\u0000"));
  EXPECT_THAT(table.csv(), testing::HasSubstr("\na\\u001b[31m\\u000ab\\u0000,1\n"));
}

TEST(Table, WritesNoCsvCellThatASpreadsheetWouldRun) {
  const auto cell = [](const std::string& text) {
    Table table({{"a"}});
    table.add_row({text});
    const std::string csv = table.csv();
    return csv.substr(2, csv.size() - 3);
  };
  EXPECT_EQ(cell("=1+1"), "'=1+1");
  EXPECT_EQ(cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(cell("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
  EXPECT_EQ(cell("-2+3+cmd|' /C calc'!A0"), "'-2+3+cmd|' /C calc'!A0");
  EXPECT_EQ(cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  EXPECT_EQ(cell("\t=1"), "'\\u0009=1");
  EXPECT_EQ(cell("\r=1"), "'\\u000d=1");
  EXPECT_EQ(cell("\uff1d1+1"), "'\uff1d1+1");
  for (const std::string number : {"-12", "+3", "-0.5", "-1e-05", "+2.5e+10", "-inf", "-nan", "-",
                                   "-3.5%", "-12 uJ", "1=1", "a@b"}) {
    EXPECT_EQ(cell(number), number);
  }
  EXPECT_EQ(cell("-1,234"), "\"-1,234\"") << "quoted for its comma";
  Table heading({{"=a"}});
  EXPECT_EQ(heading.csv(), "'=a\n");
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

Table ranked() {
  Table table({{"layer"},
               {"kind", Align::kLeft, "", 1},
               {"cycles", Align::kRight},
               {"dram", Align::kRight, "uJ", 3},
               {"ring", Align::kRight, "uJ", 3},
               {"rows", Align::kRight, "", 2}});
  table.add_row({"conv1", "conv", "1,234", "1.00", "2.00", "50%"});
  table.add_rule();
  table.add_row({"total", "", "1,234", "1.00", "2.00", "50%"});
  return table;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

TEST(Table, LeavesColumnsOutByRankWhereTheScreenIsNarrow) {
  const std::string whole = ranked().text();
  const int width = static_cast<int>(widest_line(whole));
  EXPECT_EQ(ranked().text({false, width}), whole);
  EXPECT_EQ(ranked().text({false, width - 1}),
            "layer  kind  cycles  dram [uJ]  rows\n"
            "------------------------------------\n"
            "conv1  conv   1,234       1.00   50%\n"
            "------------------------------------\n"
            "total         1,234       1.00   50%\n"
            "left out for the width of the terminal: ring\n"
            "[uJ]\n");
  EXPECT_EQ(ranked().text({false, 15}),
            "layer  cycles\n"
            "-------------\n"
            "conv1   1,234\n"
            "-------------\n"
            "total   1,234\n"
            "left out for\n"
            "the width of\n"
            "the terminal:\n"
            "kind, dram\n"
            "[uJ], ring\n"
            "[uJ], rows\n");
}

TEST(Table, FoldsTextWhereNothingCanBeLeftOut) {
  Table table({{"key"}, {"value", Align::kRight}, {"meaning"}});
  table.add_row({"blocks", "8", "processing elements and whatever is in them"});
  table.add_row({"url", "1", "a-word-without-any-space-in-it"});
  EXPECT_EQ(table.text({false, 35}),
            "key     value  meaning\n"
            "-----------------------------------\n"
            "blocks      8  processing elements\n"
            "               and whatever is in\n"
            "               them\n"
            "url         1  a-word-without-any-s\n"
            "               pace-in-it\n");
}

TEST(Table, NeverWrapsOnAScreenThatItCanBeFoldedTo) {
  EXPECT_TRUE(rc::check([] {
    Table table({{"a"},
                 {"b", Align::kLeft, "", *rc::gen::inRange(0, 3)},
                 {"c", Align::kRight, "", *rc::gen::inRange(0, 3)},
                 {"d"}});
    const auto words = [] {
      std::string text;
      for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
        text += std::string(std::size_t(*rc::gen::inRange(1, 30)), 'x') + " ";
      }
      return text;
    };
    for (int row = 0; row < 3; ++row) table.add_row({words(), words(), "12", words()});
    const int width = *rc::gen::inRange(3 * 16 + 8, 150);
    RC_ASSERT(widest_line(table.text({false, width})) <= std::size_t(width));
  }));
}

class Terminal {
 public:
  explicit Terminal(unsigned short columns) : main_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(main_), 0);
    EXPECT_EQ(::unlockpt(main_), 0);
    stream_ = ::fdopen(::open(::ptsname(main_), O_RDWR | O_NOCTTY), "r+");
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    EXPECT_EQ(::ioctl(main_, TIOCSWINSZ, &size), 0);
  }
  ~Terminal() {
    std::fclose(stream_);
    ::close(main_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  std::FILE* stream() const { return stream_; }

 private:
  int main_;
  std::FILE* stream_ = nullptr;
};

TEST(TerminalWidth, IsThatOfTheTerminalOrOfColumns) {
  if (!std::filesystem::exists("/dev/pts/ptmx")) GTEST_SKIP() << "nothing is mounted on /dev/pts";
  ::unsetenv("COLUMNS");
  const Terminal terminal(97);
  EXPECT_EQ(terminal_width(terminal.stream()), 97);
  ::setenv("COLUMNS", "61", 1);
  EXPECT_EQ(terminal_width(terminal.stream()), 61);
  EXPECT_EQ(screen_of(terminal.stream()).width, 61);
  ::setenv("COLUMNS", "wide", 1);
  EXPECT_EQ(terminal_width(terminal.stream()), 97);
  ::unsetenv("COLUMNS");
}

TEST(TerminalWidth, OfAFileIsNotLimited) {
  std::FILE* file = std::tmpfile();
  ::setenv("COLUMNS", "61", 1);
  EXPECT_EQ(terminal_width(file), 0);
  ::unsetenv("COLUMNS");
  std::fclose(file);
}

TEST(Format, RatesHaveThreeDigitsOrCommas) {
  EXPECT_EQ(format_rate(43611.02), "43,611");
  EXPECT_EQ(format_rate(999.6), "1,000");
  EXPECT_EQ(format_rate(998.4), "998");
  EXPECT_EQ(format_rate(0.12345), "0.123");
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
