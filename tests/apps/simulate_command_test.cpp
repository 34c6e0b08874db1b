#include "apps/simulate_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "report/result.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(SimulateCommand, RefusesAProgramThatCannotRunAndWritesNothing) {
  const TemporaryFolder folder;
  const Graph graph = parse_quick_layer("C=16,K=16,R=3,H=8,density=0.2");
  Program program = compile(draw_network(graph, {}).network, MachineConfig{});
  auto& load = program.streams[std::size_t(Stream::kLoad)][0];
  std::get<LoadTile>(load.operation).region.base = 1 << 30;
  save_program(program, folder.file("wrong.program"));
  EXPECT_USER_ERROR(run_simulate({folder.file("wrong.program"), "-o", folder.file("r.json")}),
                    AllOf(HasSubstr("wrong.program"), HasSubstr("global buffer")));
  EXPECT_EQ(folder.num_entries(), 1);
}

TEST(SimulateCommand, DrawsDensitiesOntoTheShapesOfATrainedNetwork) {
  const TemporaryFolder folder;
  const std::string network = source_folder() + "/workloads/samples/resnet20-cifar10-ternary.onnx";
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args = {network, "--quiet", "--jobs",
                                     "2",     "-o",      folder.file("r.json")};
    args.insert(args.end(), more.begin(), more.end());
    EXPECT_EQ(run_simulate(args), 0);
    return read_result(folder.file("r.json"));
  };
  const Result drawn = run({"--coefficient-density", "0.1", "--activation-density", "0.5"});
  const Result trained = run({});
  ASSERT_EQ(drawn.layers.size(), trained.layers.size());
  bool has_decomposed = false;
  for (std::size_t i = 0; i < drawn.layers.size(); ++i) {
    EXPECT_EQ(drawn.layers[i].shape, trained.layers[i].shape);
    if (drawn.layers[i].kind != "decomposed") continue;
    has_decomposed = true;
    EXPECT_NEAR(drawn.layers[i].density.value_of("input"), 0.5, 0.05);
    EXPECT_NEAR(drawn.layers[i].density.value_of("coefficient"), 0.1, 0.03);
  }
  EXPECT_TRUE(has_decomposed);
  EXPECT_GT(drawn.verification.checked_outputs, 0);
  EXPECT_EQ(drawn.verification.mismatches, 0);
  EXPECT_NE(drawn.source.drawn_from, "");
}

}  // namespace
}  // namespace escalate
