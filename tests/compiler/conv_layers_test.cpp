#include "compiler/conv_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/compiler/small_network.h"

namespace escalate {
namespace {

TEST(ConvLayers, HaveTheShapesAndTheFormOfTheirNodes) {
  const IntegerNetwork network =
      small_network("[8, 6, 5]",
                    "  - {conv: a, K: 16, kernel: 3, terms: 2, form: decomposed}\n  - {conv: b, K: "
                    "4, kernel: 1, form: direct}\n");
  const NetworkSteps steps(network);
  const ConvLayers layers(steps);
  const ConvLayer a = layers.layer(0);
  EXPECT_EQ(a.in, (Shape{8, 6, 5}));
  EXPECT_EQ(a.out, (Shape{16, 6, 5}));
  EXPECT_EQ(a.terms, 2);
  EXPECT_FALSE(a.direct);
  EXPECT_EQ(a.coefficients.size(), 16U * 2 * 8);
  const ConvLayer b = layers.layer(1);
  EXPECT_TRUE(b.direct);
  EXPECT_EQ(b.terms, 1);
}

TEST(ConvLayers, CountWhatIsNotZero) {
  IntegerNetwork network =
      small_network("[8, 4, 4]", "  - {conv: a, K: 2, kernel: 3, terms: 2, form: decomposed}\n");
  IntegerNode& node = network.nodes[std::size_t(node_named(network, "a"))];
  std::fill(node.coefficients.begin(), node.coefficients.end(), std::int8_t{0});
  // Row 1 of [K M][C] has three of eight, row 2 one.
  for (const int at : {8, 10, 12, 16}) node.coefficients[std::size_t(at)] = 1;
  const NetworkSteps steps(network);
  const ConvLayers layers(steps);
  const ConvLayer layer = layers.layer(0);
  EXPECT_DOUBLE_EQ(layer.coefficient_density, 4.0 / 32);
  EXPECT_DOUBLE_EQ(layer.densest_row, 3.0 / 8);
}

TEST(ConvLayers, OfAFlattenedTensorReadItAsItLies) {
  const IntegerNetwork network = small_network(
      "[4, 2, 2]", "  - {conv: a, K: 6, kernel: 3}\n  - {flatten: f}\n  - {fc: b, K: 5}\n");
  const NetworkSteps steps(network);
  const ConvLayers layers(steps);
  ConvLayer layer = layers.layer(1);
  const int stride = position_bytes(6);
  EXPECT_EQ(layer.in, (Shape{4 * stride, 1, 1}));
  EXPECT_EQ(layer.coefficients.size() % std::size_t(4 * stride), 0U);
  layer.coefficients.clear();
  layers.set_coefficients(1, layer);
  EXPECT_EQ(layer.in, (Shape{4 * stride, 1, 1}));
}

TEST(ConvLayers, SupposeWhatActivationsAreUnlessTheyAreDrawn) {
  IntegerNetwork network = small_network(
      "[8, 4, 4]", "  - {conv: a, K: 8, kernel: 3, then: relu}\n  - {conv: b, K: 8, kernel: 3}\n");
  for (IntegerNode& node : network.nodes) node.substitute.reset();
  const NetworkSteps steps(network);
  const ConvLayers layers(steps);
  EXPECT_DOUBLE_EQ(layers.read_density(0), 1) << "of an image";
  EXPECT_DOUBLE_EQ(layers.read_density(steps.at(0).output()), 0.5) << "behind a ReLU";
  EXPECT_DOUBLE_EQ(layers.read_density(steps.at(1).output()), 1);
  network.nodes[std::size_t(steps.at(0).output())].substitute.emplace();
  auto& drawn = network.nodes[std::size_t(steps.at(0).output())].substitute->values;
  drawn = {1, 0, 0, 5};
  EXPECT_DOUBLE_EQ(layers.read_density(steps.at(0).output()), 0.5);
  drawn = {1, 0, 0, 0};
  EXPECT_DOUBLE_EQ(layers.layer(1).input_density, 0.25);
}

}  // namespace
}  // namespace escalate
