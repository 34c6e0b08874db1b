#include "compress/compress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "../support/expect_user_error.h"
#include "../support/random_weights.h"
#include "compress/direct_weights.h"
#include "workloads/float_executor.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// input 3x8x8 -> first (8, 3x3) -> depth (8, depthwise 3x3) -> point (16, 1x1) -> second (8, 3x3)
/// -> pool -> classifier (5)
Graph example() {
  Graph graph;
  graph.name = "example";
  graph.nodes.resize(1);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {3, 8, 8};
  const auto add = [&](const std::string& name, OpKind op, int outputs, int groups, int extent,
                       int weights) {
    Node node;
    node.name = name;
    node.op = op;
    node.inputs = {int(graph.nodes.size()) - 1};
    node.out_channels = outputs;
    node.groups = groups;
    node.window.r = node.window.s = extent;
    node.weights = sine_weights(std::size_t(weights));
    graph.nodes.push_back(std::move(node));
  };
  add("first", OpKind::kConv, 8, 1, 3, 8 * 3 * 9);
  add("depth", OpKind::kConv, 8, 8, 3, 8 * 9);
  add("point", OpKind::kConv, 16, 1, 1, 16 * 8);
  add("second", OpKind::kConv, 8, 1, 3, 8 * 16 * 9);
  add("pool", OpKind::kGlobalAvgPool, 0, 1, 1, 0);
  add("classifier", OpKind::kFullyConnected, 5, 1, 1, 5 * 8);
  graph.infer_shapes();
  return graph;
}

const Node& node_of(const Graph& graph, const std::string& name) {
  return graph.nodes.at(std::size_t(graph.find(name)));
}

TEST(Compress, KeepsTheFirstAndDepthwiseLayersDirect) {
  CompressReport report;
  const Graph made = compress_graph(example(), {}, &report);
  for (const char* name : {"first", "depth"}) {
    EXPECT_EQ(node_of(made, name).form, LayerForm::kDirect) << name;
    EXPECT_FALSE(node_of(made, name).weight_scale.empty()) << name;
  }
  EXPECT_EQ(node_of(made, "point").decomposition->terms, 1);
  EXPECT_EQ(node_of(made, "second").decomposition->terms, 6);
  EXPECT_EQ(node_of(made, "classifier").decomposition->terms, 1);
  ASSERT_EQ(report.layers.size(), 5u);
  for (const LayerReport& layer : report.layers) {
    EXPECT_EQ(layer.form, node_of(made, layer.name).form);
    EXPECT_EQ(layer.terms > 0, layer.form == LayerForm::kDecomposed);
  }
}

TEST(Compress, KeepsInt8WeightsWhereADecompositionCameToBeAllZero) {
  CompressReport report;
  Graph made = compress_graph(example(), {}, &report);
  Node& classifier = made.nodes.at(std::size_t(made.find("classifier")));
  std::fill(classifier.decomposition->coefficients.begin(),
            classifier.decomposition->coefficients.end(), std::int8_t{0});
  const Node untouched = node_of(made, "point");
  undo_zeroed_layers(example(), made, report);
  EXPECT_EQ(node_of(made, "classifier").form, LayerForm::kDirect);
  EXPECT_FALSE(node_of(made, "classifier").decomposition);
  const LayerReport& layer = report.layers.back();
  EXPECT_TRUE(layer.came_out_zero);
  EXPECT_EQ(layer.form, LayerForm::kDirect);
  EXPECT_LT(layer.error, 0.02);
  EXPECT_LT(layer.zero_share, 0.5);
  EXPECT_EQ(node_of(made, "point"), untouched);
}

TEST(Compress, TakesTheNumbersOfTermsAskedFor) {
  CompressOptions options;
  options.terms = 4;
  options.pointwise_terms = 3;
  const Graph made = compress_graph(example(), options);
  EXPECT_EQ(node_of(made, "second").decomposition->terms, 4);
  EXPECT_EQ(node_of(made, "point").decomposition->terms, 3);
}

