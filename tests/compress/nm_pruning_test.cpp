#include "compress/nm_pruning.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/random_weights.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

Node layer_of(const KernelShape& shape, std::vector<float> weights) {
  Node node;
  node.op = OpKind::kConv;
  node.out_channels = shape.outputs;
  node.window.s = shape.taps;
  node.weights = std::move(weights);
  return node;
}

TEST(NmPruning, LeavesAtMostTheShareOfThePatternAndNothingElseChanged) {
  EXPECT_TRUE(rc::check("pruned", [] {
    KernelShape shape = random_kernel_shape();
    const int group = *rc::gen::inRange(1, 9);
    const NmPattern pattern{*rc::gen::inRange(1, group + 1), group};
    shape.channels = group * *rc::gen::inRange(1, 4);
    const Node before = layer_of(shape, random_weights(shape));
    Node node = before;
    prune_to_pattern(node, shape.channels, pattern);
    RC_ASSERT(keeps_to(node.weights, shape.channels, shape.taps, pattern));
    for (std::size_t i = 0; i < node.weights.size(); ++i) {
      RC_ASSERT(node.weights[i] == 0 || node.weights[i] == before.weights[i]);
    }
    const auto nonzeros = node.weights.size() -
                          std::size_t(std::count(node.weights.begin(), node.weights.end(), 0.0f));
    RC_ASSERT(double(nonzeros) <= pattern.density() * double(node.weights.size()));
    const Node once = node;
    prune_to_pattern(node, shape.channels, pattern);
    RC_ASSERT(node == once);
  }));
}

TEST(NmPruning, TakesTheLowerChannelOfEqualMagnitudes) {
  Node node = layer_of({1, 4, 1}, {3, -3, 3, 1});
  prune_to_pattern(node, 4, {2, 4});
  EXPECT_EQ(node.weights, (std::vector<float>{3, -3, 0, 0}));
}

TEST(NmPruning, FillsTheLastGroupUpWithZeros) {
  Node node = layer_of({1, 6, 1}, {1, 2, 3, 4, 5, 6});
  prune_to_pattern(node, 6, {2, 4});
  EXPECT_EQ(node.weights, (std::vector<float>{0, 0, 3, 4, 5, 6}));
  node = layer_of({1, 7, 1}, {1, 2, 3, 4, 5, 6, 7});
  prune_to_pattern(node, 7, {2, 4});
  EXPECT_EQ(node.weights, (std::vector<float>{0, 0, 3, 4, 0, 6, 7}));
}

}  // namespace
}  // namespace escalate
