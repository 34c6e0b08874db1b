#include "compiler/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "common/atomic_file.h"
#include "common/error.h"
#include "compiler/synchronize.h"
#include "compiler/verify.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

IntegerNetwork zoo_network(const std::string& name) {
  const std::string path = source_folder() + "/workloads/zoo/" + name + ".yaml";
  return draw_network(read_yaml_workload(path), {}).network;
}

class CompileZoo : public testing::TestWithParam<const char*> {};

TEST_P(CompileZoo, EveryLayerFitsTheDefaultMachineAndAVerySmallOne) {
  const IntegerNetwork network = zoo_network(GetParam());
  const Program program = compile(network, MachineConfig{});
  EXPECT_FALSE(program.layers.empty());
  MachineConfig small;
  small.global_buffer_bytes = 128 << 10;
  small.output_bank_words = 512;
  small.coefficient_bank_bytes = 2048;
  EXPECT_FALSE(compile(network, small).layers.empty());
}

INSTANTIATE_TEST_SUITE_P(Networks, CompileZoo,
                         testing::Values("resnet20-cifar10", "alexnet-imagenet",
                                         "mobilenetv2-imagenet", "googlenet-imagenet"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Compile, AProgramComesBackFromItsFile) {
  const TemporaryFolder folder;
  const Program program = compile(zoo_network("resnet20-cifar10"), MachineConfig{});
  const std::string path = (folder.path() / "resnet20.program").string();
  save_program(program, path);
  EXPECT_TRUE(is_program_file(path));
  const Program again = load_program(path);
  EXPECT_EQ(again.streams, program.streams);
  EXPECT_EQ(again.data, program.data);
  EXPECT_EQ(disassemble(again), disassemble(program));
  verify(again);
  save_program(again, path + "2");
  EXPECT_EQ(read_file(path + "2"), read_file(path));
}

TEST(Compile, ATruncatedOrDamagedProgramIsRefusedInOneLine) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "p.program").string();
  save_program(compile(zoo_network("resnet20-cifar10"), MachineConfig{}), path);
  const std::string text = read_file(path);
  for (const std::size_t length :
       {std::size_t{3}, std::size_t{12}, text.size() / 2, text.size() - 1}) {
    write_file(path, text.substr(0, length));
    EXPECT_THROW(load_program(path), UserError) << length;
  }
  std::string damaged = text;
  damaged[damaged.size() / 2] = char(damaged[damaged.size() / 2] ^ 1);
  write_file(path, damaged);
  EXPECT_THROW(load_program(path), UserError);
}

TEST(Compile, AnInputRowOfMoreThanTwoGibibytesIsRefused) {
  IntegerNetwork network;
  network.nodes.resize(2);
  network.nodes[0].name = "images";
  network.nodes[0].op = IntegerOp::kInput;
  network.nodes[0].out = {2000, 1, 1 << 20};
  network.nodes[1].op = IntegerOp::kConv;
  network.nodes[1].inputs = {0};
  network.nodes[1].out = {1, 1, 1 << 20};
  network.nodes[1].form = WeightForm::kDirect;
  network.nodes[1].weights.assign(2000, 1);
  EXPECT_USER_ERROR(compile(network, MachineConfig{}),
                    testing::HasSubstr("images: a row of its output, of 2097152000 values"));
}

TEST(Compile, ASegmentTakesTheBurstsThatItFillsAndNoMore) {
  for (const char* layer : {"C=64,K=8,H=8", "C=65,K=8,H=8"}) {
    const MachineConfig machine;
    const Program program = compile(draw_network(parse_quick_layer(layer), {}).network, machine);
    const TensorPlace* input = program.place_of(0);
    ASSERT_NE(input, nullptr);
    const int channels = input->shape.c;
    const std::int64_t bytes = std::int64_t{input->shape.w} * (channels + map_bytes(channels));
    const int burst = machine.dram.burst_bytes;
    EXPECT_EQ(bytes % burst == 0, channels == 64);
    EXPECT_EQ(input->segments.stride, (bytes + burst - 1) / burst * burst) << layer;
  }
}

