#include "compiler/conv_rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/bank_image.h"
#include "compiler/conv_layers.h"
#include "tests/compiler/small_network.h"

namespace escalate {
namespace {

TEST(ConvRounds, HoldTheBankImageOfEachStepAndTheParametersOfEachRound) {
  const IntegerNetwork network =
      small_network("[24, 6, 6]", "  - {conv: a, K: 20, kernel: 3, form: decomposed}\n");
  const NetworkSteps steps(network);
  const ConvLayers layers(steps);
  const ConvLayer layer = layers.layer(0);
  MachineConfig machine;
  machine.blocks = 2;
  machine.slices = 2;
  machine.coefficient_bank_bytes = 128;
  const ConvMapping mapping = map_convolution(machine, layer, {.workspace_bytes = 1 << 16});
  constexpr std::int64_t kBase = 4096;
  DataWriter writer(kBase, 64);
  const std::vector<ConvRound> rounds = write_rounds(layer, mapping, writer);
  const std::vector<std::uint8_t> data = writer.take();
  ASSERT_EQ(rounds.size(), mapping.rounds.size());
  const auto at = [&](std::uint32_t address, std::size_t bytes) {
    const auto begin = data.begin() + std::ptrdiff_t(address - kBase);
    return std::vector<std::uint8_t>(begin, begin + std::ptrdiff_t(bytes));
  };
  for (std::size_t r = 0; r < rounds.size(); ++r) {
    const Range round = mapping.rounds[r];
    EXPECT_EQ(rounds[r].steps.size(), std::size_t(mapping.steps_of_round(layer, round)));
    const auto parameters = parameter_image(*layer.node, round);
    EXPECT_EQ(at(rounds[r].parameters, parameters.size()), parameters);
    for (const ConvStep& step : rounds[r].steps) {
      int first = round.begin;
      for (const ConvStep::Image& image : step.images) {
        const Range outputs{first, first + image.outputs};
        EXPECT_EQ(at(image.dram, std::size_t(image.bytes)),
                  bank_image(layer, outputs, step.terms, step.channels));
        EXPECT_EQ(image.dram % 64, 0U);
        first = outputs.end;
      }
      EXPECT_EQ(first, round.end);
    }
  }
}

}  // namespace
}  // namespace escalate
