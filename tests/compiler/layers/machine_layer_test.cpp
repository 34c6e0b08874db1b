#include "compiler/layers/machine_layer.h"

#include <gtest/gtest.h>

#include <set>

#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

TEST(MachineLayers, AreThereForEveryOperationButTheInput) {
  std::set<const MachineLayer*> layers;
  for (std::size_t op = 0; op < integer_kinds().size(); ++op) {
    if (static_cast<IntegerOp>(op) == IntegerOp::kInput) continue;
    layers.insert(&machine_layer(static_cast<IntegerOp>(op)));
  }
  EXPECT_EQ(layers.size() + 1, integer_kinds().size());
  EXPECT_THROW(machine_layer(IntegerOp::kInput), InternalError);
}

TEST(MachineLayers, HaveNamesOfTheirOwn) {
  IntegerNetwork network;
  network.nodes.resize(2);
  network.nodes[1].inputs = {0};
  std::set<std::string> names;
  for (std::size_t op = 0; op < integer_kinds().size(); ++op) {
    IntegerNode& node = network.nodes[1];
    node.op = static_cast<IntegerOp>(op);
    if (node.op == IntegerOp::kInput) continue;
    EXPECT_TRUE(names.insert(machine_layer(node.op).name(network, node)).second) << op;
  }
}

TEST(MachineLayers, OfConvolutionsAreNamedByHowTheyRun) {
  IntegerNetwork network;
  network.nodes.resize(2);
  network.nodes[0].out = {4, 5, 5};
  IntegerNode& conv = network.nodes[1];
  conv.op = IntegerOp::kConv;
  conv.inputs = {0};
  const auto name = [&] { return machine_layer(conv.op).name(network, conv); };
  EXPECT_EQ(name(), "pointwise");
  conv.window.r = 3;
  EXPECT_EQ(name(), "decomposed");
  conv.form = WeightForm::kDirect;
  EXPECT_EQ(name(), "direct");
  conv.groups = 4;
  EXPECT_EQ(name(), "depthwise");
  conv.form = WeightForm::kDecomposed;
  network.nodes[0].op = IntegerOp::kFlatten;
  EXPECT_EQ(name(), "fully_connected");
}

}  // namespace
}  // namespace escalate
