#include "compiler/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "compiler/compile.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/function_network.h"
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
  expect_refused<LoadTile>([](LoadTile& op) { op.segments.dram = 1u << 31; },
                           "of no tensor that the layer reads");
  expect_refused<StoreTile>([](StoreTile& op) { op.segments.directory = 65535; },
                            "not of the tensor that the layer makes");
  expect_refused<LoadParameters>([](LoadParameters& op) { op.dram = 1u << 31; },
                                 "are not of the program's data");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.dram = 0; }, "program's data");
  expect_refused<Pass>([](Pass& op) { op.input.base = -1; }, "global buffer");
  expect_refused<Drain>([](Drain& op) { op.destination.row_stride = kHuge; }, "global buffer");
}

TEST(Verify, RefusesBanksAndRowsThatDoNotExist) {
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.bank = 2; }, "bank");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.first_block = 8; }, "first_block");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.rows = 25; }, "rows");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.channels = 1 << 20; },
                                   "channels 1048576");
  expect_refused<Pass>([](Pass& op) { op.output.terms = 7; }, "terms");
  expect_refused<Pass>([](Pass& op) { op.output.bank_rows = 1000; }, "bank_rows 1000");
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

TEST(Verify, RefusesBanksThatHoldLessThanTheirInstructionsAsk) {
  Program program = quick_program();
  program.machine.coefficient_bank_bytes = 64;
  EXPECT_USER_ERROR(verify(program), HasSubstr("do not fit into a bank of 64"));
  program = quick_program();
  program.machine.output_bank_words = 24;
  EXPECT_USER_ERROR(verify(program), HasSubstr("do not fit into an output bank of 24"));
}

TEST(Verify, RefusesOperandsThatWouldNotEndOrOverflow) {
  expect_refused<Pass>([](Pass& op) { op.window.r = kHuge; }, "kernel rows");
  expect_refused<Pass>([](Pass& op) { op.window.stride_h = 2; }, "stride_h");
  expect_refused<Pass>([](Pass& op) { op.window.height = 9; }, "height");
  expect_refused<Pass>([](Pass& op) { op.output.column_begin = INT32_MIN; }, "column_begin");
  expect_refused<Pass>([](Pass& op) { op.direct = 1; }, "direct");
  expect_refused<LoadCoefficients>([](LoadCoefficients& op) { op.taps = 10; }, "taps");
  expect_refused<LoadTile>([](LoadTile& op) { op.segments.width = INT32_MAX; }, "width");
  expect_refused<LoadTile>([](LoadTile& op) { op.segments.row_end = INT32_MIN; }, "row_end");
  expect_refused<Drain>([](Drain& op) { op.high = op.low - 1; }, "largest output");
  expect_refused<Drain>([](Drain& op) { op.add_high = 128; }, "largest output");
}

TEST(Verify, RefusesPassesThatFindOtherCoefficientsThanTheyWant) {
  Program program = quick_program();
  first<LoadCoefficients>(program).rows -= 1;
  EXPECT_USER_ERROR(verify(program), HasSubstr("finds other coefficients"));
  program = quick_program();
  first<LoadCoefficients>(program).bank ^= 1;
  EXPECT_USER_ERROR(verify(program), HasSubstr("coefficients"));
  program = quick_program();
  first<LoadCoefficients>(program).num_blocks = 1;
  EXPECT_USER_ERROR(verify(program), HasSubstr("finds no coefficients in its bank"));
  expect_refused<Pass>([](Pass& op) { op.output.terms -= 1; }, "finds other coefficients");
  expect_refused<Pass>([](Pass& op) { op.channels -= 1; }, "finds other coefficients");
}

TEST(Verify, RefusesPassesThatDoNotGoOnWhereTheirTileIs) {
  expect_refused<Pass>([](Pass& op) { op.fresh = 0; }, "does not go on with the tile before it");
  expect_refused<Pass>([](Pass& op) { op.output.groups[0].in_begin += 1; }, "begins elsewhere");
  expect_refused<Pass>([](Pass& op) { op.output.groups[0].in_end -= 1; }, "end elsewhere");
}

TEST(Verify, RefusesParametersThatNoRequantisationTakes) {
  Program program = quick_program();
  const auto parameters = std::size_t(first<LoadParameters>(program).dram - program.data_address);
  program.data[parameters + 8] = 63;
  EXPECT_USER_ERROR(verify(program), HasSubstr("a shift of 63"));
  program.data[parameters + 8] = 62;
  EXPECT_NO_THROW(verify(program));
  program.data[parameters + 7] = 0x80;
  EXPECT_USER_ERROR(verify(program), HasSubstr("multiplier is negative"));
}

TEST(Verify, RefusesSlopesThatNoRequantisationTakes) {
  IntegerNetwork network = quick_program().network;
  IntegerNode& layer = network.nodes.at(1);
  layer.negative_requant.assign(std::size_t(layer.out.c), {-5, 62});
  Program program = compile(network, quick_program().machine);
  EXPECT_NO_THROW(verify(program));
  const auto load = first<LoadSlopedParameters>(program);
  program.data[std::size_t(load.dram - program.data_address) + 13] = 63;
  EXPECT_USER_ERROR(verify(program), HasSubstr("a shift of 63"));
}

TEST(Verify, RefusesALayerThatDoesNotMakeAllOfItsOutput) {
  Program program = quick_program();
  auto& post = program.streams[std::size_t(Stream::kPost)];
  std::get<Drain>(post.back().operation).output.channels = 1;
  EXPECT_USER_ERROR(verify(program), HasSubstr("outputs of an image"));
  program = quick_program();
  first<StoreTile>(program).segments.row_end -= 1;
  EXPECT_USER_ERROR(verify(program), HasSubstr("does not store"));
}

