#include "compiler/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "tests/support/expect_user_error.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Pass = Run;  // in a test, Run is GoogleTest's

constexpr std::int32_t kHuge = 1 << 30;

Program quick_program() {
  const Graph graph = parse_quick_layer("C=16,K=16,R=3,H=8,density=0.2");
  return compile(draw_network(graph, {}).network, MachineConfig{});
}

/// The first instruction of a kind.
template <class T>
T& first(Program& program) {
  for (Instruction& instruction : program.streams[std::size_t(T::kStream)]) {
    if (T* operation = std::get_if<T>(&instruction.operation)) return *operation;
  }
  throw std::logic_error("the program has no such instruction");
}

/// What is wrong with the program once `change` has been made to its first `T`.
template <class T, class Change>
void expect_refused(Change&& change, const std::string& what) {
  Program program = quick_program();
  verify(program);
  change(first<T>(program));
  EXPECT_USER_ERROR(verify(program), AllOf(HasSubstr(std::string(T::kName)), HasSubstr(what)));
}

TEST(Verify, RefusesBytesOutsideOfTheirMemory) {
  expect_refused<LoadTile>([](LoadTile& op) { op.region.base = kHuge; }, "global buffer");
  expect_refused<LoadTile>([](LoadTile& op) { op.segments.dram = 1u << 31; }, "DRAM");
  expect_refused<StoreTile>([](StoreTile& op) { op.segments.directory = 65535; }, "directory");
  expect_refused<LoadParameters>([](LoadParameters& op) { op.dram = 1u << 31; }, "DRAM");
  expect_refused<Pass>([](Pass& op) { op.input.base = -1; }, "global buffer");
  expect_refused<Drain>([](Drain& op) { op.destination.row_stride = kHuge; }, "global buffer");
}

TEST(Verify, RefusesBanksAndRowsThatDoNotExist) {
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.bank = 2; }, "bank");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.first_block = 8; }, "first_block");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.rows = 25; }, "rows");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.channels = 1 << 20; },
                                   "do not fit");
  expect_refused<Pass>([](Pass& op) { op.output.terms = 7; }, "terms");
  expect_refused<Pass>([](Pass& op) { op.output.bank_rows = 1000; }, "output bank");
  expect_refused<Drain>([](Drain& op) { op.parameter_bank = -1; }, "parameter_bank");
}

TEST(Verify, RefusesOutputsThatTheLayerDoesNotHave) {
  expect_refused<Pass>([](Pass& op) { op.output.image = 1; }, "image");
  expect_refused<Pass>([](Pass& op) { op.output.first_channel = 1; }, "first_channel");
  expect_refused<Pass>([](Pass& op) { op.output.groups[0].tile_end = kHuge; }, "tile_end");
  expect_refused<Drain>([](Drain& op) { op.output.first_channel = -1; }, "first_channel");
  expect_refused<Drain>([](Drain& op) { op.output.column_end = 9; }, "column");
  expect_refused<Drain>(
      [](Drain& op) {
        op.output.groups[1].out_begin = 8;
        op.output.groups[1].out_end = 9;
      },
      "output row");
}

TEST(Verify, RefusesALayerOfNoNode) {
  Program program = quick_program();
  program.layers[0].node = 2;
  EXPECT_USER_ERROR(verify(program), HasSubstr("no node"));
}

}  // namespace
}  // namespace escalate
