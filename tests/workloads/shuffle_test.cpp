#include "workloads/shuffle.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

std::vector<std::int8_t> sorted(std::vector<std::int8_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

TEST(Shuffle, KeepsTheValuesOfEveryTensorAndMovesThem) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=24,K=16,R=3,H=9,density=0.3,activation_density=0.5"), {})
          .network;
  const auto tensors = run_network(network, synthetic_input(network, 0));
  const IntegerNetwork shuffled = shuffled_network(network, tensors, 7);
  ASSERT_EQ(shuffled.nodes.size(), network.nodes.size());
  EXPECT_EQ(sorted(shuffled.nodes[1].coefficients), sorted(network.nodes[1].coefficients));
  EXPECT_NE(shuffled.nodes[1].coefficients, network.nodes[1].coefficients);
  EXPECT_EQ(shuffled.nodes[1].basis, network.nodes[1].basis);
  ASSERT_TRUE(shuffled.nodes[0].substitute.has_value());
  EXPECT_EQ(sorted(shuffled.nodes[0].substitute->values), sorted(tensors[0].values));
  EXPECT_NE(shuffled.nodes[0].substitute->values, tensors[0].values);
  EXPECT_EQ(shuffled_network(network, tensors, 7).nodes[1].coefficients,
            shuffled.nodes[1].coefficients);
  EXPECT_NE(shuffled_network(network, tensors, 8).nodes[1].coefficients,
            shuffled.nodes[1].coefficients);
}

}  // namespace
}  // namespace escalate
