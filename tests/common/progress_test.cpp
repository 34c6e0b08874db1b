#include "common/progress.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

class ProgressTest : public testing::Test {
 protected:
  Progress::Surroundings surroundings() {
    return {[this](const std::string& text) { written_ += text; }, [this] { return now_; }};
  }
  std::string taken() { return std::exchange(written_, {}); }

  double now_ = 100;
  std::string written_;
};

TEST_F(ProgressTest, PrintsPlainLinesNowAndThen) {
  Progress progress("points", 40, Progress::Style::kLines, surroundings());
  now_ += 5;
  progress.update(5);
  EXPECT_EQ(taken(), "");
  now_ += 5;
  progress.update(10);
  EXPECT_EQ(taken(), "points 10/40 25.0%, 1/s, 0:30 left\n");
  now_ += 6;
  progress.update(40);
  EXPECT_EQ(taken(), "points 40/40 100.0%, 2.5/s, 0:16 in all\n");
}

TEST_F(ProgressTest, RedrawsABarInPlaceAndEndsItsLine) {
  Progress progress("points", 2, Progress::Style::kBar, surroundings());
  now_ += 1;
  progress.update(1);
  EXPECT_EQ(taken(), "\r[###############...............] points 1/2 50.0%, 1/s, 0:01 left\x1b[K");
  now_ += 0.01;
  progress.update(1);
  EXPECT_EQ(taken(), "") << "faster than the eye";
  progress.update(2);
  EXPECT_TRUE(taken().ends_with("in all\x1b[K\n"));
}

TEST_F(ProgressTest, EndsTheLineOfABarThatIsGivenUp) {
  {
    Progress progress("points", 2, Progress::Style::kBar, surroundings());
    now_ += 1;
    progress.update(1);
    taken();
  }
  EXPECT_EQ(taken(), "\n");
}

TEST_F(ProgressTest, LeavesEarlierRunsOutOfTheRate) {
  Progress progress("points", 100, Progress::Style::kLines, surroundings());
  progress.resume_at(80);
  now_ += 10;
  progress.update(90);
  EXPECT_EQ(taken(), "points 90/100 90.0%, 1/s, 0:10 left\n");
}

TEST_F(ProgressTest, SaysNothingWhenQuiet) {
  Progress progress("points", 1, Progress::Style::kQuiet, surroundings());
  now_ += 100;
  progress.update(1);
  EXPECT_EQ(taken(), "");
}

TEST_F(ProgressTest, OfNothingIsDone) {
  Progress progress("points", 0, Progress::Style::kBar, surroundings());
  progress.update(0);
  EXPECT_NE(taken().find("0/0 100.0%"), std::string::npos);
}

}  // namespace
}  // namespace escalate
