#include "workloads/zoo.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/support/places.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

const std::filesystem::path kZoo = std::filesystem::path(source_folder()) / "workloads/zoo";

struct Known {
  std::string name;
  std::int64_t macs;  ///< published or counted by hand, convolutions and fully connected layers
  std::int64_t tolerance;  ///< of figures that are published rounded
};

class Zoo : public testing::TestWithParam<Known> {};

TEST_P(Zoo, HasTheDenseWorkOfItsDefinition) {
  const Graph graph = read_yaml_workload((kZoo / (GetParam().name + ".yaml")).string());
  EXPECT_EQ(graph.name, GetParam().name);
  EXPECT_FALSE(graph.definition.empty());
  EXPECT_NEAR(double(graph.dense_macs()), double(GetParam().macs), double(GetParam().tolerance));
}

INSTANTIATE_TEST_SUITE_P(Networks, Zoo,
                         testing::Values(Known{"resnet18-cifar10", 555'422'720, 0},
                                         Known{"vgg16-cifar10", 313'201'664, 0},
                                         Known{"resnet20-cifar10", 40'550'000, 5'000},
                                         Known{"resnet56-cifar10", 125'490'000, 5'000},
                                         Known{"resnet18-imagenet", 1'814'000'000, 500'000},
                                         Known{"resnet50-imagenet", 4'089'000'000, 500'000},
                                         Known{"resnet152-cifar10", 3'720'000'000, 5'000'000},
                                         Known{"vgg16-imagenet", 15'470'000'000, 5'000'000},
                                         Known{"mobilenetv2-imagenet", 300'800'000, 100'000},
                                         Known{"alexnet-imagenet", 724'406'816, 0},
                                         Known{"googlenet-imagenet", 1'582'671'872, 0}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

// The published totals vouch for the densities by layer in these files, which are whole percents:
// that leaves half a million of the 103 million weights of VGG16's fc6 open.
TEST(ZooPruning, KeepsAsManyWeightsAsPublished) {
  const auto kept_millions = [](const char* name) {
    const Graph graph = read_yaml_workload((kZoo / name).string());
    double kept = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& layer = graph.nodes[i];
      if (!layer.is_weighted()) continue;
      const double weights = double(graph.dense_macs(int(i))) / (layer.out.h * layer.out.w);
      kept += weights * layer.drawn->weight;
    }
    return kept / 1e6;
  };
  EXPECT_NEAR(kept_millions("alexnet-imagenet.yaml"), 6.7, 0.2);
  EXPECT_NEAR(kept_millions("vgg16-imagenet.yaml"), 10.3, 0.5);
}

constexpr double kTerms = 6;  ///< of the zoo's kernels larger than 1x1

// PENNI, ICML 2020: its talk, and for ResNet-18 its text. Its order makes a map for each input
// channel and term, and adds them up by the coefficients that are not 0.
TEST(ZooShrunk, LeavesOfTheMultiplyAccumulatesWhatPenniPublished) {
  const std::pair<const char*, double> published[] = {
      {"vgg16-cifar10", 0.0674}, {"resnet18-cifar10", 0.08}, {"resnet56-cifar10", 0.206}};
  for (const auto& [name, share] : published) {
    const Graph graph = read_yaml_workload((kZoo / (std::string(name) + "-shrunk.yaml")).string());
    double left = 0, whole = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& layer = graph.nodes[i];
      if (layer.op != OpKind::kConv) continue;
      const double positions = layer.out.h * layer.out.w, inputs = graph.input_shape_of(int(i)).c;
      const int taps = layer.window.r * layer.window.s;
      const double pairs = inputs * layer.out_channels * layer.drawn->coefficient;
      left += positions * (taps == 1 ? pairs : kTerms * (inputs * taps + pairs));
    }
    const Graph original = read_yaml_workload((kZoo / (std::string(name) + ".yaml")).string());
    for (std::size_t i = 0; i < original.nodes.size(); ++i) {
      if (original.nodes[i].op == OpKind::kConv) whole += double(original.dense_macs(int(i)));
    }
    EXPECT_NEAR(left / whole, share, 0.01 * share) << name;
  }
}

struct Stage {
  std::string network, layer;
  Shape out;
};
void PrintTo(const Stage& stage, std::ostream* out) { *out << stage.network << ' ' << stage.layer; }

class ZooShape : public testing::TestWithParam<Stage> {};

TEST_P(ZooShape, IsThatOfTheDefinition) {
  const Graph graph = read_yaml_workload((kZoo / (GetParam().network + ".yaml")).string());
  const int index = graph.find(GetParam().layer);
  ASSERT_GE(index, 0);
  EXPECT_EQ(graph.nodes[index].out, GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(
    Networks, ZooShape,
    testing::Values(Stage{"alexnet-imagenet", "pool5", {256, 6, 6}},
                    Stage{"vgg16-imagenet", "pool5", {512, 7, 7}},
                    Stage{"vgg16-cifar10", "pool5", {512, 1, 1}},
                    Stage{"googlenet-imagenet", "inception_3a.join", {256, 28, 28}},
                    Stage{"googlenet-imagenet", "inception_4e.join", {832, 14, 14}},
                    Stage{"googlenet-imagenet", "inception_5b.join", {1024, 7, 7}},
                    Stage{"resnet18-imagenet", "layer4.1.add", {512, 7, 7}},
                    Stage{"resnet18-cifar10", "layer4.1.add", {512, 4, 4}},
                    Stage{"resnet20-cifar10", "layer3.2.add", {64, 8, 8}},
                    Stage{"resnet50-imagenet", "layer3.5.add", {1024, 14, 14}},
                    Stage{"resnet50-imagenet", "layer4.2.add", {2048, 7, 7}},
                    Stage{"resnet56-cifar10", "layer3.8.add", {64, 8, 8}},
                    Stage{"resnet152-cifar10", "layer3.35.add", {1024, 8, 8}},
                    Stage{"mobilenetv2-cifar10", "head", {1280, 4, 4}},
                    Stage{"mobilenetv2-imagenet", "head", {1280, 7, 7}}),
    [](const auto& test) {
      std::string name = test.param.network + '_' + test.param.layer;
      for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
      return name;
    });

TEST(ZooNames, StandForTheirFiles) {
  for (const std::string& name : embedded_networks()) {
    EXPECT_TRUE(is_zoo_name(name)) << name;
    EXPECT_EQ(read_yaml_workload(name), read_yaml_workload((kZoo / (name + ".yaml")).string()));
  }
  for (const char* other : {"", "resnet20", "resnet20-cifar10.yaml", "zoo/resnet20-cifar10"}) {
    EXPECT_FALSE(is_zoo_name(other)) << other;
  }
}

TEST(ZooFolder, HoldsExactlyTheNamedWorkloadsAndAllOfThemCanBeRead) {
  const std::set<std::string> expected = {
      "alexnet-imagenet",     "vgg16-cifar10",           "vgg16-imagenet",
      "googlenet-imagenet",   "resnet18-cifar10",        "resnet18-imagenet",
      "resnet20-cifar10",     "resnet50-imagenet",       "resnet56-cifar10",
      "resnet152-cifar10",    "mobilenetv2-cifar10",     "mobilenetv2-imagenet",
      "vgg16-cifar10-shrunk", "resnet18-cifar10-shrunk", "resnet56-cifar10-shrunk"};
  std::set<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(kZoo)) {
    found.insert(file.path().stem().string());
    EXPECT_GT(read_yaml_workload(file.path().string()).dense_macs(), 0) << file.path();
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace escalate
