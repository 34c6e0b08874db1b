#include "compiler/network_json.h"

#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

/// A network in which no two numbers of a node are equal, and none is what it is by default.
IntegerNetwork peculiar_network() {
  IntegerNetwork network;
  network.name = "peculiar";
  network.transform.mean = {0.25f, 0.5f, 0.75f};
  network.transform.std = {2, 3, 4};
  network.transform.bgr = true;
  network.input_scale = 0.125;
  network.seed = 0xfedcba9876543210;
  network.nodes.resize(3);
  network.nodes[0].name = "input";
  IntegerNode& node = network.nodes[2];
  node.name = "odd";
  node.op = IntegerOp::kAvgPool;
  node.inputs = {1, 0};
  node.out = {11, 12, 13};
  node.scale = 0.375;
  node.form = WeightForm::kDirect;
  node.groups = 14;
  node.window.r = 15;
  node.window.s = 16;
  node.window.stride_h = 17;
  node.window.stride_w = 18;
  node.window.pad_top = 19;
  node.window.pad_left = 20;
  node.window.pad_bottom = 21;
  node.window.pad_right = 22;
  node.window.ceil_mode = true;
  node.terms = 23;
  node.coefficients = {1, 0, -1};
  node.basis = {-128, 127};
  node.weights = {24, -25, 26, 27};
  node.bias = {-2147483647, 28};
  node.requant = {{29, 30}, {31, 32}};
  node.add_multiplier[0] = 33;
  node.add_multiplier[1] = -34;
  node.add_shift = 35;
  node.clamp_low = -36;
  node.clamp_high = 37;
  node.count_include_pad = true;
  node.pad_before = 38;
  node.pad_after = 39;
  node.substitute = Activations{{1, 2, 3}, {40, 41, 42, 43, 44, 45}};
  return network;
}

TEST(NetworkJson, BringsEveryMemberBack) {
  const IntegerNetwork network = peculiar_network();
  EXPECT_EQ(network_from_json(network_to_json(network)), network);
}

TEST(NetworkJson, RefusesASubstituteThatDoesNotFitItsShape) {
  IntegerNetwork network = peculiar_network();
  network.nodes[2].substitute->values.pop_back();
  EXPECT_USER_ERROR(network_from_json(network_to_json(network)), HasSubstr("'odd'"));
}

TEST(NetworkJson, RefusesANodeThatReadsItselfOrALaterOneOrNone) {
  for (const int input : {-1, 2, 3}) {
    IntegerNetwork network = peculiar_network();
    network.nodes[2].inputs[1] = input;
    EXPECT_USER_ERROR(network_from_json(network_to_json(network)),
                      HasSubstr("node 'odd' reads a node that is not before it"));
  }
}

}  // namespace
}  // namespace escalate