/// What is wrong with the tables of the program once they are changed.
template <class Change>
void expect_tables_refused(Change&& change, const std::string& what) {
  Program program = quick_program();
  change(program);
  EXPECT_USER_ERROR(verify(program), HasSubstr(what));
}

TEST(Verify, RefusesTensorsOutsideOfTheirMemory) {
  const auto first_place = [](auto&& change) {
    return [change](Program& program) { change(program.tensors[0]); };
  };
  expect_tables_refused(first_place([](TensorPlace& place) { place.node = 9; }), "no node");
  expect_tables_refused(first_place([](TensorPlace& place) { place.node = 1; }), "two places");
  expect_tables_refused(first_place([](TensorPlace& place) { place.shape.c = 17; }), "shape");
  expect_tables_refused(first_place([](TensorPlace& place) { place.segments.row_begin = -1; }),
                        "not those of all of it");
  expect_tables_refused(first_place([](TensorPlace& place) { place.segments.stride = 1; }),
                        "does not fit into the stride");
  expect_tables_refused(first_place([](TensorPlace& place) { place.segments.dram = 1u << 31; }),
                        "outside the DRAM");
  expect_tables_refused(first_place([](TensorPlace& place) { place.segments.directory = -1; }),
                        "outside the directory");
  expect_tables_refused(first_place([](TensorPlace& place) { place.resident = true; }),
                        "its positions overlap");
  expect_tables_refused(first_place([](TensorPlace& place) {
                          place.resident = true;
                          place.region = {0, 8 * 16, 15};
                        }),
                        "its positions overlap");
  expect_tables_refused(first_place([](TensorPlace& place) {
                          place.resident = true;
                          place.region = {-1, 8 * 16, 16};
                        }),
                        "outside the global buffer");
  expect_tables_refused([](Program& program) { program.tensors.pop_back(); }, "has no place");
  expect_tables_refused(
      [](Program& program) {
        program.tensors[1].segments.dram = program.tensors[0].segments.dram;
        first<StoreTile>(program).segments.dram = program.tensors[0].segments.dram;
      },
      "lie over each other");
}

TEST(Verify, RefusesDataAndBatchesThatCannotBe) {
  expect_tables_refused([](Program& program) { program.dram_bytes = -1; }, "bytes of DRAM");
  expect_tables_refused([](Program& program) { program.data_address = -1; }, "outside the DRAM");
  expect_tables_refused([](Program& program) { program.data_address = 0; }, "program's data");
  expect_tables_refused([](Program& program) { program.batch = 0; }, "a batch of 0");
  expect_tables_refused([](Program& program) { program.batch = 2; }, "outside the DRAM");
  expect_tables_refused(
      [](Program& program) {
        program.batch = 2;
        program.tensors[0].dram_image_stride = 0;
      },
      "images overlap");
}

TEST(Verify, RefusesLayersThatDoNotMakeTheNetwork) {
  expect_tables_refused([](Program& program) { program.layers.clear(); }, "no layer");
  expect_tables_refused([](Program& program) { program.layers[0].node = 0; }, "computes nothing");
  expect_tables_refused([](Program& program) { program.layers[0].fused_add = 1; }, "addition");
  expect_tables_refused([](Program& program) { program.layers.push_back(program.layers[0]); },
                        "made twice");
}

TEST(Verify, RefusesFunctionsThatAreNotThoseOfTheirConvolution) {
  const Program right = compile(function_network(), MachineConfig{});
  ASSERT_EQ(right.layers[0].fused_table, 2);
  const auto expect_layer_refused = [&](auto&& change, const std::string& what) {
    Program program = right;
    change(program);
    EXPECT_USER_ERROR(verify(program), HasSubstr(what));
  };
  expect_layer_refused([](Program& program) { program.layers[0].fused_table = 4; }, "function");
  expect_layer_refused([](Program& program) { program.layers[0].fused_table = 1; }, "function");
  expect_layer_refused([](Program& program) { program.layers[0].fused_table = 99; }, "no node");
  expect_layer_refused([](Program& program) { program.layers[0].fused_table = -1; }, "reads");
  expect_layer_refused(
      [](Program& program) {
        auto& table = program.network.nodes[2].table;
        for (int i = 0; i < 3; ++i) table.insert(table.end(), 256, std::int8_t{1});
      },
      "function");
  expect_layer_refused([](Program& program) { program.network.nodes[1].is_output = true; },
                       "function");
  expect_layer_refused([](Program& program) { first<LoadTable>(program).dram = 0; }, "data");
  expect_layer_refused([](Program& program) { first<Drain>(program).table = 2; }, "table 2");
}

TEST(Verify, RefusesInstructionsBehindTheLastLayer) {
  for (int s = 0; s < kNumStreams; ++s) {
    expect_tables_refused(
        [s](Program& program) {
          auto& stream = program.streams[std::size_t(s)];
          stream.push_back(stream.back());
        },
        "instructions follow the last layer");
  }
}

TEST(Verify, WantsNoStrideOfASingleImage) {
  Program program = quick_program();
  for (TensorPlace& place : program.tensors) {
    place.dram_image_stride = place.directory_image_stride = 0;
  }
  EXPECT_NO_THROW(verify(program));
}

TEST(Verify, RefusesALayerOfNoNode) {
  Program program = quick_program();
  program.layers[0].node = 2;
  EXPECT_USER_ERROR(verify(program), HasSubstr("no node"));
}

}  // namespace
}  // namespace escalate
