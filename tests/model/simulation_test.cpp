#include "model/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>

#include "common/error.h"
#include "common/json.h"
#include "common/named_values.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

using testing::HasSubstr;

std::vector<Cycle> cycles_of(const SimulationOutcome& outcome) {
  std::vector<Cycle> cycles;
  for (const LayerRun& run : outcome.layers) cycles.push_back(run.cycles);
  return cycles;
}

SimulationOptions checking_all() {
  SimulationOptions options;
  options.verify = Verify::kAll;
  return options;
}

IntegerNetwork quick_network(const std::string& layer) {
  return draw_network(parse_quick_layer(layer), {}).network;
}

/// What no look-ahead makes of an element: each of its slot rows is a step.
class RowByRow : public ConcentratorCore {
  void run(std::span<const std::uint64_t> rows, std::vector<int>& retired) override {
    retired.assign(rows.size(), 1);
  }
};

// An output of the network is its input, which no layer that runs reads.
// of it.
TEST(Simulation, AnInputThatIsAnOutputIsThereWhicheverLayersRun) {
  const IntegerNetwork network =
      draw_network(parse_yaml_workload("name: n\ninput: [2, 4, 4]\nlayers:\n"
                                       "  - {maxpool: a, from: input, kernel: 2}\n"
                                       "  - {maxpool: b, from: a, kernel: 2}\n"
                                       "  - {flatten: c, from: input}\n",
                                       "n.yaml"),
                   {})
          .network;
  std::vector<Activations> images = {network.nodes[0].substitute.value_or(
      Activations{network.nodes[0].out, std::vector<std::int8_t>(32, 5)})};
  std::fill(images[0].values.begin(), images[0].values.end(), std::int8_t{5});
  SimulationOptions options;
  options.layers = {1};
  const SimulationOutcome outcome = simulated(compile(network, {}), images, options);
  EXPECT_EQ(outcome.outputs.at(0).values, std::vector<std::int8_t>(32, 5));
}

// A flattened tensor of 9 channels has gaps between its positions, which the layer that makes it
// fills with zeros; what an earlier layer left there was sent as activations.
TEST(Simulation, ALayerReadsTheSameWhicheverOthersRun) {
  const IntegerNetwork network =
      draw_network(parse_yaml_workload("name: n\ninput: [5, 7, 7]\ndefaults: {"
                                       "coefficient_density: 0.3, weight_density: 0.4, "
                                       "activation_density: 0.5}\n"
                                       "layers:\n  - {conv: first, K: 12, kernel: 3, then: relu}\n"
                                       "  - {maxpool: half, kernel: 2}\n"
                                       "  - {conv: second, K: 9, kernel: 3, then: relu}\n"
                                       "  - {fc: last, K: 5}\n",
                                       "n.yaml"),
                   {})
          .network;
  const Program program = compile(network, {});
  const std::vector<Activations> images = drawn_images(network, 1);
  const auto last_of = [&](const std::vector<int>& layers) {
    SimulationOptions options = checking_all();
    options.layers = layers;
    return fields_to_json(simulated(program, images, options).layers.back());
  };
  const Json alone = last_of({3});
  for (const std::vector<int>& layers :
       {std::vector<int>{0, 3}, {1, 3}, {2, 3}, {0, 1, 3}, {0, 1, 2, 3}}) {
    EXPECT_EQ(last_of(layers), alone) << testing::PrintToString(layers);
  }
}

// With one lane, elements have up to 200 slot rows: bits of four words.
TEST(Simulation, ACoreOfOneRowAStepTakesTheCyclesOfNoLookAhead) {
  MachineConfig machine;
  machine.ca.lanes = 1;
  machine.ca.slot_queue_rows = 80;
  machine.ca.pattern = "L<0,0>";
  const IntegerNetwork network =
      quick_network("C=200,K=4,R=3,H=4,density=0.5,activation_density=0.9");
  const Program program = compile(network, machine);
  const auto cycles_with = [&](const ConcentratorMaker& maker) {
    SimulationOptions options;
    options.make_concentrator = maker;
    return cycles_of(simulated(program, drawn_images(network, 1), options));
  };
  EXPECT_EQ(cycles_with({}),
            cycles_with([](const MachineConfig&) { return std::make_unique<RowByRow>(); }));
}

