#include "baselines/layer_workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "baselines/accelerator_model.h"
#include "common/error.h"
#include "tests/baselines/naive_layer.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

TEST(BitTensor, ReadsBitsAcrossWords) {
  BitTensor bits(130);
  for (const int i : {0, 63, 64, 70, 129}) bits.set(i);
  EXPECT_EQ(bits.bits(62, 10), 0b0100000110u);
  EXPECT_EQ(bits.bits(64, 64), 0x41u);
  EXPECT_EQ(bits.count(), 5);
  EXPECT_EQ(bits.count(1, 70), 3);
  std::vector<std::int64_t> visited;
  bits.for_each(63, 67, [&](std::int64_t i) { visited.push_back(i); });
  EXPECT_THAT(visited, testing::ElementsAre(63, 64, 70, 129));
}

TEST(LayerWorkload, CountsMatchedPairsLikeNaiveLoops) {
  EXPECT_TRUE(rc::check("matched pairs", [](std::uint64_t seed) {
    const LayerWorkload layer = random_layer(seed);
    RC_ASSERT(matched_pairs(layer) == naive_matched_pairs(layer));
    LayerWorkload dense_weights = layer;
    dense_weights.weights = BitTensor::ones(layer.weights.size());
    RC_ASSERT(matched_pairs(layer, Skips::kZeroActivations) == naive_matched_pairs(dense_weights));
    LayerWorkload dense = dense_weights;
    for (BitTensor& input : dense.inputs) input = BitTensor::ones(input.size());
    RC_ASSERT(matched_pairs(layer, Skips::kNothing) == naive_matched_pairs(dense));
  }));
}

TEST(LayerWorkload, OfADrawnLayerHasTheTensorsNonZeros) {
  DrawOptions options;
  options.plain_weights = true;
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=16,K=8,R=3,H=10,weight_density=0.3,activation_density=0.5"),
                   options)
          .network;
  const std::vector<LayerWorkload> layers = make_drawn_workloads(network, 2);
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(layers[0].images(), 2);
  EXPECT_EQ(layers[0].weights, BitTensor::nonzeros_of(network.nodes[1].weights));
  EXPECT_EQ(layers[0].inputs[1], BitTensor::nonzeros_of(network.nodes[0].substitute->values));
  EXPECT_EQ(layers[0].output_nonzeros, 2 * 8 * 10 * 10);
}

TEST(LayerWorkload, OfARunNetworkHasTheNonZerosOfEachImage) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=4,K=8,R=3,H=6,activation_density=0.5"), {}).network;
  const Activations input = synthetic_input(network, 0);
  const std::vector<std::vector<Activations>> outputs = {run_network(network, input)};
  const std::vector<LayerWorkload> layers = make_layer_workloads(network, outputs);
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(layers[0].inputs[0], BitTensor::nonzeros_of(outputs[0][0].values));
  EXPECT_EQ(layers[0].output_nonzeros, BitTensor::nonzeros_of(outputs[0].back().values).count());
  EXPECT_EQ(layers[0].weights,
            BitTensor::nonzeros_of(reconstruct_weights(network.nodes.back(), 4)));
}

TEST(LayerWorkload, OfAWorkloadReadsDenseMacsOfTheWholeNetwork) {
  std::int64_t macs = 0;
  for (const LayerWorkload& layer :
       make_yaml_workloads(source_folder() + "/workloads/zoo/resnet18-cifar10.yaml", 1, 0)) {
    macs += layer.dense_macs();
  }
  EXPECT_EQ(macs, 555422720);
}

/// Layers of a small workload that read its input ("<") or make its output (">").
std::string ends_of(const std::string& layers) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("w.yaml",
                   "name: w\ninput: [4, 4, 4]\ndefaults: {coefficient_density: 0.5, "
                   "weight_density: 0.5, activation_density: "
                   "0.5}\nlayers:\n" +
                       layers);
  std::string ends;
  for (const LayerWorkload& layer : make_yaml_workloads(file, 1, 0)) {
    if (layer.reads_network_input) ends += "<" + layer.name;
    if (layer.writes_network_output) ends += ">" + layer.name;
  }
  return ends;
}

TEST(LayerWorkload, KnowsWhichLayersReadTheNetworksInputAndMakeItsOutput) {
  const std::string a = "  - {conv: a, K: 4, kernel: 3}\n", b = "  - {conv: b, K: 4, kernel: 3}\n";
  EXPECT_EQ(ends_of(a), "<a>a");
  EXPECT_EQ(ends_of(a + b), "<a>b");
  EXPECT_EQ(ends_of(a + b + "  - {flatten: f}\n"), "<a>b");
  EXPECT_EQ(ends_of("  - {flatten: f}\n  - {fc: c, K: 4}\n"), "<c>c");
  EXPECT_EQ(ends_of(a + b + "  - {add: s, from: [a, b]}\n"), "<a>b");
  EXPECT_EQ(ends_of(a + b + "  - {add: s, from: [b, a], then: relu}\n  - {flatten: f}\n"), "<a>b");
  // A pool is no layer of a baseline: what it reads is neither.
  EXPECT_EQ(ends_of(a + b + "  - {maxpool: p, kernel: 2}\n"), "<a");
  EXPECT_EQ(ends_of("  - {maxpool: p, kernel: 2}\n" + a), ">a");
}

class Overworked : public AcceleratorModel {
 public:
  Overworked() : AcceleratorModel(1000, SharedParts{}) {}
  std::string name() const override { return "overworked"; }
  std::int64_t multipliers() const override { return 4; }
  int word_bits() const override { return 8; }
  Json config() const override { return Json::object(); }
  Skips skips() const override { return Skips::kNothing; }
  MachineComponents components(const CostModel&) const override { return {}; }

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink&) const override {
    BaselineRun run;
    run.macs = layer.dense_macs();
    run.compute_cycles = run.macs / 5;
    return run;
  }
};

TEST(AcceleratorModel, RefusesMoreWorkThanItsMultipliersCanDo) {
  Random random(1);
  const LayerWorkload layer = drawn_layer({10, 5, 5}, 10, 1, Window{}, 1, 1, 1, 1);
  EXPECT_THROW(Overworked().run(layer), InternalError);
}

}  // namespace
}  // namespace escalate
