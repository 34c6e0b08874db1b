#include "compress/output_refit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../support/small_network.h"
#include "compress/compress.h"
#include "workloads/float_executor.h"

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
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_NEAR(seen[k].mean, expected[k].mean, 1e-3 * expected[k].deviation) << name << k;
      EXPECT_NEAR(seen[k].deviation, expected[k].deviation, 1e-3 * expected[k].deviation);
    }
  }
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

TEST(OutputRefit, IsOneForANetworkThatLostNothing) {
  Graph original = small_network();
  const Graph made = compress_graph(original, {});
  Graph again = made;
  refit_to_outputs(again, made, *images(), {kImages});
  for (const std::size_t i : {3u, 5u}) {
    for (std::size_t k = 0; k < 8; ++k) {
      EXPECT_NEAR(again.nodes[i].decomposition->channel_scale[k],
                  made.nodes[i].decomposition->channel_scale[k],
                  1e-5 * made.nodes[i].decomposition->channel_scale[k]);
      EXPECT_NEAR(again.nodes[i].bias[k], 0, 1e-5);
    }
  }
}

}  // namespace
}  // namespace escalate
