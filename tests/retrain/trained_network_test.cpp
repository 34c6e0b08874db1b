#include "retrain/trained_network.h"

#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "../support/random_graph.h"
#include "../support/test_tensors.h"
#include "retrain/transformations.h"
#include "tests/retrain/small_networks.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

at::Tensor image_of(const Tensor& tensor) {
  return tensor_of(tensor.values, {1, tensor.shape.c, tensor.shape.h, tensor.shape.w});
}

/// Largest difference between a node's values here and there, in units of the largest value.
float difference(const at::Tensor& made, const Tensor& expected) {
  const std::vector<float> values = floats_of(made);
  EXPECT_EQ(values.size(), expected.values.size());
  float most = 0, largest = 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]) && std::isnan(expected.values[i])) continue;
    most = std::max(most, std::abs(values[i] - expected.values[i]));
    largest = std::max(largest, std::abs(expected.values[i]));
  }
  return most / largest;
}

TEST(TrainedNetwork, ComputesWhatTheFloatReferenceDoes) {
  EXPECT_TRUE(rc::check("all nodes are equal, for every kind of layer", [] {
    TrainedNetwork network(RandomGraph::make());
    const Graph graph = network.graph();
    const Tensor image = wavy_tensor(graph.nodes[0].out);
    const c10::NoGradGuard no_gradients;
    const std::vector<at::Tensor> made = network.forward_all(image_of(image), false);
    const std::vector<Tensor> expected = run_float(graph, image);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!(difference(made[i], expected[i]) < 1e-4f)) {
        RC_FAIL(graph.nodes[i].name + "\n" + describe(graph));
      }
    }
  }));
}

TEST(TrainedNetwork, KeepsItsValuesThroughItsState) {
  for (const Graph& graph : {small_vgg(), small_resnet(), small_mobilenet()}) {
    TrainedNetwork network(graph);
    decompose(network, layers_to_decompose(graph, {}, false), 4);
    prune_coefficients(network, 0.5);
    TrainedNetwork other(with_random_weights(graph, 99));
    other.load_state(network.state());
    EXPECT_EQ(other.graph(), network.graph()) << graph.name;
  }
}

TEST(TrainedNetwork, IsTheSameWithBatchNormsAdded) {
  Graph plain = small_resnet();
  TrainedNetwork before(plain);
  // A network without batch norms, as folded ones are.
  Graph folded = plain;
  for (Node& node : folded.nodes) {
    if (node.op == OpKind::kBatchNorm) {
      node.op = OpKind::kClip;
      node.bn_scale = node.bn_bias = node.bn_mean = node.bn_variance = {};
    }
  }
  folded.infer_shapes();
  TrainedNetwork without(folded), with(with_batch_norms(folded));
  const at::Tensor images =
      at::sin(at::arange(4 * 3 * 12 * 12, at::kFloat)).reshape({4, 3, 12, 12});
  settle_batch_norms(with, folded, images);
  const c10::NoGradGuard no_gradients;
  const at::Tensor expected = without.forward(images, false);
  EXPECT_LT((with.forward(images, false) - expected).abs().max().item<float>(), 1e-4f);
  EXPECT_EQ(with.batch_norms().size(), 6U);
}

TEST(StraightThrough, HasTheValueOfOneAndTheGradientOfTheOther) {
  at::Tensor latent = at::tensor({-0.9f, -0.5f, 0.2f, 0.51f, 1.4f}).requires_grad_();
  const at::Tensor code = straight_through(latent, ternary_codes_of(latent));
  EXPECT_THAT(floats_of(code), testing::ElementsAre(-1, 0, 0, 1, 1));
  const at::Tensor factors = at::tensor({1.0f, -2.0f, 3.0f, 4.0f, 0.5f});
  (code * factors).sum().backward();
  EXPECT_EQ(floats_of(latent.grad()), floats_of(factors));
}

