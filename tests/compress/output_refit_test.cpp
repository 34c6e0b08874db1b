#include "compress/output_refit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../support/small_network.h"
#include "common/random.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/integer_builder.h"
#include "workloads/float_executor.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

constexpr int kImages = 20;

std::unique_ptr<InputSource> images() { return open_input("synthetic", {3, 8, 8}, {}); }

struct Spread {
  double mean = 0, deviation = 0;
};

/// Of each channel of a node's output over the images.
std::vector<Spread> spreads(const Graph& graph, const std::string& name) {
  const FloatExecutor executor(graph);
  const auto source = images();
  std::vector<Tensor> outputs;
  for (int i = 0; i < kImages; ++i) {
    outputs.push_back(executor.run(source->image(i).values).at(std::size_t(graph.find(name))));
  }
  const Shape& shape = outputs[0].shape;
  const std::size_t positions = std::size_t(shape.h) * std::size_t(shape.w);
  std::vector<Spread> made;
  for (std::size_t c = 0; c < std::size_t(shape.c); ++c) {
    Spread spread;
    double square = 0;
    for (const Tensor& output : outputs) {
      for (std::size_t p = 0; p < positions; ++p) {
        const double value = output.values[c * positions + p] / (kImages * double(positions));
        spread.mean += value;
        square += value * output.values[c * positions + p];
      }
    }
    spread.deviation = std::sqrt(std::max(0.0, square - spread.mean * spread.mean));
    made.push_back(spread);
  }
  return made;
}

TEST(OutputRefit, GivesEachChannelTheMeanAndSpreadThatItHad) {
  const Graph original = small_network();
  Graph made = compress_graph(original, {});
  EXPECT_EQ(refit_to_outputs(made, original, *images(), {kImages}).images, kImages);
  for (const char* name : {"second", "classifier"}) {
    const std::vector<Spread> expected = spreads(original, name), seen = spreads(made, name);
    // 20 images are 20 samples of the classifier, and 20 x 6 x 6 of the convolution.
    const double tolerance = name == std::string("second") ? 0.02 : 0.5;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_NEAR(seen[k].mean, expected[k].mean, 1e-3 * expected[k].deviation) << name << k;
      EXPECT_NEAR(seen[k].deviation, expected[k].deviation, tolerance * expected[k].deviation);
    }
  }
}

TEST(OutputRefit, KeepsCoefficientsToTheirPattern) {
  const Graph original = small_network();
  CompressOptions options;
  options.coefficient_pattern = NmPattern{1, 4};
  Graph made = compress_graph(original, options);
  const Graph before = made;
  refit_to_outputs(made, original, *images(), {kImages, 1, 1, options.coefficient_pattern});
  const auto second = std::size_t(made.find("second"));
  const Decomposition& parts = *made.nodes[second].decomposition;
  EXPECT_NE(parts.coefficients, before.nodes[second].decomposition->coefficients);
  EXPECT_TRUE(keeps_to(parts.coefficients, 8, 1, {1, 4}));
}

TEST(OutputRefit, SeesWhatACalibrationWouldSee) {
  const Graph original = small_network();
  Graph made = compress_graph(original, {});
  const RefitSummary summary = refit_to_outputs(made, original, *images(), {kImages});
  EXPECT_EQ(summary.seen.images, kImages);
  Graph again = made;
  calibrate(again, *images(), {kImages + 5});
  calibrate(made, *images(), {kImages + 5}, summary.seen);
  ASSERT_EQ(made.quantization.tensor_scale.size(), again.quantization.tensor_scale.size());
  for (const auto& [name, scale] : again.quantization.tensor_scale) {
    // The refit corrects outputs where the network that it leaves corrects weights.
    EXPECT_NEAR(made.quantization.tensor_scale.at(name), scale, 1e-5 * scale) << name;
  }
}

TEST(OutputRefit, HardlyStretchesAChannelForTheChanceOfTwoImages) {
  const Graph original = small_network();
  const Graph before = compress_graph(original, {});
  Graph made = before;
  const RefitSummary summary = refit_to_outputs(made, original, *images(), {2});
  // Two samples, and sixteen of the layer's mean spread: at most sqrt((2 x 10 + 16) / 16) even for
  // the one channel of ten that has all of it.
  for (std::size_t k = 0; k < 10; ++k) {
    const double factor = made.nodes[5].decomposition->channel_scale[k] /
                          before.nodes[5].decomposition->channel_scale[k];
    EXPECT_LT(std::abs(std::log(factor)), std::log(1.5)) << k;
  }
  EXPECT_EQ(summary.scarce, (std::map<std::string, std::int64_t>{{"classifier", 2}}));
  EXPECT_TRUE(refit_to_outputs(made, original, *images(), {16}).scarce.empty());
}

