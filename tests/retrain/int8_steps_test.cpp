#include "retrain/int8_steps.h"

#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/random_graph.h"
#include "../support/test_tensors.h"
#include "compress/calibrate.h"
#include "compress/graph_passes.h"
#include "compress/integer_builder.h"
#include "retrain/phase_trainer.h"
#include "tests/retrain/small_networks.h"

namespace escalate {
namespace {

constexpr int kImages = 6;

std::vector<Tensor> images_for(const Graph& graph) {
  std::vector<Tensor> images;
  for (int i = 0; i < kImages; ++i) images.push_back(wavy_tensor(graph.nodes[0].out, i));
  return images;
}

at::Tensor batch_of(const std::vector<Tensor>& images) {
  std::vector<at::Tensor> parts;
  for (const Tensor& image : images) {
    parts.push_back(tensor_of(image.values, {1, image.shape.c, image.shape.h, image.shape.w}));
  }
  return at::cat(parts);
}

Graph ternary(const Graph& graph) {
  return with_ternary_layers(graph, layers_to_decompose(graph, {}, false), {3, 1, 0.6, 1});
}

std::vector<Graph> networks() {
  return {ternary(small_vgg()), ternary(small_resnet()), ternary(small_mobilenet())};
}

TEST(Int8Steps, AreTheScalesOfTheIntegerNetwork) {
  EXPECT_TRUE(rc::check("every step is the calibration's", [] {
    TrainedNetwork network(RandomGraph::make());
    const std::vector<Tensor> images = images_for(network.structure());
    const std::map<int, double> steps = int8_steps_of(network, batch_of(images));
    Graph calibrated = network.graph();
    calibrate(calibrated, images);
    RC_ASSERT(steps.contains(0));
    for (const auto& [i, step] : steps) {
      const Node& node = network.structure().nodes[std::size_t(i)];
      auto scale = calibrated.quantization.tensor_scale.find(node.name);
      if (scale == calibrated.quantization.tensor_scale.end()) {  // a folded batch norm
        RC_ASSERT(node.op == OpKind::kBatchNorm);
        const Node& layer = network.structure().nodes[std::size_t(node.inputs[0])];
        scale = calibrated.quantization.tensor_scale.find(layer.name);
      }
      RC_ASSERT(scale != calibrated.quantization.tensor_scale.end());
      // Sums in another order may move a value across the border of a bin.
      RC_ASSERT(std::abs(step / double(scale->second) - 1) < 0.05);
    }
  }));
}

TEST(Int8Steps, AreThereForEachTensorOfTheIntegerNetworkAndNoOther) {
  for (const Graph& graph : networks()) {
    TrainedNetwork network(graph);
    const std::vector<Tensor> images = images_for(graph);
    const std::map<int, double> steps = int8_steps_of(network, batch_of(images));
    Graph calibrated = network.graph();
    calibrate(calibrated, images);
    EXPECT_EQ(steps.size(), build_integer_network(calibrated).nodes.size()) << graph.name;
  }
}

TEST(Int8Activations, AreWhatTheIntegerNetworkComputes) {
  for (const Graph& graph : networks()) {
    TrainedNetwork network(graph);
    const std::vector<Tensor> images = images_for(graph);
    network.set_int8_steps(int8_steps_of(network, batch_of(images)));
    Graph calibrated = network.graph();
    calibrate(calibrated, images);
    const IntegerNetwork integers = build_integer_network(calibrated);
    const c10::NoGradGuard no_gradients;
    const std::vector<float> outputs = floats_of(network.forward(batch_of(images), false));
    const double step = network.int8_steps().at(int(graph.nodes.size()) - 1);
    std::size_t v = 0;
    double sum = 0, largest = 0;
    for (const Tensor& image : images) {
      const auto values =
          run_network(integers,
                      quantize_input({image, std::nullopt, "image", false}, integers.input_scale))
              .back()
              .values;
      for (const int value : values) {
        const double difference = std::abs(double(outputs[v++]) / step - value);
        sum += difference;
        largest = std::max(largest, difference);
      }
    }
    EXPECT_EQ(v, outputs.size());
    EXPECT_LT(largest, 3) << graph.name;  // steps of 127: roundings at borders, of three layers
    EXPECT_LT(sum / double(v), 0.5) << graph.name;
  }
}

TEST(Int8Activations, LieOnTheGridOfTheirSteps) {
  for (const Graph& graph : networks()) {
    TrainedNetwork network(graph);
    const at::Tensor images = batch_of(images_for(graph));
    network.set_int8_steps(int8_steps_of(network, images));
    for (const bool training : {false, true}) {
      const std::vector<at::Tensor> outputs = network.forward_all(images, training);
      for (const auto& [node, step] : network.int8_steps()) {
        const at::Tensor multiples = outputs[std::size_t(node)].detach() / step;
        EXPECT_LT((multiples - at::round(multiples)).abs().max().item<float>(), 1e-3f);
        EXPECT_GE(multiples.min().item<float>(), -128.001f);
        EXPECT_LE(multiples.max().item<float>(), 127.001f);
      }
    }
  }
}

TEST(Int8Activations, PassTheGradientWhereNothingIsClipped) {
  TrainedNetwork network(small_vgg());
  network.set_int8_steps({{0, 0.01}});
  at::Tensor images = at::linspace(-3, 3, 3 * 12 * 12).reshape({1, 3, 12, 12}).requires_grad_();
  network.forward_all(images, false)[0].sum().backward();
  const at::Tensor inside = ((images >= -1.285) * (images < 1.275)).to(at::kFloat);
  EXPECT_GT(inside.sum().item<float>(), 100);
  EXPECT_TRUE(at::equal(images.grad(), inside));
}

TEST(Int8Activations, LetEveryParameterLearn) {
  for (const Graph& graph : networks()) {
    TrainedNetwork network(graph);
    const at::Tensor images = batch_of(images_for(graph));
    network.set_int8_steps(int8_steps_of(network, images));
    for (Parameter& parameter : network.parameters()) parameter.tensor.requires_grad_();
    const at::Tensor labels = at::arange(kImages, at::kLong) % 10;
    at::cross_entropy_loss(network.forward(images, true), labels).backward();
    for (const Parameter& parameter : network.parameters()) {
      ASSERT_TRUE(parameter.tensor.grad().defined()) << graph.name << " " << parameter.name;
      EXPECT_GT(parameter.tensor.grad().abs().max().item<float>(), 0)
          << graph.name << " " << parameter.name;
    }
  }
}

TEST(Int8Activations, LeaveZerosZero) {
  TrainedNetwork network(small_resnet());
  decompose(network, layers_to_decompose(network.structure(), {}, false), 4);
  prune_coefficients(network, 1);
  for (auto& [node, layer] : network.layers()) {  // one plain weight in two is pruned
    if (layer.weighting != Weighting::kPlain) continue;
    layer.mask = at::arange(layer.weight.numel(), at::kFloat).reshape(layer.weight.sizes()) % 2;
    layer.weight.mul_(layer.mask);
  }
  const LabelledImages images{{3, 12, 12},
                              std::vector<std::uint8_t>(16 * 432, 77),
                              {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5}};
  network.set_int8_steps(int8_steps_of(network, batch_of(images_for(network.structure()))));
  const double zeros = zero_share(network);
  PhaseSettings settings;
  settings.batch = 8;
  PhaseTrainer trainer(network, nullptr, images, settings);
  trainer.run_epoch(0);
  for (const auto& [node, layer] : network.layers()) {
    if (!layer.mask.defined()) continue;
    EXPECT_EQ((layer.sparse() * (1 - layer.mask)).abs().max().item<float>(), 0) << node;
  }
  EXPECT_GE(zero_share(network), zeros);
}

}  // namespace
}  // namespace escalate
