#include "workloads/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

Graph zoo(const std::string& name) {
  return read_yaml_workload(std::string(ESCALATE_SOURCE_DIR) + "/workloads/zoo/" + name + ".yaml");
}

template <class Values>
double density(const Values& values) {
  return 1 - double(std::count(values.begin(), values.end(), 0)) / double(values.size());
}

const IntegerNode& node(const IntegerNetwork& network, const std::string& name) {
  const auto found = std::find_if(network.nodes.begin(), network.nodes.end(),
                                  [&](const IntegerNode& n) { return n.name == name; });
  EXPECT_NE(found, network.nodes.end()) << name;
  return *found;
}

TEST(DrawnNetwork, HasTheDensitiesThatTheWorkloadAsksFor) {
  const Graph graph = zoo("resnet20-cifar10");
  const IntegerNetwork network = draw_network(graph, {}).network;
  const IntegerNode& layer = node(network, "layer3.1.conv1");
  EXPECT_EQ(layer.terms, 6);
  EXPECT_EQ(layer.coefficients.size(), 64u * 6 * 64);
  EXPECT_NEAR(density(layer.coefficients), 0.10, 0.01);
  EXPECT_NEAR(density(network.nodes[layer.inputs[0]].substitute.value().values), 0.40, 0.02);
}

TEST(DrawnNetwork, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Graph graph = zoo("resnet20-cifar10");
  const auto coefficients = [&](std::uint64_t seed) {
    DrawOptions options;
    options.seed = seed;
    return node(draw_network(graph, options).network, "layer1.0.conv1").coefficients;
  };
  EXPECT_EQ(coefficients(7), coefficients(7));
  EXPECT_NE(coefficients(7), coefficients(8));
}

TEST(DrawnNetwork, ChangesNoOtherLayerWhenOneChanges) {
  Graph graph = zoo("resnet20-cifar10");
  const IntegerNetwork before = draw_network(graph, {}).network;
  graph.nodes[graph.find("layer1.0.conv1")].drawn->coefficient = 0.9;
  const IntegerNetwork after = draw_network(graph, {}).network;
  EXPECT_NE(node(before, "layer1.0.conv1").coefficients,
            node(after, "layer1.0.conv1").coefficients);
  EXPECT_EQ(node(before, "layer1.0.conv2").coefficients,
            node(after, "layer1.0.conv2").coefficients);
}

TEST(DrawnNetwork, BypassesTheMacUnitInPointwiseLayersOfOneTerm) {
  const IntegerNetwork network = draw_network(zoo("resnet18-cifar10"), {}).network;
  EXPECT_TRUE(node(network, "layer2.0.shortcut").bypasses_mac());
  EXPECT_FALSE(node(network, "layer2.0.conv2").bypasses_mac());
}

}  // namespace
}  // namespace escalate