TEST(OutputRefit, ReportsWhatTheOutputsStillDifferBy) {
  const Graph original = small_network();
  Graph made = compress_graph(original, {});
  const RefitSummary summary = refit_to_outputs(made, original, *images(), {kImages});
  const FloatExecutor was(original), is(made);
  const auto source = images();
  double error = 0;
  for (int i = 0; i < kImages; ++i) {
    const Tensor image = source->image(i).values;
    const std::vector<float> expected = was.run(image)[3].values, seen = is.run(image)[3].values;
    for (std::size_t v = 0; v < expected.size(); ++v) {
      error += double(expected[v] - seen[v]) * double(expected[v] - seen[v]);
    }
  }
  double variance = 0;
  for (const Spread& spread : spreads(original, "second")) {
    variance += spread.deviation * spread.deviation;
  }
  const double count = kImages * double(original.nodes[3].out.size()) / 8;
  EXPECT_NEAR(summary.output_error.at("second"), std::sqrt(error / count / variance), 1e-3);
  EXPECT_EQ(summary.output_error.size(), 2u);
}

TEST(OutputRefit, KeepsDirectLayersAndTheBasis) {
  const Graph original = small_network();
  const Graph before = compress_graph(original, {});
  Graph made = before;
  refit_to_outputs(made, original, *images(), {kImages});
  for (std::size_t i = 0; i < made.nodes.size(); ++i) {
    Node& node = made.nodes[i];
    if (node.decomposition) {
      EXPECT_NE(node, before.nodes[i]);
      for (const float scale : node.decomposition->channel_scale) EXPECT_GT(scale, 0);
      node.decomposition->coefficients = before.nodes[i].decomposition->coefficients;
      node.decomposition->channel_scale = before.nodes[i].decomposition->channel_scale;
      node.bias = before.nodes[i].bias;
    }
    EXPECT_EQ(node, before.nodes[i]) << node.name;
  }
}

TEST(OutputRefit, DoesNotDependOnTheNumberOfJobs) {
  const Graph original = small_network();
  Graph one = compress_graph(original, {}), four = one;
  refit_to_outputs(one, original, *images(), {kImages, 1, 1});
  refit_to_outputs(four, original, *images(), {kImages, 1, 4});
  EXPECT_EQ(one, four);
}

TEST(OutputRefit, MovesAChannelThatIsConstantWithoutStretchingIt) {
  Graph original = small_network();
  Node& second = original.nodes[3];
  std::fill_n(second.weights.begin(), 72, 0.0f);
  second.bias.assign(8, 0.25f);
  Graph made = compress_graph(original, {});
  const float scale = made.nodes[3].decomposition->channel_scale[0];
  refit_to_outputs(made, original, *images(), {kImages});
  EXPECT_EQ(made.nodes[3].decomposition->channel_scale[0], scale);
  EXPECT_FLOAT_EQ(made.nodes[3].bias[0], 0.25f);
}

TEST(OutputRefit, LeavesANetworkThatLostNothingAsItIs) {
  const Graph made = compress_graph(small_network(), {});
  Graph again = made;
  const RefitSummary summary = refit_to_outputs(again, made, *images(), {kImages});
  EXPECT_EQ(again, made);
  EXPECT_EQ(summary.images, 0);
  EXPECT_TRUE(summary.output_error.empty());
}

double normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(2 * M_PI * random.uniform());
}

void add_weights(Node& node, std::int64_t inputs, Random& random) {
  node.form = LayerForm::kDecomposed;
  for (std::int64_t i = 0; i < node.out_channels * inputs; ++i) {
    node.weights.push_back(float(normal(random) * std::sqrt(2.0 / double(inputs))));
  }
}