TEST(Simulation, LeavesOutValuesOnlyWhereNobodyReadsThem) {
  const auto leaves_out = [](const IntegerNetwork& network, Verify verify, View view) {
    SimulationOptions options;
    options.verify = verify;
    options.view = view;
    return simulated(compile(network, {}), drawn_images(network, 1), options).values_left_out;
  };
  IntegerNetwork network = quick_network("C=8,K=8,H=6");
  for (IntegerNode& node : network.nodes) {
    if (node.op == IntegerOp::kConv) node.substitute = Activations{node.out, {}};
    if (node.substitute) node.substitute->values.assign(std::size_t(node.out.size()), 1);
  }
  EXPECT_TRUE(leaves_out(network, Verify::kNone, View::kTransaction));
  EXPECT_FALSE(leaves_out(network, Verify::kSample, View::kTransaction));
  EXPECT_FALSE(leaves_out(network, Verify::kNone, View::kCycle));
  for (IntegerNode& node : network.nodes) node.substitute.reset();
  EXPECT_FALSE(leaves_out(network, Verify::kNone, View::kTransaction));
}

TEST(Simulation, EveryOutputOfResNet20EqualsADenseConvolution) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const auto outcome = simulated(compile(network, {}), drawn_images(network, 1), checking_all());
  EXPECT_EQ(outcome.verification.mismatches, 0) << outcome.verification.first_mismatch;
  EXPECT_EQ(outcome.pick_mismatches, 0);
  std::int64_t outputs = 0;
  for (const LayerRun& run : outcome.layers) {
    outputs += run.counters.outputs_requantized;
    EXPECT_GT(run.cycles, 0);
  }
  EXPECT_GE(outcome.verification.checked_outputs, outputs);
  EXPECT_EQ(outcome.layers.size(), 27U);
}

TEST(Simulation, TheOutputReadFromDramIsThatOfIntegerArithmetic) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const auto images = drawn_images(network, 2);
  const auto outcome = simulated(compile(network, {}, 2), images, checking_all());
  ASSERT_EQ(outcome.outputs.size(), 2U);
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(outcome.outputs[i].values, run_network(network, images[i]).back().values);
  }
}

TEST(Simulation, ChecksNeverChangeCyclesOrCounters) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const auto images = drawn_images(network, 1);
  std::vector<SimulationOutcome> outcomes;
  for (const Verify verify : {Verify::kNone, Verify::kSample, Verify::kAll}) {
    SimulationOptions options;
    options.verify = verify;
    outcomes.push_back(simulated(program, images, options));
    EXPECT_EQ(outcomes.back().verification.mismatches, 0);
    EXPECT_EQ(cycles_of(outcomes.back()), cycles_of(outcomes[0]));
    EXPECT_EQ(outcomes.back().outputs[0].values, outcomes[0].outputs[0].values);
    for (std::size_t i = 0; i < outcomes[0].layers.size(); ++i) {
      EXPECT_EQ(named_counts(outcomes.back().layers[i].counters),
                named_counts(outcomes[0].layers[i].counters));
    }
  }
  EXPECT_EQ(outcomes[0].verification.checked_outputs, 0);
  EXPECT_GT(outcomes[1].verification.checked_outputs, 0);
  EXPECT_LT(outcomes[1].verification.checked_outputs, outcomes[2].verification.checked_outputs);
}

