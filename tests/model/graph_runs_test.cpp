// What the readers take either runs as integer arithmetic has it, in both views, or is refused by
// name: on random graphs of every kind of layer, trained and drawn, on machines that just fit.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <optional>
#include <set>
#include <string>

#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/integer_builder.h"
#include "tests/model/random_run.h"
#include "tests/support/counter_difference.h"
#include "tests/support/random_graph.h"
#include "tests/support/simulated.h"
#include "workloads/draw.h"

namespace escalate {
namespace {

// A graph of layers that can run in integers: a softmax can only be the last of those.
Graph random_layers() {
  Graph graph = RandomGraph::make(true, true);
  graph.quantization = {};
  for (std::size_t i = 0; i + 1 < graph.nodes.size(); ++i) {
    if (graph.nodes[i].op == OpKind::kSoftmax) graph.nodes[i].op = OpKind::kRelu;
  }
  return graph;
}

double random_density() { return double(draw::one_of({100, 50, 20, 5})) / 100; }

IntegerNetwork drawn_network(Graph graph) {
  for (Node& node : graph.nodes) {
    if (!node.is_weighted()) continue;
    node.weights.clear();
    node.weight_scale.clear();
    node.decomposition.reset();
    node.terms = draw::between(0, 3);
    node.drawn =
        DrawnDensities{random_density(), random_density(), random_density(), draw::once_in(3)};
  }
  return draw_network(graph, {}).network;
}

IntegerNetwork trained_network(const Graph& graph) {
  CompressOptions options;
  options.terms = draw::between(1, 4);
  options.pointwise_terms = draw::between(1, 3);
  options.density = random_density();
  Graph compressed = compress_graph(graph, options);
  Random random(std::uint64_t(draw::between(1, 1000)));
  std::vector<Tensor> images;
  for (int i = 0; i < 2; ++i) {
    Tensor image{graph.nodes[0].out, {}};
    while (std::int64_t(image.values.size()) < image.shape.size()) {
      image.values.push_back(float(random.uniform()) * 4 - 2);
    }
    images.push_back(std::move(image));
  }
  calibrate(compressed, images);
  return build_integer_network(compressed);
}

// Whether a refusal says which layer it is about.
bool names_a_node(const UserError& error, const Graph& graph) {
  const std::string text = error.what();
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    return error.place().key == node.name ||
           text.find(fmt::format("'{}'", node.name)) != std::string::npos;
  });
}

struct Tally {
  int run = 0, refused = 0;
  std::set<std::string> kinds;
};

std::vector<Activations> random_images(const IntegerNetwork& network, int count) {
  std::vector<Activations> images = drawn_images(network, count);
  if (network.nodes[0].substitute) return images;
  Random random(network.seed);
  for (Activations& image : images) {
    for (std::int8_t& value : image.values) value = std::int8_t(int(random.below(256)) - 128);
  }
  return images;
}

void expect_right_in_both_views(const IntegerNetwork& network, Tally& tally) {
  const int batch = draw::between(1, 3);
  const Program program = compile_on_just_enough(network, random_machine(), batch);
  RC_LOG() << describe(network) << "batch " << batch << "\n"
           << fields_to_json(program.machine).dump() << "\n";
  const std::vector<Activations> images = random_images(network, batch);
  SimulationOptions options;
  options.verify = Verify::kAll;
  const SimulationOutcome fast = simulated(program, images, options);
  options.view = View::kCycle;
  const SimulationOutcome cycle = simulated(program, images, options);
  RC_LOG() << fast.verification.first_mismatch << "\n";
  RC_ASSERT(fast.verification.mismatches == 0);
  RC_ASSERT(cycle.verification.mismatches == 0);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Activations right = run_network(network, images[i]).back();
    RC_ASSERT(fast.outputs.at(i) == right);
    RC_ASSERT(cycle.outputs.at(i) == right);
  }
  RC_ASSERT(fast.layers.size() == cycle.layers.size());
  for (std::size_t i = 0; i < fast.layers.size(); ++i) {
    RC_ASSERT(fast.layers[i].cycles == cycle.layers[i].cycles);
    RC_ASSERT(counter_difference(fast.layers[i].counters, cycle.layers[i].counters) == "");
  }
  ++tally.run;
  for (const LayerCode& layer : program.layers) tally.kinds.insert(layer.kind);
}

void expect_right_or_refused(Tally& tally) {
  const Graph graph = random_layers();
  RC_LOG() << describe(graph);
  const bool is_drawn = draw::once_in(2);
  try {
    const IntegerNetwork network = is_drawn ? drawn_network(graph) : trained_network(graph);
    const bool computes =
        std::any_of(network.nodes.begin(), network.nodes.end(), [](const IntegerNode& node) {
          return node.op != IntegerOp::kInput && node.op != IntegerOp::kFlatten;
        });
    if (computes) expect_right_in_both_views(network, tally);
  } catch (const UserError& error) {
    RC_LOG() << error.what() << "\n";
    RC_ASSERT(names_a_node(error, graph));
    ++tally.refused;
  }
}

void expect_graphs_run(int cases) {
  Tally tally;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = cases;
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = "a graph runs as integer arithmetic has it or is refused";
  const auto result =
      rc::detail::checkTestable([&] { expect_right_or_refused(tally); }, metadata, params);
  rc::detail::printResultMessage(result, std::cerr);
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>());
  // Refusing is no way to pass.
  EXPECT_GT(tally.run, 9 * tally.refused) << tally.run << " run, " << tally.refused << " refused";
  EXPECT_GT(tally.run, cases / 2);
  // In a hundred times as many cases as the ordinary run has, the rarest kind is among them.
  if (cases >= 20000) {
    EXPECT_TRUE(tally.kinds.contains("flatten"));
  }
}

TEST(GraphRuns, AreRightInBothViewsOrRefusedByName) { expect_graphs_run(200); }

TEST(LongGraphRuns, AreRightInBothViewsOrRefusedByName) { expect_graphs_run(20000); }

}  // namespace
}  // namespace escalate
