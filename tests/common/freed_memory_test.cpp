#include "common/freed_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <vector>

namespace escalate {
namespace {

long faults_of_a_large_tensor() {
  constexpr std::size_t kBytes = 64 << 20;
  rusage before = {}, after = {};
  ::getrusage(RUSAGE_SELF, &before);
  { const std::vector<char> tensor(kBytes, 1); }
  ::getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(FreedMemory, IsUsedAgainWithoutNewPages) {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "memory is not that of glibc";
#endif
  keep_freed_memory();
  const long first = faults_of_a_large_tensor();
  EXPECT_LT(faults_of_a_large_tensor(), first / 10 + 10);
}

}  // namespace
}  // namespace escalate
