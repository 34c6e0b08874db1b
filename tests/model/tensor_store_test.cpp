#include "model/tensor_store.h"

#include <gtest/gtest.h>

#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

TEST(TensorStore, KeepsWhatIsWrittenNotWhatIsComputed) {
  const IntegerNetwork network = draw_network(parse_quick_layer("C=8,K=4,H=3,R=1"), {}).network;
  const Program program = compile(network, {}, 2);
  const auto images = drawn_images(network, 2);
  TensorStore store(program);
  store.begin_batch(images);
  EXPECT_EQ(store.tensor(1, 0), images[1]);
  store.begin_layer(program.layers[0]);
  const std::vector<std::int8_t> computed = {1, 2};
  const std::vector<std::int8_t> written = {3, 4};
  store.on_outputs({1, 2, 0, 1}, computed, written);
  const int node = program.layers[0].written_node();
  const Activations& tensor = store.tensor(1, node);
  EXPECT_EQ(tensor.at(2, 0, 1), 3);
  EXPECT_EQ(tensor.at(3, 0, 1), 4);
  EXPECT_EQ(tensor.at(1, 0, 1), 0);
  EXPECT_EQ(store.tensor(0, node).at(2, 0, 1), 0);
}

TEST(TensorStore, ForgetsABatchWhenTheNextBegins) {
  const IntegerNetwork network = draw_network(parse_quick_layer("C=8,K=4,H=3,R=1"), {}).network;
  const Program program = compile(network, {});
  TensorStore store(program);
  store.begin_batch(drawn_images(network, 1));
  store.set(0, 1, {{4, 3, 3}, std::vector<std::int8_t>(36, 1)});
  EXPECT_EQ(store.tensor(0, 1).values.size(), 36U);
  store.begin_batch(drawn_images(network, 1));
  EXPECT_TRUE(store.tensor(0, 1).values.empty());
}

}  // namespace
}  // namespace escalate