TEST(Simulation, APickThatIsLostIsFound) {
  const IntegerNetwork network = quick_network("C=64,K=16,R=3,H=8,density=0.2");
  const Program program = compile(network, {});
  SimulationOptions options = checking_all();
  for (const std::int64_t pick : {0, 777, 12345}) {
    options.drop_pick = pick;
    const auto outcome = simulated(program, drawn_images(network, 1), options);
    EXPECT_GT(outcome.pick_mismatches, 0);
    EXPECT_GT(outcome.verification.mismatches, 0);
    EXPECT_THAT(outcome.verification.first_mismatch, HasSubstr("instead of"));
  }
}

TEST(Simulation, LayersAndImagesTakeAsLongTogetherAsApart) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const auto images = drawn_images(network, 3);
  SimulationOptions options;
  options.jobs = 2;
  const auto together = simulated(program, images, options);
  options.jobs = 5;
  const auto apart = simulated(program, images, options);
  EXPECT_EQ(cycles_of(apart), cycles_of(together));
  EXPECT_EQ(apart.cycles_by_image, together.cycles_by_image);
  EXPECT_EQ(apart.verification.checked_outputs, together.verification.checked_outputs);
  ASSERT_EQ(apart.outputs.size(), 3U);
  options.layers = {4, 9, 26};
  const auto some = simulated(program, images, options);
  ASSERT_EQ(some.layers.size(), 3U);
  EXPECT_EQ(some.layers[1].cycles, together.layers[9].cycles);
  EXPECT_EQ(named_counts(some.layers[1].counters), named_counts(together.layers[9].counters));
  EXPECT_EQ(some.outputs[2].values, together.outputs[2].values);
}

TEST(Simulation, CyclesByImageOfABatchDoNotDependOnTheNumberOfProcesses) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {}, 3);
  const auto images = drawn_images(network, 6);
  SimulationOptions options;
  options.verify = Verify::kNone;
  options.jobs = 2;
  const auto few = simulated(program, images, options);
  options.jobs = 7;
  EXPECT_EQ(simulated(program, images, options).cycles_by_image, few.cycles_by_image);
  EXPECT_EQ(few.cycles_by_image.size(), 6U);
}

TEST(Simulation, ABatchLoadsItsCoefficientsOnce) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const auto images = drawn_images(network, 4);
  const auto one = simulated(compile(network, {}, 1), images);
  const auto four = simulated(compile(network, {}, 4), images);
  for (std::size_t i = 0; i < one.layers.size(); ++i) {
    EXPECT_EQ(one.layers[i].counters.coefficient_bytes_loaded,
              4 * four.layers[i].counters.coefficient_bytes_loaded);
    EXPECT_EQ(one.layers[i].counters.ca_additions, four.layers[i].counters.ca_additions);
    EXPECT_EQ(one.layers[i].counters.macs, four.layers[i].counters.macs);
  }
  EXPECT_EQ(std::accumulate(four.cycles_by_image.begin(), four.cycles_by_image.end(), Cycle{0}),
            std::accumulate(four.layers.begin(), four.layers.end(), Cycle{0},
                            [](Cycle sum, const LayerRun& run) { return sum + run.cycles; }));
}

TEST(Simulation, FreeResourcesNeverCostCycles) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const auto images = drawn_images(network, 1);
  SimulationOptions options;
  options.verify = Verify::kNone;
  const auto real = simulated(compile(network, {}), images, options);
  for (bool IdealConfig::*free :
       {&IdealConfig::dram, &IdealConfig::input, &IdealConfig::ca, &IdealConfig::mac}) {
    MachineConfig machine;
    machine.ideal.*free = true;
    const auto ideal = simulated(compile(network, machine), images, options);
    for (std::size_t i = 0; i < real.layers.size(); ++i) {
      EXPECT_LE(ideal.layers[i].cycles, real.layers[i].cycles) << i;
    }
    EXPECT_EQ(ideal.outputs[0].values, real.outputs[0].values);
  }
}

Cycle cycles_of_layer(const std::string& layer, const MachineConfig& machine) {
  const IntegerNetwork network = quick_network(layer);
  SimulationOptions options;
  options.verify = Verify::kNone;
  return simulated(compile(network, machine), drawn_images(network, 1), options).layers[0].cycles;
}

