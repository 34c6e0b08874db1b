#include "apps/simulate_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "tests/support/expect_user_error.h"
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

}  // namespace
}  // namespace escalate
