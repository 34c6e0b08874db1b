#include "workloads/layer_selection.h"

#include <gtest/gtest.h>

#include "../support/expect_user_error.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using Selected = std::vector<bool>;

const std::vector<std::string> kNames = {"conv1", "stage1.conv", "stage2.conv", "fc"};

TEST(LayerSelection, TakesAllLayersWithoutAPattern) {
  EXPECT_EQ(select_names(kNames, {}, "--layers"), Selected({true, true, true, true}));
}

TEST(LayerSelection, TakesWhatAnyPatternMatches) {
  EXPECT_EQ(select_names(kNames, {"stage*", "fc"}, "--layers"),
            Selected({false, true, true, true}));
}

TEST(LayerSelection, RefusesAPatternThatMatchesNothing) {
  EXPECT_USER_ERROR(select_names(kNames, {"fc", "conv2"}, "--layers"),
                    "--layers: 'conv2' matches no layer of the network; did you mean 'conv1'?");
}

TEST(LayerSelection, NeverTakesTheInput) {
  const Graph graph = parse_quick_layer("C=4,K=4,H=5");
  const Selected only_the_layer = {false, true};
  EXPECT_EQ(select_layers(graph, {}), only_the_layer);
  EXPECT_EQ(select_layers(draw_network(graph, {}).network, {"*"}), only_the_layer);
  EXPECT_USER_ERROR(select_layers(graph, {graph.nodes[0].name}, "--direct"),
                    testing::HasSubstr("--direct: "));
}

}  // namespace
}  // namespace escalate