TEST(Compress, SaysWhereThereAreFewerBasisKernelsThanAskedFor) {
  CompressOptions options;
  options.terms = 12;
  CompressReport report;
  const Graph made = compress_graph(example(), options, &report);
  EXPECT_EQ(node_of(made, "second").decomposition->terms, 9);
  EXPECT_THAT(report.layers[3].note, AllOf(HasSubstr("12"), HasSubstr("9"), HasSubstr("3x3")));
  EXPECT_EQ(report.layers[2].note, "");
}

TEST(Compress, KeepsLayersDirectThatAreNamed) {
  CompressOptions options;
  options.direct = {"sec*", "classifier"};
  const Graph made = compress_graph(example(), options);
  EXPECT_EQ(node_of(made, "second").form, LayerForm::kDirect);
  EXPECT_EQ(node_of(made, "classifier").form, LayerForm::kDirect);
  EXPECT_EQ(node_of(made, "point").form, LayerForm::kDecomposed);
}

TEST(Compress, KeepsADecompositionThatIsThere) {
  const Graph graph = compress_graph(example(), {});
  CompressOptions other;
  other.terms = 2;
  CompressReport report;
  const Graph again = compress_graph(graph, other, &report);
  EXPECT_EQ(again, graph);
  EXPECT_TRUE(report.kept_decomposition);
}

TEST(Compress, GivesTheSameForAnyNumberOfJobs) {
  CompressOptions parallel;
  parallel.jobs = 3;
  EXPECT_EQ(compress_graph(example(), parallel), compress_graph(example(), {}));
}

TEST(Compress, ReportsErrorsThatTheWeightsHave) {
  CompressReport report;
  const Graph graph = example();
  const Graph made = compress_graph(graph, {}, &report);
  const LayerReport& second = report.layers[3];
  const std::vector<float> was = node_of(graph, "second").weights;
  const std::vector<float> is = float_weights(node_of(made, "second"), 16);
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < was.size(); ++i) {
    lost += double(was[i] - is[i]) * double(was[i] - is[i]);
    all += double(was[i]) * double(was[i]);
  }
  EXPECT_NEAR(second.error, std::sqrt(lost / all), 1e-6);
  EXPECT_LT(second.svd_error, second.error);
  EXPECT_LT(second.error, second.threshold_error);
}

TEST(Compress, CountsTheBitsOfEachForm) {
  CompressReport report;
  const Graph made = compress_graph(example(), {}, &report);
  const LayerReport& second = report.layers[3];
  const std::vector<std::int8_t>& codes = node_of(made, "second").decomposition->coefficients;
  const auto zeros = std::count(codes.begin(), codes.end(), 0);
  EXPECT_EQ(second.weights, 8 * 16 * 9);
  EXPECT_EQ(second.dense_bits, 2 * 8 * 6 * 16 + 8 * 6 * 9);
  EXPECT_EQ(second.sparse_map_bits, 2 * 8 * 6 * 16 - zeros + 8 * 6 * 9);
  EXPECT_EQ(second.fp32_bits(), 32 * 8 * 16 * 9);
  const LayerReport& point = report.layers[2];
  EXPECT_EQ(point.dense_bits, 2 * 16 * 8) << "a basis of one 1 is no data";
  EXPECT_EQ(report.layers[0].dense_bits, 8 * 8 * 3 * 9);
  std::int64_t dense = 0;
  for (const LayerReport& layer : report.layers) dense += layer.dense_bits;
  EXPECT_EQ(report.total().dense_bits, dense);
}

TEST(Compress, MeasuresAgainWhatHasChangedSince) {
  CompressReport report, sparser;
  compress_graph(example(), {}, &report);
  CompressOptions options;
  options.density = 0.2;
  const Graph made = compress_graph(example(), options, &sparser);
  measure_again(example(), made, report);
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    EXPECT_DOUBLE_EQ(report.layers[i].error, sparser.layers[i].error);
    EXPECT_EQ(report.layers[i].sparse_map_bits, sparser.layers[i].sparse_map_bits);
    EXPECT_EQ(report.layers[i].zero_share, sparser.layers[i].zero_share);
  }
}

