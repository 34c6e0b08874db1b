// The PE row of rtl/ beside its clocked core, clock edge by clock edge.
#include <Vpe_row_default.h>
#include <Vpe_row_odd.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <functional>
#include <set>
#include <tuple>

#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/integer_builder.h"
#include "tests/rtl/row_lockstep.h"
#include "tests/support/data_folder.h"
#include "workloads/inputs.h"
#include "workloads/onnx/reader.h"

namespace escalate::rtl {
namespace {

template <class Unit>
void expect_runs_as_the_model(const MachineConfig& machine, const MacSizes& sizes, bool direct) {
  ASSERT_EQ(machine.intermediate_bits(), sizes.value_bits);
  EXPECT_TRUE(rc::check([&] {
    const scenario::Scenario run = arbitrary_row_run(machine, direct);
    const int row = uniform_in(0, machine.rows);
    RowLockstep<Unit>(run, sizes, row, arbitrary_random()).run();
  }));
}

// The width of a channel's number in an entry.
int channel_bits(const MachineConfig& machine) {
  return std::bit_width(unsigned(machine.ring.entry_channels - 1));
}

// The sizes of Vpe_row_default, which are those of a machine by default.
MacSizes default_sizes() {
  return {MachineConfig{}.intermediate_bits(),
          PE_ROW_DEFAULT_MULTIPLIERS,
          PE_ROW_DEFAULT_KERNEL,
          PE_ROW_DEFAULT_LINE_BITS,
          PE_ROW_DEFAULT_COLUMN_BITS,
          PE_ROW_DEFAULT_NUMBER_BITS,
          PE_ROW_DEFAULT_TILE_BITS,
          channel_bits(MachineConfig{}),
          PE_ROW_DEFAULT_WEIGHT_PORT};
}

TEST(PeRowRtl, HasTheSizesOfTheModelByDefault) {
  const MachineConfig machine;
  ASSERT_EQ(machine.ca.chunk, PE_ROW_DEFAULT_CHUNK);
  ASSERT_EQ(machine.ca.lanes, PE_ROW_DEFAULT_LANES);
  ASSERT_EQ(machine.ca.slot_queue_rows, PE_ROW_DEFAULT_SLOT_QUEUE_ROWS);
  ASSERT_EQ(machine.ca.element_queue, PE_ROW_DEFAULT_ELEMENT_QUEUE);
  ASSERT_EQ(machine.mac.multipliers, PE_ROW_DEFAULT_MULTIPLIERS);
  ASSERT_EQ(machine.ring.entry_channels, PE_ROW_DEFAULT_ENTRY_CHUNKS * PE_ROW_DEFAULT_CHUNK);
  ASSERT_EQ(rtl_pattern(machine.ca.pattern), PE_ROW_DEFAULT_PATTERN);
  ASSERT_EQ(machine.mac.weight_port_bytes, PE_ROW_DEFAULT_WEIGHT_PORT);
}

// The defaults, but for one slice and few rows.
MachineConfig default_machine() {
  MachineConfig machine;
  machine.slices = 1;
  machine.rows = 3;
  return machine;
}

MachineConfig odd_machine() {
  MachineConfig machine = default_machine();
  machine.ca.chunk = PE_ROW_ODD_CHUNK;
  machine.ca.lanes = PE_ROW_ODD_LANES;
  machine.ca.slot_queue_rows = PE_ROW_ODD_SLOT_QUEUE_ROWS;
  machine.ca.element_queue = PE_ROW_ODD_ELEMENT_QUEUE;
  machine.ca.pattern = "T<2,5>";
  machine.mac.multipliers = PE_ROW_ODD_MULTIPLIERS;
  machine.mac.weight_port_bytes = PE_ROW_ODD_WEIGHT_PORT;
  machine.ring.entry_channels = PE_ROW_ODD_ENTRY_CHUNKS * PE_ROW_ODD_CHUNK;
  return machine;
}

MacSizes odd_sizes() {
  const MachineConfig machine = odd_machine();
  return {machine.intermediate_bits(), PE_ROW_ODD_MULTIPLIERS, PE_ROW_ODD_KERNEL,
          PE_ROW_ODD_LINE_BITS,        PE_ROW_ODD_COLUMN_BITS, PE_ROW_ODD_NUMBER_BITS,
          PE_ROW_ODD_TILE_BITS,        channel_bits(machine),  PE_ROW_ODD_WEIGHT_PORT};
}

TEST(PeRowRtl, EqualsTheModelAtEveryEdge) {
  expect_runs_as_the_model<Vpe_row_default>(default_machine(), default_sizes(), false);
}

TEST(PeRowRtl, EqualsTheModelInDirectMode) {
  expect_runs_as_the_model<Vpe_row_default>(default_machine(), default_sizes(), true);
}

TEST(PeRowRtl, EqualsTheModelWhereNothingIsAPowerOfTwo) {
  ASSERT_EQ(rtl_pattern(odd_machine().ca.pattern), PE_ROW_ODD_PATTERN);
  expect_runs_as_the_model<Vpe_row_odd>(odd_machine(), odd_sizes(), false);
}

TEST(PeRowRtl, EqualsTheModelInDirectModeBehindANarrowWeightPort) {
  ASSERT_TRUE(odd_sizes().has_narrow_port());
  expect_runs_as_the_model<Vpe_row_odd>(odd_machine(), odd_sizes(), true);
}

IntegerNetwork calibrated_resnet20(const InputSource& images, const Graph& graph) {
  Graph compressed = compress_graph(graph, {});
  calibrate(compressed, images, {8, 1});
  return build_integer_network(compressed);
}

WindowAxis whole_axis(int kernel, int stride, int pad, int input, int outputs) {
  return {kernel, stride, pad, input, 0, outputs};
}

// One output channel of a layer of a real network, all its terms in the rows of one slice.
scenario::Scenario channel_run(const IntegerNode& node, const Activations& input, int channel) {
  scenario::Scenario run;
  run.machine.slices = 1;
  run.machine.rows = node.terms;
  scenario::Tile tile;
  tile.direct = node.form == WeightForm::kDirect;
  const Window& window = node.window;
  tile.geometry = {
      whole_axis(window.r, window.stride_h, window.pad_top, input.shape.h, node.out.h),
      whole_axis(window.s, window.stride_w, window.pad_left, input.shape.w, node.out.w)};
  tile.channels = input.shape.c;
  tile.terms = node.terms;
  tile.per_slice = 1;
  tile.of_slice = {1};
  const auto of_channel = [&](const std::vector<std::int8_t>& all) {
    const std::int64_t size = std::int64_t(all.size()) / node.out.c;
    return std::vector<std::int8_t>(all.begin() + channel * size,
                                    all.begin() + (channel + 1) * size);
  };
  tile.coefficients = of_channel(node.coefficients);
  tile.weights = of_channel(node.weights);
  tile.basis = node.basis;
  for (int h = 0; h < input.shape.h; ++h) {
    for (int w = 0; w < input.shape.w; ++w) {
      for (int c = 0; c < input.shape.c; ++c) tile.activations.push_back(input.at(c, h, w));
    }
  }
  run.passes.push_back({0, true, 0, tile.geometry.rows.end_input()});
  run.delays.push_back(0);
  run.tiles.push_back(std::move(tile));
  return run;
}

// The sums that the rows of a slice make of an output channel.
std::vector<std::int32_t> merged_sums(const scenario::Scenario& run) {
  std::vector<std::int32_t> sums;
  for (int term = 0; term < run.tiles.front().terms; ++term) {
    RowLockstep<Vpe_row_default> row(run, default_sizes(), term, Random(std::uint64_t(term)));
    row.run();
    sums.resize(row.merged().size());
    std::transform(sums.begin(), sums.end(), row.merged().begin(), sums.begin(), std::plus<>());
  }
  return sums;
}

// Every edge against the model, and what comes out against a dense convolution.
TEST(PeRowRtl, EqualsTheModelAndTheConvolutionOnLayersOfResNet20) {
  if (!std::filesystem::exists(data_folder())) GTEST_SKIP() << "no " << data_folder();
  const Graph graph =
      read_onnx((data_folder() / "weights/cifar10_resnet20_ternary_m6.onnx").string());
  const auto images = open_input("cifar10:" + (data_folder() / "cifar10").string(),
                                 graph.nodes[0].out, graph.transform);
  const IntegerNetwork network = calibrated_resnet20(*images, graph);
  const auto activations =
      run_network(network, quantize_input(images->image(100), network.input_scale));
  std::set<std::tuple<WeightForm, int, int>> seen;  // form, input channels and stride
  for (const IntegerNode& node : network.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    const Activations& input = activations[node.inputs.front()];
    if (!seen.insert({node.form, input.shape.c, node.window.stride_h}).second) continue;
    const auto expected = reference_accumulators(node, input);
    const std::int64_t outputs = std::int64_t{node.out.h} * node.out.w;
    for (const int channel : {0, node.out.c - 1}) {
      const auto first = expected.begin() + channel * outputs;
      EXPECT_EQ(merged_sums(channel_run(node, input, channel)),
                std::vector<std::int32_t>(first, first + outputs))
          << node.name << ", channel " << channel;
    }
  }
  EXPECT_EQ(seen.size(), 7u) << "16, 32 and 64 channels, two layers of stride 2, first and last";
}

}  // namespace
}  // namespace escalate::rtl