/// One to three convolutions, mostly with a ReLU, mostly a global pool, and a classifier, all of
/// whose layers are decomposed.
Graph random_network(std::uint64_t seed) {
  Random random(seed);
  Graph graph;
  graph.name = "random";
  const auto add = [&](const std::string& name, OpKind op) -> Node& {
    Node node;
    node.name = name + std::to_string(graph.nodes.size());
    node.op = op;
    if (!graph.nodes.empty()) node.inputs = {int(graph.nodes.size()) - 1};
    graph.nodes.push_back(node);
    return graph.nodes.back();
  };
  const int extent = int(random.between(4, 10));
  int channels = int(random.between(1, 4));
  add("input", OpKind::kInput).out = {channels, extent, extent};
  for (auto layers = random.between(1, 3); layers > 0; --layers) {
    Node& conv = add("conv", OpKind::kConv);
    conv.out_channels = int(random.between(4, 24));
    if (random.chance(0.7)) conv.window = {3, 3, 1, 1, 1, 1, 1, 1};
    if (random.chance(0.3)) conv.window.stride_h = conv.window.stride_w = 2;
    add_weights(conv, std::int64_t{channels} * conv.window.r * conv.window.s, random);
    channels = conv.out_channels;
    if (random.chance(0.8)) add("relu", OpKind::kRelu);
  }
  if (random.chance(0.7)) add("pool", OpKind::kGlobalAvgPool);
  graph.infer_shapes();
  const std::int64_t inputs = graph.nodes.back().out.size();
  Node& classifier = add("classifier", OpKind::kFullyConnected);
  classifier.out_channels = int(random.between(2, 32));
  add_weights(classifier, inputs, random);
  graph.infer_shapes();
  return graph;
}

/// Of a network's outputs on images that it was not fitted to, in floating point and as integers.
class HeldOutError {
 public:
  explicit HeldOutError(const Graph& original)
      : images_(open_input("synthetic", original.nodes[0].out, {}, 99)) {
    const FloatExecutor executor(original);
    for (int i = 0; i < kHeldOut; ++i) {
      expected_.push_back(executor.run(images_->image(i).values).back().values);
    }
  }
  double real(const Graph& graph) const {
    const FloatExecutor executor(graph);
    return error([&](int i) { return executor.run(images_->image(i).values).back().values; });
  }
  double integer(const Graph& graph) const {
    const IntegerNetwork network = build_integer_network(graph);
    return error([&](int i) {
      const Activations input = quantize_input(images_->image(i), network.input_scale);
      const Activations output = run_network(network, input).back();
      std::vector<float> values;
      for (const std::int8_t step : output.values) {
        values.push_back(float(step * network.nodes.back().scale));
      }
      return values;
    });
  }

 private:
  static constexpr int kHeldOut = 10;

  template <class Outputs>
  double error(Outputs&& outputs) const {
    double wrong = 0, all = 0;
    for (int i = 0; i < kHeldOut; ++i) {
      const std::vector<float> seen = outputs(i);
      for (std::size_t k = 0; k < seen.size(); ++k) {
        const double value = expected_[std::size_t(i)][k];
        wrong += (value - seen[k]) * (value - seen[k]);
        all += value * value;
      }
    }
    return std::sqrt(wrong / all);
  }

  std::unique_ptr<InputSource> images_;
  std::vector<std::vector<float>> expected_;
};

TEST(OutputRefit, IsNoWorseOfMoreImages) {
  constexpr int kNetworks = 12, kMost = 8;
  std::vector<double> mean_of(kMost + 1, 0.0);  // of the logarithms of errors, by images
  for (int seed = 1; seed <= kNetworks; ++seed) {
    const Graph original = random_network(std::uint64_t(seed));
    const Graph before = compress_graph(original, {});
    const HeldOutError error(original);
    const auto source = open_input("synthetic", original.nodes[0].out, {}, 1);
    double least_real = 1e9, least_integer = 1e9;
    for (int n = 1; n <= kMost; ++n) {
      Graph made = before;
      refit_to_outputs(made, original, *source, {n});
      const double real = error.real(made);
      calibrate(made, *source, {n});
      const double integer = error.integer(made);
      // What n images have in common by chance moves a single network's error, up or down.
      EXPECT_LT(real, 1.5 * least_real) << "network " << seed << ", " << n << " images";
      EXPECT_LT(integer, 1.5 * least_integer) << "network " << seed << ", " << n << " images";
      least_real = std::min(least_real, real);
      least_integer = std::min(least_integer, integer);
      mean_of[std::size_t(n)] += std::log(real) / kNetworks;
    }
  }
  for (int n = 2; n <= kMost; ++n) {
    EXPECT_LT(mean_of[std::size_t(n)], mean_of[std::size_t(n - 1)] + std::log(1.1)) << n;
  }
  EXPECT_LT(mean_of[kMost], mean_of[1]);
}

}  // namespace
}  // namespace escalate