// A layer's loads and stores then meet in a bank as late as they can.
TEST(Compile, AnOutputBeginsHalfATurnOfTheBanksFromWhereItsInputIsLoaded) {
  MachineConfig machine;
  machine.dram.channels = 2;
  const std::int64_t row = std::int64_t{machine.dram.row_bytes} * machine.dram.channels;
  const std::int64_t turn = row * machine.dram.banks;
  const auto distance_in_turn = [&](const char* layer, std::int64_t* input_bytes) {
    const Program program = compile(draw_network(parse_quick_layer(layer), {}).network, machine);
    const TensorPlace& input = *program.place_of(0);
    const TensorPlace& output = *program.place_of(program.layers.back().written_node());
    std::set<int> first_rows;  // of row tiles
    for (const Instruction& load : program.streams[std::size_t(Stream::kLoad)]) {
      const auto* tile = std::get_if<LoadTile>(&load.operation);
      if (tile != nullptr) first_rows.insert(tile->segments.row_begin);
    }
    *input_bytes = input.dram_image_stride;
    const std::int64_t ahead = input.dram_image_stride * 3 / (2 * std::int64_t(first_rows.size()));
    const std::int64_t apart = std::int64_t{output.segments.dram} - input.segments.dram - ahead;
    return (apart % turn + turn) % turn;
  };
  std::int64_t bytes = 0;
  const std::int64_t far = distance_in_turn("C=16,K=16,R=1,H=160", &bytes);
  EXPECT_GE(bytes, row);
  EXPECT_LT(std::abs(far - turn / 2), machine.dram.burst_bytes);
  // What is less than a row of each channel lies where there is room.
  const std::int64_t near = distance_in_turn("C=16,K=16,R=1,H=20", &bytes);
  EXPECT_LT(bytes, row);
  EXPECT_GE(std::abs(near - turn / 2), machine.dram.burst_bytes);
}

TEST(Compile, AKernelOfOnePositionMakesALayerPointwise) {
  const auto kind_of = [](const char* layer) {
    return compile(draw_network(parse_quick_layer(layer), {}).network, {}).layers.at(0).kind;
  };
  EXPECT_EQ(kind_of("C=8,K=8,R=1,H=6"), "pointwise");
  EXPECT_EQ(kind_of("C=8,K=8,R=1,S=2,H=6"), "decomposed");
  EXPECT_EQ(kind_of("C=8,K=8,R=3,H=6"), "decomposed");
}

TEST(Compile, LayersHaveTheNamesAndClampsOfTheirNodes) {
  IntegerNetwork network = zoo_network("resnet20-cifar10");
  const auto conv = std::find_if(network.nodes.begin(), network.nodes.end(),
                                 [](const auto& node) { return node.op == IntegerOp::kConv; });
  conv->clamp_low = -3;
  conv->clamp_high = 50;
  const Program program = compile(network, MachineConfig{});
  for (const LayerCode& layer : program.layers) {
    EXPECT_EQ(layer.name, network.nodes[std::size_t(layer.node)].name);
  }
  int clamped = 0;
  for (const auto& stream : program.streams) {
    for (const Instruction& instruction : stream) {
      const auto* drain = std::get_if<Drain>(&instruction.operation);
      if (drain == nullptr) continue;
      EXPECT_EQ(drain->low == -3, drain->high == 50);
      clamped += drain->high == 50 ? 1 : 0;
    }
  }
  EXPECT_GT(clamped, 0);
}

TEST(Compile, EveryWaitIsNeeded) {
  Program program = compile(zoo_network("resnet20-cifar10"), MachineConfig{});
  int removed = 0;
  for (auto& stream : program.streams) {
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (stream[i].waits == 0) continue;
      const std::uint8_t waits = stream[i].waits;
      stream[i].waits = std::uint8_t(waits & (waits - 1));
      EXPECT_THROW(verify(program), UserError);
      stream[i].waits = waits;
      ++removed;
    }
  }
  EXPECT_GT(removed, 10);
  verify(program);
}

/// 6 channels of 4x5 positions, flattened, and what reads that.
IntegerNetwork flattened_network() {
  IntegerNetwork network;
  network.nodes.resize(3);
  network.nodes[0].out = {6, 4, 5};
  IntegerNode& map = network.nodes[1];
  map.op = IntegerOp::kRescale;
  map.name = "map";
  map.inputs = {0};
  map.out = {6, 4, 5};
  map.requant = {to_fixed_point(1)};
  IntegerNode& flat = network.nodes[2];
  flat.op = IntegerOp::kFlatten;
  flat.name = "flat";
  flat.inputs = {1};
  flat.out = {120, 1, 1};
  return network;
}