TEST(Simulation, ALargerMachineIsNotSlower) {
  const std::string layer = "C=256,K=256,R=1,H=14,density=0.1,activation_density=0.5";
  MachineConfig machine;
  Cycle before = 1'000'000;
  for (const int blocks : {4, 8, 16, 32}) {
    machine.blocks = blocks;
    const Cycle cycles = cycles_of_layer(layer, machine);
    EXPECT_LE(cycles, before + before / 20) << blocks << " blocks";
    before = cycles;
  }
}

TEST(Simulation, ALargerGlobalBufferIsNotSlower) {
  const std::string layer = "C=64,K=64,R=3,H=28,density=0.1,activation_density=0.5";
  MachineConfig machine;
  Cycle before = 1'000'000;
  for (const int kilobytes : {16, 64, 256, 1024}) {
    machine.global_buffer_bytes = kilobytes * 1024;
    const Cycle cycles = cycles_of_layer(layer, machine);
    EXPECT_LE(cycles, before + before / 20) << kilobytes << " KiB";
    before = cycles;
  }
}

// Found with ResNet-18's first layer: narrow column tiles, which only small line buffers had, let
// the whole height stay on chip.
TEST(Simulation, LargerLineBuffersAndOutputBanksAreNotSlower) {
  const std::string layer =
      "C=3,K=64,R=7,H=224,stride=2,pad=3,form=direct,weight_density=1,activation_density=1";
  const auto cycles = [&](int line_buffer_words, int output_bank_words) {
    MachineConfig machine;
    machine.mac.line_buffer_words = line_buffer_words;
    machine.output_bank_words = output_bank_words;
    return cycles_of_layer(layer, machine);
  };
  const Cycle small = cycles(128, 1024);
  EXPECT_LE(cycles(512, 1024), small + small / 50);
  EXPECT_LE(cycles(128, 4096), small + small / 50);
  EXPECT_LE(cycles(512, 4096), small + small / 50);
}

// Found with MobileNetV2's first layer: with the mean density of its kernels in place of that of
// its densest row, half of the groups of blocks seemed enough.
TEST(Simulation, ALayerOfWhichSomeKernelsAreZeroIsNotSlowerThanOneWithoutZeros) {
  IntegerNetwork network = quick_network(
      "C=3,K=32,R=3,H=112,stride=2,form=direct,weight_density=1,activation_density=1");
  const auto cycles = [&] {
    SimulationOptions options;
    options.verify = Verify::kNone;
    return simulated(compile(network, {}), drawn_images(network, 1), options).layers[0].cycles;
  };
  const Cycle without_zeros = cycles();
  std::vector<std::int8_t>& weights = network.nodes.at(1).weights;
  std::fill_n(weights.begin(), 16 * 3 * 3 * 3, std::int8_t{0});
  EXPECT_LE(cycles(), without_zeros);
}

TEST(Simulation, AStreamThatNeverEndsIsReportedWithTheStateOfEveryUnit) {
  const IntegerNetwork network = quick_network("C=16,K=8,R=3,H=8");
  Program program = compile(network, {});
  // The pass waits for a load that signals nobody.
  for (Instruction& load : program.streams[std::size_t(Stream::kLoad)]) load.signals = 0;
  try {
    simulated(program, drawn_images(network, 1));
    FAIL() << "no deadlock was found";
  } catch (const InternalError& error) {
    const std::string text = error.what();
    EXPECT_THAT(text, HasSubstr("deadlock"));
    EXPECT_THAT(text, HasSubstr("'run' waits for a signal of load"));
    EXPECT_THAT(text, HasSubstr("store: "));
  }
}

TEST(Simulation, AnImageOfAnotherShapeIsRefused) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Activations small{{3, 8, 8}, std::vector<std::int8_t>(192, 1)};
  EXPECT_USER_ERROR(simulated(compile(network, {}), {small}), HasSubstr("3x8x8"));
}

}  // namespace
}  // namespace escalate