TEST(Compress, WritesAReportWithRatios) {
  CompressReport report;
  compress_graph(example(), {}, &report);
  const Json json = report_json(report);
  EXPECT_EQ(json["schema"], "escalate.compression/1");
  EXPECT_EQ(json["layers"].size(), 5u);
  const Json& total = json["total"];
  EXPECT_DOUBLE_EQ(total["fp32_over_sparse_map"].get<double>(),
                   total["fp32_bits"].get<double>() / total["sparse_map_bits"].get<double>());
}

CompressOptions nm(const NmPattern& pattern) {
  CompressOptions options;
  options.method = CompressMethod::kNm;
  options.pattern = pattern;
  return options;
}

TEST(Compress, PrunesLayersToAPatternThatHaveWholeGroups) {
  CompressReport report;
  const Graph made = compress_graph(example(), nm({2, 4}), &report);
  for (const LayerReport& layer : report.layers) {
    const Node& node = node_of(made, layer.name);
    EXPECT_EQ(node.form, LayerForm::kDirect);
    const bool is_pruned = layer.name != "first" && layer.name != "depth";  // 3 channels and 1
    EXPECT_EQ(layer.pattern.has_value(), is_pruned) << layer.name;
    if (!is_pruned) {
      EXPECT_EQ(layer.pruned, 0) << layer.name;
      EXPECT_EQ(layer.nm_bits, layer.dense_bits) << layer.name;
      continue;
    }
    const int taps = node.window.r * node.window.s;
    const auto channels = int(layer.weights / node.out_channels / taps);
    EXPECT_TRUE(keeps_to(direct_steps(node), channels, taps, {2, 4})) << layer.name;
    EXPECT_EQ(layer.pruned, layer.weights / 2 - 1) << layer.name;  // one came as 0
    EXPECT_EQ(layer.nm_bits, layer.weights / 2 * (8 + 2)) << layer.name;
    EXPECT_GE(layer.zero_share, 0.5) << layer.name;
  }
  const LayerReport sum = report.total();
  const int kept = (16 * 8 + 8 * 16 * 9 + 5 * 8) / 2;
  EXPECT_EQ(sum.pruned, kept - 3);
  EXPECT_EQ(sum.nm_bits, 8 * (8 * 3 * 9 + 8 * 9) + 10 * kept);
}

TEST(Compress, KeepsTheWeightsThatPruningLeavesAsTheyWouldBeWithoutIt) {
  CompressReport report;
  const Graph original = example();
  const Graph made = compress_graph(original, nm({1, 2}), &report);
  const std::vector<float>& was = node_of(original, "second").weights;
  const std::vector<float>& is = node_of(made, "second").weights;
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < was.size(); ++i) {
    const float step = node_of(made, "second").weight_scale[i / (16 * 9)];
    const float expected = is[i] == 0 ? 0 : was[i];
    EXPECT_NEAR(is[i], expected, 0.501f * step);
    lost += double(was[i] - is[i]) * double(was[i] - is[i]);
    all += double(was[i]) * double(was[i]);
  }
  EXPECT_NEAR(report.layers[3].error, std::sqrt(lost / all), 1e-6);
  CompressReport sparser;
  compress_graph(original, nm({1, 4}), &sparser);
  EXPECT_GT(sparser.layers[3].error, report.layers[3].error);
}

TEST(Compress, ChangesNothingOfANetworkThatKeepsToThePattern) {
  CompressReport report;
  const Graph once = compress_graph(example(), nm({2, 4}));
  EXPECT_EQ(compress_graph(once, nm({2, 4}), &report), once);
  EXPECT_EQ(report.total().pruned, 0);
  // Every layer keeps all of its weights where a group keeps all of its own.
  compress_graph(example(), nm({4, 4}), &report);
  EXPECT_EQ(report.total().pruned, 0);
}

