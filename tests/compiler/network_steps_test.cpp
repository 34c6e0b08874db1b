#include "compiler/network_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/small_network.h"

namespace escalate {
namespace {

using testing::ElementsAre;

/// A map of 2x2 positions of `channels` channels that a fully connected layer reads flattened.
IntegerNetwork flattened(int channels) {
  return small_network("[4, 2, 2]", "  - {conv: a, K: " + std::to_string(channels) +
                                        ", kernel: 3, then: relu}\n  - {flatten: f}\n"
                                        "  - {fc: b, K: 5}\n");
}

TEST(NetworkSteps, AreTheNodesThatComputeInTheirOrder) {
  const IntegerNetwork network = flattened(6);
  const NetworkSteps steps(network);
  ASSERT_EQ(steps.size(), 2);
  EXPECT_EQ(steps.node_of(0).name, "a");
  EXPECT_EQ(steps.node_of(1).name, "b");
  EXPECT_THAT(steps.outputs(), ElementsAre(steps.at(1).output()));
  EXPECT_EQ(steps.last_reader(steps.at(0).output()), 1);
  EXPECT_GT(steps.last_reader(steps.at(1).output()), 1) << "it leaves the network";
}

TEST(NetworkSteps, KnowWhoReadsATensorAsOnePosition) {
  const IntegerNetwork network = flattened(6);
  const NetworkSteps steps(network);
  EXPECT_FALSE(steps.is_flattened(0));
  EXPECT_TRUE(steps.is_flattened(1));
}

TEST(NetworkSteps, KnowWhetherBytesBetweenPositionsAreRead) {
  const auto is_read = [](const IntegerNetwork& network) {
    const NetworkSteps steps(network);
    return steps.padding_is_read(steps.at(0).output());
  };
  EXPECT_TRUE(is_read(flattened(6)));
  EXPECT_FALSE(is_read(flattened(8))) << "eight channels leave none";
  EXPECT_FALSE(is_read(small_network("[4, 2, 2]",
                                     "  - {conv: a, K: 6, kernel: 3}\n"
                                     "  - {conv: b, K: 5, kernel: 3}\n")));
}

}  // namespace
}  // namespace escalate
