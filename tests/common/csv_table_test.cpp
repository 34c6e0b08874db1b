#include "common/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/table.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StrEq;

TEST(CsvTable, HasColumnsAndRows) {
  const CsvTable table = csv_table("a,b\n1,\n\"x, \"\"y\"\"\",\"2\n3\"\r\n", "t.csv");
  EXPECT_THAT(table.columns, ElementsAre("a", "b"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("1", ""), ElementsAre("x, \"y\"", "2\n3")));
  EXPECT_THAT(csv_table("a", "t.csv").rows, IsEmpty());
}

TEST(CsvTable, ReadsWhatATableWrites) {
  Table table({{"name"}, {"n, and more"}});
  table.add_row({"a \"b\"", "c, d"});
  const CsvTable read = csv_table(table.csv(), "t.csv");
  EXPECT_THAT(read.columns, ElementsAre("name", "n, and more"));
  EXPECT_THAT(read.rows, ElementsAre(ElementsAre("a \"b\"", "c, d")));
}

TEST(CsvTable, SaysInWhichLineItIsNone) {
  const auto message = [](const std::string& text) {
    return user_error([&] { csv_table(text, "t.csv"); });
  };
  EXPECT_THAT(message(""), StrEq("t.csv:1: expected a heading"));
  EXPECT_THAT(message("a,a\n"), StrEq("t.csv:1: two columns are called 'a'"));
  EXPECT_THAT(message("a,b\n1,2\n3\n"), StrEq("t.csv:3: expected 2 cells, got 1"));
  EXPECT_THAT(message("a\n\"b\n"), StrEq("t.csv:3: a quote is never closed"));
  EXPECT_THAT(message("a\nb\"c\n"), testing::StartsWith("t.csv:2: a cell with a quote"));
  EXPECT_THAT(message("a\n\"b\"c\n"), testing::StartsWith("t.csv:2: expected a comma"));
}

}  // namespace
}  // namespace escalate
