#include "common/memory_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "common/child_process.h"
#include "common/error.h"

namespace escalate {
namespace {

TEST(MemoryLimit, IsThatOfTheMachineOrLess) {
  const std::int64_t limit = memory_limit_bytes();
  EXPECT_GT(limit, std::int64_t{1} << 26);
  EXPECT_LT(limit, std::int64_t{1} << 50);
}

TEST(MemoryLimit, FollowsThatOfTheProcess) {
  const std::string text = in_child_process([] {
    constexpr rlim_t kBytes = rlim_t{1} << 40;  // below nobody's memory, so that nothing fails
    const rlimit limit{kBytes, kBytes};
    ::setrlimit(RLIMIT_AS, &limit);
    return std::to_string(memory_limit_bytes() <= std::int64_t{kBytes});
  });
  EXPECT_EQ(text, "1");
}

TEST(CheckMemory, NamesTheFileAndWhatItNeeds) {
  check_memory("a.yaml", 2e9, "the weights", 2'000'000'000);
  try {
    check_memory("a.yaml", 3.2e9, "the weights", 2'000'000'000);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "a.yaml: needs at least 3.20 GB of memory for the weights, and there are 2.00 GB");
  }
}

}  // namespace
}  // namespace escalate
