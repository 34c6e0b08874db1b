#include "model/work_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

std::vector<int> all_layers(const Program& program) {
  std::vector<int> layers(program.layers.size());
  std::iota(layers.begin(), layers.end(), 0);
  return layers;
}

// (image, layer) of everything dealt out, in order.
std::vector<std::pair<std::int64_t, int>> dealt(const std::vector<WorkShare>& shares) {
  std::vector<std::pair<std::int64_t, int>> all;
  for (const WorkShare& share : shares) {
    for (const WorkPart& part : share.parts) {
      for (const int layer : part.layers) all.emplace_back(part.first_image, layer);
    }
  }
  return all;
}

double most_work(const std::vector<WorkShare>& shares) {
  double most = 0;
  for (const WorkShare& share : shares) most = std::max(most, share.work);
  return most;
}

double all_work(const std::vector<WorkShare>& shares) {
  double all = 0;
  for (const WorkShare& share : shares) all += share.work;
  return all;
}

// A network whose tensors are all computed, as those of trained ones are.
Program calibrated(const IntegerNetwork& drawn) {
  IntegerNetwork network = drawn;
  for (IntegerNode& node : network.nodes) node.substitute.reset();
  return compile(network, {});
}

TEST(WorkShares, AreAllLayersOfAllBatchesInOrder) {
  const Program program = compile(zoo_network("resnet20-cifar10"), {}, 2);
  for (const int jobs : {1, 2, 3, 8, 100}) {
    std::vector<std::pair<std::int64_t, int>> expected;
    for (const std::int64_t image : {0, 2, 4}) {
      for (const int layer : all_layers(program)) expected.emplace_back(image, layer);
    }
    EXPECT_EQ(dealt(work_shares(program, 6, all_layers(program), jobs)), expected) << jobs;
  }
}

TEST(WorkShares, AreOneForOneJob) {
  const Program program = compile(zoo_network("resnet20-cifar10"), {});
  EXPECT_EQ(work_shares(program, 3, all_layers(program), 1).size(), 1U);
}

TEST(WorkShares, AreSmallEnoughThatNoJobWaitsLongForAnother) {
  const Program program = compile(zoo_network("resnet20-cifar10"), {});
  for (const int jobs : {2, 3}) {
    const auto shares = work_shares(program, 1, all_layers(program), jobs);
    EXPECT_GE(shares.size(), 3U * std::size_t(jobs));
    EXPECT_LE(most_work(shares), all_work(shares) / jobs / 2);
  }
}

TEST(WorkShares, OfADrawnNetworkBeginWithDrawnTensors) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  for (const WorkShare& share : work_shares(program, 1, all_layers(program), 2)) {
    const std::vector<int>& layers = share.parts.at(0).layers;
    std::vector<int> made = {0};
    for (const int layer : layers) {
      const LayerCode& code = program.layers[std::size_t(layer)];
      for (const int input : network.nodes[std::size_t(code.node)].inputs) {
        const int node = program.tensor_node(input);
        const bool is_made = std::find(made.begin(), made.end(), node) != made.end();
        EXPECT_TRUE(is_made || network.nodes[std::size_t(node)].substitute) << code.name;
      }
      made.push_back(code.written_node());
    }
  }
}

TEST(WorkShares, OfComputedTensorsAreBatchesOrAsFewAsThereAreJobs) {
  const Program program = calibrated(zoo_network("resnet20-cifar10"));
  const auto layers = all_layers(program);
  for (const WorkShare& share : work_shares(program, 40, layers, 2)) {
    for (const WorkPart& part : share.parts) EXPECT_EQ(part.layers, layers);
  }
  const auto of_one_image = work_shares(program, 1, layers, 2);
  ASSERT_EQ(of_one_image.size(), 2U);
  EXPECT_LE(most_work(of_one_image), 0.6 * all_work(of_one_image));
}

TEST(WorkShares, OfNoImagesAreNone) {
  const Program program = compile(zoo_network("resnet20-cifar10"), {});
  EXPECT_TRUE(work_shares(program, 0, all_layers(program), 2).empty());
}

TEST(WorkShares, WorkGrowsWithPositionsAndRows) {
  const auto work = [](const std::string& layer) {
    return work_of_layer(compile(draw_network(parse_quick_layer(layer), {}).network, {}), 0);
  };
  const double small = work("C=64,K=64,R=3,H=14,density=0.3");
  EXPECT_GT(work("C=64,K=64,R=3,H=28,density=0.3"), 2 * small);
  EXPECT_GT(work("C=64,K=256,R=3,H=14,density=0.3"), 2 * small);
}

}  // namespace
}  // namespace escalate
