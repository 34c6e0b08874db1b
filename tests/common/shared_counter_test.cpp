#include "common/shared_counter.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/child_process.h"

namespace escalate {
namespace {

TEST(SharedCounter, CountsFromZero) {
  SharedCounter counter;
  EXPECT_EQ(counter.take(), 0);
  EXPECT_EQ(counter.take(), 1);
}

TEST(SharedCounter, GivesEachNumberToOneProcess) {
  SharedCounter counter;
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (int child = 0; child < 3; ++child) {
    children.push_back(std::make_unique<ChildProcess>([&] {
      std::string taken;
      for (int i = 0; i < 1000; ++i) taken += std::to_string(counter.take()) + " ";
      return taken;
    }));
  }
  std::set<int> all;
  for (const auto& child : children) {
    std::istringstream taken(child->wait());
    for (int number = 0; taken >> number;) EXPECT_TRUE(all.insert(number).second) << number;
  }
  EXPECT_EQ(all.size(), 3000U);
  EXPECT_EQ(*all.rbegin(), 2999);
  EXPECT_EQ(counter.take(), 3000);
}

}  // namespace
}  // namespace escalate
