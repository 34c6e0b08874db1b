#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

const std::filesystem::path kZoo = std::filesystem::path(ESCALATE_SOURCE_DIR) / "workloads/zoo";

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
                                         Known{"vgg16-imagenet", 15'470'000'000, 5'000'000},
                                         Known{"mobilenetv2-imagenet", 300'800'000, 100'000},
                                         Known{"alexnet-imagenet", 724'406'816, 0},
                                         Known{"googlenet-imagenet", 1'582'671'872, 0}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(ZooFolder, HoldsExactlyTheNamedWorkloadsAndAllOfThemCanBeRead) {
  const std::set<std::string> expected = {
      "alexnet-imagenet", "vgg16-cifar10",     "vgg16-imagenet",      "googlenet-imagenet",
      "resnet18-cifar10", "resnet18-imagenet", "resnet20-cifar10",    "resnet50-imagenet",
      "resnet56-cifar10", "resnet152-cifar10", "mobilenetv2-cifar10", "mobilenetv2-imagenet"};
  std::set<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(kZoo)) {
    found.insert(file.path().stem().string());
    EXPECT_GT(read_yaml_workload(file.path().string()).dense_macs(), 0) << file.path();
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace escalate
