#include "workloads/yaml_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "../support/expect_user_error.h"
#include "../support/places.h"
#include "../support/random_graph.h"
#include "common/atomic_file.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

using testing::HasSubstr;

bool is_of_a_workload(const Node& node) {
  return node.op != OpKind::kBatchNorm && node.op != OpKind::kSoftmax;
}

TEST(YamlWriter, WritesWhatTheReaderReadsAsTheSameLayers) {
  EXPECT_TRUE(rc::check("layers read back are those written", [] {
    const Graph graph = RandomGraph::make(true);
    RC_PRE(std::all_of(graph.nodes.begin(), graph.nodes.end(), is_of_a_workload));
    const std::string text = yaml_workload(graph);
    RC_LOG() << text;
    const Graph read = parse_yaml_workload(text, "w.yaml");
    RC_ASSERT(read.nodes.size() == graph.nodes.size());
    RC_ASSERT(read.dense_macs() == graph.dense_macs());
    RC_ASSERT(read.output_nodes() == graph.output_nodes());
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
      const Node &one = graph.nodes[i], &other = read.nodes[i];
      RC_ASSERT(one.name == other.name);
      RC_ASSERT(one.inputs == other.inputs);
      RC_ASSERT(one.out == other.out);
      RC_ASSERT(std::string(layer_kind(one)) == layer_kind(other));
      RC_ASSERT(one.selection == other.selection);
      RC_ASSERT(one.add_factor[0] == other.add_factor[0]);
      if (one.op == OpKind::kPointwise) RC_ASSERT(one.function == other.function);
      if (one.op == OpKind::kConv || one.op == OpKind::kMaxPool)
        RC_ASSERT(one.window == other.window);
    }
  }));
}

TEST(YamlWriter, KeepsTheWorkloadsOfTheZoo) {
  for (const char* name : {"mobilenetv2-cifar10", "googlenet-imagenet"}) {
    const std::string path = source_folder() + "/workloads/zoo/" + name + ".yaml";
    const Graph graph = read_yaml_workload(path);
    const Graph read = parse_yaml_workload(yaml_workload(graph), path);
    EXPECT_EQ(read.nodes, graph.nodes) << name;
  }
}

TEST(YamlWriter, RefusesABatchNorm) {
  Graph graph;
  Node input, norm;
  input.name = "input";
  input.out = {1, 1, 1};
  norm.name = "norm";
  norm.op = OpKind::kBatchNorm;
  norm.inputs = {0};
  graph.nodes = {input, norm};
  EXPECT_USER_ERROR(yaml_workload(graph), HasSubstr("norm: a workload has no batch norms"));
}

}  // namespace
}  // namespace escalate