TEST(Compress, LeavesLayersWholeThatAreNamed) {
  CompressOptions options = nm({2, 4});
  options.direct = {"sec*"};
  CompressReport report;
  compress_graph(example(), options, &report);
  EXPECT_FALSE(report.layers[3].pattern);
  EXPECT_EQ(report.layers[3].pruned, 0);
  EXPECT_TRUE(report.layers[2].pattern);
}

TEST(Compress, DoesNotPruneADecomposition) {
  EXPECT_USER_ERROR(compress_graph(compress_graph(example(), {}), nm({2, 4})),
                    AllOf(HasSubstr("--method"), HasSubstr("decomposed already")));
}

TEST(Compress, KeepsCoefficientsToAPattern) {
  CompressOptions options;
  options.coefficient_pattern = NmPattern{2, 8};
  CompressReport report;
  const Graph made = compress_graph(example(), options, &report);
  for (const char* name : {"point", "second", "classifier"}) {
    const Decomposition& parts = *node_of(made, name).decomposition;
    const auto channels =
        int(parts.coefficients.size()) / (parts.terms * node_of(made, name).out_channels);
    EXPECT_TRUE(keeps_to(parts.coefficients, channels, 1, {2, 8})) << name;
  }
  // Eight outputs of six terms, two groups of two kept coefficients, 2 bits and 3 of place each.
  EXPECT_EQ(report.layers[3].nm_bits, 8 * 6 * 2 * 2 * (2 + 3) + 8 * 6 * 9);
  EXPECT_GE(report.layers[3].zero_share, 0.75);
  EXPECT_FALSE(report.layers[0].pattern);
  EXPECT_EQ(report.layers[0].nm_bits, report.layers[0].dense_bits);
  CompressReport free;
  compress_graph(example(), {}, &free);
  EXPECT_GT(report.layers[3].error, free.layers[3].error);
}

TEST(Compress, ReportsPatternsWhereOneWasAskedFor) {
  CompressReport report;
  compress_graph(example(), nm({2, 4}), &report);
  const Json json = report_json(report);
  EXPECT_EQ(json["options"]["method"], "nm");
  EXPECT_EQ(json["options"]["pattern"], "2:4");
  EXPECT_EQ(json["layers"][3]["pattern"], "2:4");
  EXPECT_EQ(json["layers"][3]["pruned"], report.layers[3].pruned);
  EXPECT_FALSE(json["layers"][0].contains("pattern"));
  EXPECT_DOUBLE_EQ(
      json["total"]["fp32_over_nm"].get<double>(),
      json["total"]["fp32_bits"].get<double>() / json["total"]["nm_bits"].get<double>());
  compress_graph(example(), {}, &report);
  EXPECT_FALSE(report_json(report)["total"].contains("nm_bits"));
}

TEST(Compress, NamesWhatIsWrong) {
  CompressOptions none;
  none.terms = 0;
  EXPECT_USER_ERROR(compress_graph(example(), none), HasSubstr("--basis"));
  CompressOptions dense;
  dense.density = 0;
  EXPECT_USER_ERROR(compress_graph(example(), dense), HasSubstr("--density"));
  CompressOptions direct;
  direct.direct = {"secnd"};
  EXPECT_USER_ERROR(compress_graph(example(), direct),
                    AllOf(HasSubstr("--direct"), HasSubstr("'secnd'"), HasSubstr("second")));
  direct.direct = {"second"};
  EXPECT_USER_ERROR(compress_graph(compress_graph(example(), {}), direct),
                    AllOf(HasSubstr("--direct"), HasSubstr("keeps")));
  Graph broken = example();
  broken.nodes[4].weights[7] = std::numeric_limits<float>::infinity();
  EXPECT_USER_ERROR(compress_graph(broken, {}), AllOf(HasSubstr("second"), HasSubstr("finite")));
  Graph drawn = example();
  drawn.nodes[3].weights.clear();
  drawn.nodes[3].drawn = DrawnDensities{};
  EXPECT_USER_ERROR(compress_graph(drawn, {}), AllOf(HasSubstr("point"), HasSubstr("no weights")));
}

}  // namespace
}  // namespace escalate