TEST(TernaryLayer, PassesGradientsToLatentsAndBasis) {
  // d loss / d latent[k,m,c] is what it would be for a real coefficient of the code's value.
  Graph graph = small_vgg();
  const std::vector<int> layers = layers_to_decompose(graph, {}, false);
  TrainedNetwork network(with_ternary_layers(graph, layers, {3, 1, 1, 1}));
  TrainedLayer& ternary = network.layers().at(layers.at(0));
  TrainedLayer real = ternary;
  real.weighting = Weighting::kRealBasis;
  const at::Tensor scale = basis_scale_of(ternary.basis);
  real.basis = at::round(ternary.basis / scale) * scale;
  for (TrainedLayer* layer : {&ternary, &real}) {
    layer->coefficients = layer->coefficients.clone().requires_grad_();
    layer->basis = layer->basis.detach().clone().requires_grad_();
  }
  const at::Tensor weight = ternary.effective_weight();
  const at::Tensor factors =
      at::cos(at::arange(weight.numel(), at::kFloat)).reshape(weight.sizes());
  (weight * factors).sum().backward();
  (real.effective_weight() * ternary.channel_scale.reshape({-1, 1, 1, 1}) * factors)
      .sum()
      .backward();
  EXPECT_TRUE(at::allclose(ternary.coefficients.grad(), real.coefficients.grad(), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(ternary.basis.grad(), real.basis.grad(), 1e-4, 1e-5));
  EXPECT_GT(ternary.coefficients.grad().abs().max().item<float>(), 0);
}

TEST(Decompose, WithAllTermsChangesNothing) {
  const Graph graph = small_resnet();
  TrainedNetwork network(graph), whole(graph);
  decompose(network, layers_to_decompose(graph, {}, false), 9);
  const c10::NoGradGuard no_gradients;
  const at::Tensor images =
      at::sin(at::arange(2 * 3 * 12 * 12, at::kFloat)).reshape({2, 3, 12, 12});
  const at::Tensor expected = whole.forward(images, false);
  EXPECT_LT((network.forward(images, false) - expected).abs().max().item<float>(), 1e-3f);
}

TEST(Decompose, LeavesFirstDepthwisePointwiseAndChosenLayersPlain) {
  const Graph mobilenet = small_mobilenet();
  EXPECT_EQ(layers_to_decompose(mobilenet, {}, false).size(), 1U);
  EXPECT_EQ(layers_to_decompose(mobilenet, {}, true).size(), 4U);
  EXPECT_TRUE(layers_to_decompose(mobilenet, {"conv*"}, false).empty());
}

TEST(Shrunk, ComputesTheSameInEveryKindOfNetwork) {
  for (const Graph& graph : {small_vgg(), small_resnet(), small_mobilenet()}) {
    TrainedNetwork network(graph);
    decompose(network, layers_to_decompose(graph, {}, false), 5);
    const c10::NoGradGuard no_gradients;
    for (auto& [node, layer] : network.layers()) {  // dead rows, columns and a dead term
      at::Tensor& values = layer.sparse();
      if (layer.weighting == Weighting::kRealBasis) {
        values.select(1, 2).zero_();
        values.select(2, 1).zero_();
        values.select(0, 3).zero_();
      }
    }
    prune_coefficients(network, 0.4);
    const TrainedNetwork small = shrunk(network);
    const at::Tensor images =
        at::sin(at::arange(2 * 3 * 12 * 12, at::kFloat)).reshape({2, 3, 12, 12});
    const at::Tensor expected = network.forward(images, false);
    TrainedNetwork copy = small;
    EXPECT_LT((copy.forward(images, false) - expected).abs().max().item<float>(), 1e-3f)
        << graph.name;
    EXPECT_LT(small.state()
                  .at(small.structure()
                          .nodes[std::size_t(layers_to_decompose(graph, {}, false)[0])]
                          .name +
                      ".basis")
                  .size(0),
              5)
        << graph.name;
    const TrainedNetwork again = shrunk(small);
    EXPECT_EQ(again.graph(), small.graph()) << "a fixed point: " << graph.name;
    // The pairs of convolutions are the same function, as any runtime would compute it.
    TrainedNetwork pairs(graph_of_pairs(small));
    EXPECT_LT((pairs.forward(images, false) - expected).abs().max().item<float>(), 1e-3f);
  }
}

}  // namespace
}  // namespace escalate