IntegerNode fully_connected_to(int input) {
  IntegerNode node;
  node.op = IntegerOp::kConv;
  node.name = "fc";
  node.inputs = {input};
  node.out = {1, 1, 1};
  node.coefficients.assign(120, 1);
  node.basis = {1};
  node.bias = {0};
  node.requant = {to_fixed_point(1)};
  return node;
}

std::vector<std::string> kinds_of(const Program& program) {
  std::vector<std::string> kinds;
  for (const LayerCode& layer : program.layers) kinds.push_back(layer.kind);
  return kinds;
}

TEST(Compile, AFlatteningIsALayerOnlyWhereItsOrderIsNeeded) {
  IntegerNetwork network = flattened_network();
  EXPECT_EQ(kinds_of(compile(network, {})), (std::vector<std::string>{"rescale"}));
  network.nodes.push_back(fully_connected_to(2));
  EXPECT_EQ(kinds_of(compile(network, {})),
            (std::vector<std::string>{"rescale", "fully_connected"}));
  IntegerNode relu = network.nodes[1];
  relu.name = "relu";
  relu.inputs = {2};
  relu.out = {120, 1, 1};
  network.nodes.push_back(relu);
  EXPECT_EQ(kinds_of(compile(network, {})),
            (std::vector<std::string>{"rescale", "flatten", "fully_connected", "rescale"}));
}

TEST(Compile, AFlatteningReadByAConvolutionThatPadsIsALayer) {
  IntegerNetwork network = flattened_network();
  IntegerNode padded = fully_connected_to(2);
  padded.window.pad_top = 1;
  padded.out.h += 1;
  network.nodes.push_back(padded);
  const std::vector<std::string> kinds = kinds_of(compile(network, {}));
  ASSERT_EQ(kinds.size(), 3U);
  EXPECT_EQ(kinds[1], "flatten");
}

TEST(Compile, AFlatteningOfAFlatteningIsOneLayer) {
  IntegerNetwork network = flattened_network();
  network.nodes.push_back(network.nodes[2]);
  network.nodes[3].name = "again";
  network.nodes[3].inputs = {2};
  IntegerNode relu = network.nodes[1];
  relu.name = "relu";
  relu.inputs = {3};
  relu.out = {120, 1, 1};
  network.nodes.push_back(relu);
  EXPECT_EQ(kinds_of(compile(network, {})),
            (std::vector<std::string>{"rescale", "flatten", "rescale"}));
}

TEST(Compile, AFlatteningThatIsALayerIsCutIntoRowsOfOneChannel) {
  IntegerNetwork network = flattened_network();
  network.nodes[0].out = network.nodes[1].out = {6, 200, 5};
  network.nodes[2].out = {6000, 1, 1};
  IntegerNode relu = network.nodes[1];
  relu.name = "relu";
  relu.inputs = {2};
  relu.out = {6000, 1, 1};
  network.nodes.push_back(relu);
  MachineConfig machine;
  const auto pools = [&] {
    const LayerCode layer = compile(network, machine).layers.at(1);
    EXPECT_EQ(layer.kind, "flatten");
    const auto post = std::size_t(Stream::kPost);
    return layer.end[post] - layer.begin[post];
  };
  EXPECT_EQ(pools(), 6);  // one for each channel
  machine.global_buffer_bytes = 1024;
  // Two places each for the rows, of 40 bytes, and for their values: at most 10 of 200 rows, which
  // 10 and 20 such tiles of a channel divide.
  EXPECT_EQ(pools(), 6 * 20);
}

TEST(Compile, AnImpossibleMachineIsNamedWithLayerAndParameter) {
  MachineConfig machine;
  machine.global_buffer_bytes = 1024;
  try {
    compile(zoo_network("resnet20-cifar10"), machine);
    FAIL() << "a 1 KiB buffer cannot hold a tile";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("global_buffer_bytes"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("layer"), std::string::npos);
  }
}

}  // namespace
}  // namespace escalate
