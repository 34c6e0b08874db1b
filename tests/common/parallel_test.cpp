#include "common/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace escalate {
namespace {

TEST(ParallelFor, CallsEachRoundOnce) {
  for (const int jobs : {1, 3, 200}) {
    std::vector<std::atomic<int>> calls(100);
    parallel_for(100, jobs, [&](std::int64_t i) { ++calls[std::size_t(i)]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1) << jobs;
  }
}

TEST(ParallelFor, DoesNothingWithoutRounds) {
  parallel_for(0, 4, [](std::int64_t) { FAIL(); });
}

TEST(ParallelFor, ThrowsTheFailureOfTheFirstRoundThatFails) {
  for (const int jobs : {1, 4}) {
    try {
      parallel_for(50, jobs, [](std::int64_t i) {
        if (i >= 7) throw std::runtime_error(std::to_string(i));
      });
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7") << jobs;
    }
  }
}

}  // namespace
}  // namespace escalate
