#include "model/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/simulated.h"

namespace escalate {
namespace {

// Every layer of a network with fused additions: the reference is what dense integer arithmetic of
// the whole network says.
TEST(Reference, IsIntegerArithmeticOfTheNetworkWholeAndOutputByOutput) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const auto images = drawn_images(network, 1);
  const auto expected = run_network(network, images[0]);
  TensorStore tensors(program);
  tensors.begin_batch(images);
  for (int node = 0; node < int(expected.size()); ++node) {
    tensors.set(0, node, expected[std::size_t(node)]);
  }
  int fused = 0;
  for (const LayerCode& layer : program.layers) {
    SCOPED_TRACE(layer.name);
    const auto written = std::size_t(layer.written_node());
    const Reference reference(program, layer);
    const Reference::Inputs inputs = reference.inputs(tensors, 0);
    const Activations all = reference.outputs(inputs);
    if (!network.nodes[written].substitute) {
      EXPECT_EQ(all.values, expected[written].values);
    }
    std::vector<std::size_t> some;
    for (std::size_t at = 3; at < all.values.size(); at += 97) some.push_back(at);
    const std::vector<std::int8_t> values = reference.outputs_at(some, inputs);
    ASSERT_EQ(values.size(), some.size());
    for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(values[i], all.values[some[i]]);
    fused += layer.fused_add >= 0 ? 1 : 0;
  }
  EXPECT_GT(fused, 0);
}

}  // namespace
}  // namespace escalate
