#include "common/interruption.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "common/child_process.h"
#include "common/parallel.h"

namespace escalate {
namespace {

/// Ends the work at the n-th interruption point.
std::function<void()> end_at(int n) {
  return [n]() mutable {
    if (--n == 0) throw std::runtime_error("enough");
  };
}

TEST(Interruption, PointsDoNothingWithoutACheck) { EXPECT_NO_THROW(interruption_point()); }

TEST(Interruption, PointsCallTheInnermostCheckOfTheirThread) {
  int outer = 0, inner = 0;
  const Interruptible first([&] { ++outer; });
  {
    const Interruptible second([&] { ++inner; });
    interruption_point();
  }
  interruption_point();
  std::jthread([] { interruption_point(); });
  EXPECT_EQ(inner, 1);
  EXPECT_EQ(outer, 1);
}

TEST(Interruption, EndsALoopWhateverItsThreads) {
  for (const int jobs : {1, 3}) {
    std::atomic<int> rounds = 0;
    const Interruptible interruptible(end_at(2));
    const auto round = [&](std::int64_t) {
      ++rounds;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    };
    EXPECT_THROW(parallel_for(10'000, jobs, round), std::runtime_error) << jobs;
    EXPECT_LT(rounds, 1000) << jobs;
  }
}

TEST(Interruption, EndsWaitingForAChildAndTheChild) {
  const Interruptible interruptible(end_at(2));
  const auto sleeps = [] {
    std::this_thread::sleep_for(std::chrono::hours(1));
    return std::string();
  };
  EXPECT_THROW(in_child_process(sleeps), std::runtime_error);
}

TEST(Interruption, ChildrenHaveNoChecks) {
  const pid_t parent = ::getpid();
  const Interruptible interruptible([&] {
    if (::getpid() != parent) throw std::runtime_error("a check of the parent's");
  });
  const auto work = [] {
    interruption_point();
    return std::string("done");
  };
  EXPECT_EQ(in_child_process(work), "done");
}

}  // namespace
}  // namespace escalate
