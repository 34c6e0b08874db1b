#include "workloads/without_zeros.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/places.h"
#include "workloads/draw.h"
#include "workloads/inputs.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

DrawnNetwork drawn() {
  return draw_network(read_yaml_workload(source_folder() + "/workloads/zoo/resnet20-cifar10.yaml"),
                      {});
}

std::int64_t zeros_of(const std::vector<std::int8_t>& values) {
  return std::count(values.begin(), values.end(), std::int8_t{0});
}

TEST(WithoutZeros, FillsCoefficientsAndLeavesWhatLayersReadUnlessAsked) {
  const IntegerNetwork network = drawn().network;
  const auto tensors = run_network(network, *network.nodes[0].substitute);
  const IntegerNetwork filled = without_zeros(network, tensors, false);
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& before = network.nodes[i];
    const IntegerNode& after = filled.nodes[i];
    EXPECT_EQ(zeros_of(after.coefficients), 0) << before.name;
    EXPECT_EQ(after.weights, before.weights) << before.name;
    if (after.substitute) {
      EXPECT_EQ(*after.substitute, tensors[i]) << before.name;
    }
  }
}

TEST(WithoutZeros, FillsWhatWeightedLayersReadIfAsked) {
  const IntegerNetwork network = drawn().network;
  const auto tensors = run_network(network, *network.nodes[0].substitute);
  const IntegerNetwork filled = without_zeros(network, tensors, true);
  int layers = 0;
  for (const IntegerNode& node : filled.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    const IntegerNode& source = filled.nodes[std::size_t(node.inputs[0])];
    if (!source.substitute || source.op == IntegerOp::kChannelPad) continue;
    EXPECT_EQ(zeros_of(source.substitute->values), 0) << node.name;
    ++layers;
  }
  EXPECT_GT(layers, 10);
}

}  // namespace
}  // namespace escalate
