#include "workloads/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace escalate {
namespace {

using testing::HasSubstr;

class YamlWorkload : public testing::Test {
 protected:
  Graph read(const std::string& text) {
    const auto path =
        std::filesystem::path(testing::TempDir()) /
        (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".yaml");
    std::ofstream(path) << text;
    return read_yaml_workload(path.string());
  }
  std::string error(const std::string& text) {
    try {
      read(text);
    } catch (const UserError& fault) {
      return fault.what();
    }
    return "no error";
  }
  const std::string head_ =
      "name: t\ninput: [4, 8, 8]\n"
      "defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: "
      "0.5}\nlayers:\n";
};

TEST_F(YamlWorkload, MakesTheFirstAndDepthwiseConvolutionsDirectAndOthersDecomposed) {
  const Graph graph = read(head_ +
                           "  - {conv: a, K: 8, kernel: 3}\n"
                           "  - {conv: b, K: 8, kernel: 3, groups: 8}\n"
                           "  - {conv: c, K: 8, kernel: 1}\n"
                           "  - {conv: d, K: 8, kernel: 1, form: direct}\n");
  EXPECT_EQ(graph.nodes[graph.find("a")].form, LayerForm::kDirect);
  EXPECT_EQ(graph.nodes[graph.find("b")].form, LayerForm::kDirect);
  EXPECT_EQ(graph.nodes[graph.find("c")].form, LayerForm::kDecomposed);
  EXPECT_EQ(graph.nodes[graph.find("d")].form, LayerForm::kDirect);
}

TEST_F(YamlWorkload, ChainsTheCopiesOfABlock) {
  const Graph graph = read(
      "name: t\ninput: [4, 8, 8]\n"
      "defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5}\n"
      "blocks:\n  two:\n    - {conv: x, K: $k, kernel: 3}\n    - {add: y, from: [x, input]}\n"
      "layers:\n  - {use: two, name: s, repeat: 2, k: 4}\n");
  ASSERT_EQ(graph.nodes.size(), 5u);
  EXPECT_EQ(graph.nodes[3].name, "s.1.x");
  EXPECT_EQ(graph.nodes[3].inputs, std::vector<int>{graph.find("s.0.y")});
}

TEST_F(YamlWorkload, NamesLineAndNearestKeyOfAnUnknownKey) {
  const std::string message = error(head_ + "  - {conv: a, K: 8, kernel: 3, strid: 2}\n");
  EXPECT_THAT(message, HasSubstr(".yaml:5: strid: "));
  EXPECT_THAT(message, HasSubstr("'stride'"));
}

TEST_F(YamlWorkload, NamesTheLineOfALayerThatDoesNotFit) {
  EXPECT_THAT(
      error(head_ + "  - {conv: a, K: 8, kernel: 3}\n  - {conv: b, K: 9, kernel: 3, groups: 2}\n"),
      HasSubstr(".yaml:6: "));
}

TEST_F(YamlWorkload, RefusesADensityAboveOne) {
  EXPECT_THAT(error(head_ + "  - {conv: a, K: 8, kernel: 3, weight_density: 1.5}\n"),
              HasSubstr(".yaml:5: weight_density: "));
}

TEST_F(YamlWorkload, NamesAMissingFile) {
  EXPECT_THROW(read_yaml_workload("no/such/workload.yaml"), UserError);
}

TEST_F(YamlWorkload, ReadsTheExampleOfTheDocumentation) {
  std::ifstream page(std::string(ESCALATE_SOURCE_DIR) + "/docs/file-formats.md");
  std::stringstream text;
  text << page.rdbuf();
  const std::string all = text.str();
  const std::string fence = "```yaml\n";
  const auto begin = all.find(fence) + fence.size();
  const Graph graph = read(all.substr(begin, all.find("```", begin) - begin));
  EXPECT_EQ(graph.nodes.back().out, (Shape{10, 1, 1}));
}

}  // namespace
}  // namespace escalate
