#include "pe/transaction/pass_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

using testing::ElementsAre;

// Entries as "h.w.tile", the last of a row with a bar behind it.
std::string entries_of(PassWalk walk) {
  std::string text;
  for (; !walk.ended(); walk.advance()) {
    text += std::to_string(walk.h()) + "." + std::to_string(walk.w()) + "." +
            std::to_string(walk.tile()) + (walk.at_line_end() ? "|" : " ");
  }
  return text;
}

Run run_of(const WindowOperand& window, int column_begin, int column_end) {
  Run run;
  run.window = window;
  run.output.column_begin = column_begin;
  run.output.column_end = column_end;
  return run;
}

TEST(PassWalk, GoesTileByTileColumnByColumnRowByRow) {
  const auto run = run_of({2, 2, 1, 1, 1, 1, 0, 0}, 0, 2);
  EXPECT_EQ(entries_of(PassWalk(run, {0, 2, 0, 2, 0, 2}, 2)),
            "0.0.0 0.0.1 0.1.0 0.1.1|1.0.0 1.0.1 1.1.0 1.1.1|");
}

TEST(PassWalk, LeavesOutRowsAndColumnsThatMeetNoOutput) {
  const auto run = run_of({5, 7, 1, 1, 2, 3, 0, 0}, 0, 3);
  EXPECT_EQ(entries_of(PassWalk(run, {0, 3, 0, 5, 0, 3}, 1)),
            "0.0.0 0.3.0 0.6.0|2.0.0 2.3.0 2.6.0|4.0.0 4.3.0 4.6.0|");
}

TEST(PassWalk, SendsTheInputRowsOfItsPassOnly) {
  const auto run = run_of({5, 3, 3, 3, 1, 1, 1, 1}, 0, 1);
  EXPECT_EQ(entries_of(PassWalk(run, {0, 5, 3, 5, 2, 5}, 1)), "3.0.0 3.1.0|4.0.0 4.1.0|");
  EXPECT_TRUE(PassWalk(run, {0, 5, 5, 5, 2, 5}, 1).ended());
}

TEST(PassWalk, SaysWhenANewRowBegins) {
  const auto run = run_of({2, 2, 1, 1, 1, 1, 0, 0}, 0, 2);
  PassWalk walk(run, {0, 2, 0, 2, 0, 2}, 1);
  EXPECT_FALSE(walk.advance());
  EXPECT_TRUE(walk.advance());
  EXPECT_FALSE(walk.advance());
  EXPECT_TRUE(walk.advance());
  EXPECT_TRUE(walk.ended());
}

TEST(PassWalk, KnowsTheTileAndItsColumns) {
  const SmallPass pass;
  const PassWalk walk(pass.run, pass.group(), 2);
  EXPECT_THAT(walk.columns(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(walk.geometry().rows.out_begin, 1);
  EXPECT_EQ(walk.geometry().taps(0, 1), 1);
  EXPECT_EQ(walk.geometry().taps(2, 3), 6);
}

}  // namespace
}  // namespace escalate
