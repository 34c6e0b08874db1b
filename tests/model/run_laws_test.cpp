// Laws of whole runs, on random networks and machines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "compiler/verify.h"
#include "compiler/wide_padding.h"
#include "tests/model/random_run.h"
#include "tests/support/counter_difference.h"
#include "tests/support/simulated.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

SimulationOutcome checked_run(const RandomRun& run) {
  SimulationOptions options;
  options.verify = Verify::kAll;
  return simulated(run.program, run.images, options);
}

SimulationOutcome quick_run(const RandomRun& run) {
  SimulationOptions options;
  options.verify = Verify::kNone;
  return simulated(run.program, run.images, options);
}

std::int64_t outputs_of(const RandomRun& run) {
  std::int64_t outputs = 0;
  for (const LayerCode& layer : run.program.layers) {
    const auto& nodes = run.program.network.nodes;
    const IntegerNode& node = nodes[std::size_t(layer.node)];
    outputs += node.out.size();
    outputs -= num_filled(node);
  }
  return outputs * std::int64_t(run.images.size());
}

// A program with random flags of resources that cost nothing.
RandomRun freed(RandomRun run) {
  IdealConfig& ideal = run.program.machine.ideal;
  for (bool* flag : {&ideal.dram, &ideal.input, &ideal.ca, &ideal.mac}) *flag = draw::once_in(6);
  return run;
}

void expect_values_of_integer_arithmetic(const RandomRun& run) {
  const SimulationOutcome outcome = checked_run(run);
  RC_LOG() << outcome.verification.first_mismatch << "\n";
  RC_ASSERT(outcome.verification.mismatches == 0);
  RC_ASSERT(outcome.pick_mismatches == 0);
  RC_ASSERT(outcome.verification.checked_outputs == outputs_of(run));
  for (std::size_t i = 0; i < run.images.size(); ++i) {
    RC_ASSERT(outcome.outputs[i].values ==
              run_network(run.program.network, run.images[i]).back().values);
  }
}

// What the runs of a property have between them.
std::set<std::string> corners_of(const RandomRun& run) {
  std::set<std::string> corners;
  const auto mark = [&](bool holds, const std::string& name) {
    if (holds) corners.insert(name);
  };
  for (const LayerCode& layer : run.program.layers) corners.insert(layer.kind);
  for (const LayerCode& layer : run.program.layers) {
    mark(layer.fused_table >= 0, "fused function");
    mark(layer.fused_add >= 0, "fused addition");
    mark(pads_beyond_kernel(run.program.network.nodes[std::size_t(layer.node)]), "wide padding");
  }
  for (const TensorPlace& place : run.program.tensors) {
    mark(place.resident, "a tensor on chip");
    mark(!place.resident && place.node > 0, "a tensor in DRAM");
  }
  for (const Instruction& instruction : run.program.streams[std::size_t(Stream::kCompute)]) {
    const Run& pass = std::get<Run>(instruction.operation);
    mark(pass.accumulate != 0, "accumulating passes");
    mark(pass.fresh == 0, "passes that go on");
    mark(pass.bypass != 0, "bypass");
    mark(pass.output.groups.size() > 1, "groups of blocks");
    mark(pass.output.blocks_per_group > 1, "several blocks");
    mark(pass.output.column_begin > 0, "column tiles");
    mark(pass.output.first_channel > 0, "rounds");
    mark(pass.output.groups[0].tile_begin > 0, "row tiles");
    mark(pass.output.terms > 1, "several terms");
    mark(pass.output.per_slice > 1, "several channels of a slice");
    mark(pass.channels > run.program.machine.ring.entry_channels, "channel tiles");
    mark(pass.channels % run.program.machine.ca.chunk != 0, "a chunk that is not full");
  }
  for (const Instruction& instruction : run.program.streams[std::size_t(Stream::kLoad)]) {
    mark(std::holds_alternative<LoadSlopedParameters>(instruction.operation), "slopes");
  }
  for (const Instruction& instruction : run.program.streams[std::size_t(Stream::kPost)]) {
    const auto* add = std::get_if<Add>(&instruction.operation);
    mark(add != nullptr && add->left_single + add->right_single > 0, "broadcast over channels");
    const auto* pool = std::get_if<Pool>(&instruction.operation);
    mark(pool != nullptr && pool->row_step * pool->column_step > 1, "steps of the output");
  }
  mark(run.program.network.output_nodes().size() > 1, "several outputs");
  mark(run.program.batch > 1, "batch");
  return corners;
}

TEST(RunLaws, RandomRunsReachEveryCornerOfTheMachine) {
  std::set<std::string> reached;
  EXPECT_TRUE(rc::check([&] {
    for (int i = 0; i < 4; ++i) reached.merge(corners_of(random_run()));
  }));
  EXPECT_THAT(reached, testing::IsSupersetOf({"decomposed",
                                              "pointwise",
                                              "direct",
                                              "depthwise",
                                              "fully_connected",
                                              "max_pool",
                                              "average_pool",
                                              "add",
                                              "concat",
                                              "channel_pad",
                                              "rescale",
                                              "flatten",
                                              "multiply",
                                              "minimum",
                                              "maximum",
                                              "table",
                                              "select",
                                              "fused function",
                                              "slopes",
                                              "broadcast over channels",
                                              "steps of the output",
                                              "several outputs",
                                              "fused addition",
                                              "wide padding",
                                              "a tensor on chip",
                                              "a tensor in DRAM",
                                              "accumulating passes",
                                              "passes that go on",
                                              "bypass",
                                              "groups of blocks",
                                              "several blocks",
                                              "column tiles",
                                              "rounds",
                                              "row tiles",
                                              "several terms",
                                              "several channels of a slice",
                                              "channel tiles",
                                              "a chunk that is not full",
                                              "batch"}));
}

TEST(RunLaws, ValuesAreThoseOfIntegerArithmetic) {
  EXPECT_TRUE(rc::check([] { expect_values_of_integer_arithmetic(freed(random_run())); }));
}

TEST(LongRunLaws, ValuesAreThoseOfIntegerArithmetic) {
  EXPECT_TRUE(rc::check(
      [] { expect_values_of_integer_arithmetic(freed(random_run(RandomLayers::kAll, 9))); }));
}

// Without those that count cycles.
MachineCounters work_of(const LayerRun& run) {
  MachineCounters counters = run.counters;
  counters.network_busy_cycles = counters.ca_busy_cycles = 0;
  counters.mac_busy_cycles = counters.post_busy_cycles = 0;
  counters.dram_activations = counters.dram_open_ps = 0;  // rows stay open while bursts come
  return counters;
}

void expect_same_work(const SimulationOutcome& one, const SimulationOutcome& other) {
  RC_ASSERT(one.layers.size() == other.layers.size());
  for (std::size_t i = 0; i < one.layers.size(); ++i) {
    RC_ASSERT(counter_difference(work_of(one.layers[i]), work_of(other.layers[i])) == "");
    RC_ASSERT(one.layers[i].dram.read_bursts == other.layers[i].dram.read_bursts);
    RC_ASSERT(one.layers[i].dram.write_bursts == other.layers[i].dram.write_bursts);
    RC_ASSERT(one.layers[i].input_nonzeros == other.layers[i].input_nonzeros);
  }
  RC_ASSERT(one.outputs == other.outputs);
}

void expect_same_run(const SimulationOutcome& one, const SimulationOutcome& other) {
  expect_same_work(one, other);
  for (std::size_t i = 0; i < one.layers.size(); ++i) {
    RC_ASSERT(one.layers[i].cycles == other.layers[i].cycles);
    RC_ASSERT(counter_difference(one.layers[i].counters, other.layers[i].counters) == "");
    RC_ASSERT(counter_difference(one.layers[i].row_states, other.layers[i].row_states) == "");
    RC_ASSERT(counter_difference(one.layers[i].dram, other.layers[i].dram) == "");
    RC_ASSERT(one.layers[i].waited_for_dram == other.layers[i].waited_for_dram);
    RC_ASSERT(one.layers[i].waited_for_post == other.layers[i].waited_for_post);
  }
  RC_ASSERT(one.cycles_by_image == other.cycles_by_image);
  RC_ASSERT(one.pick_mismatches == other.pick_mismatches);
  RC_ASSERT(one.verification.checked_outputs == other.verification.checked_outputs);
}

TEST(RunLaws, ValuesThatNobodyReadChangeNothing) {
  int left_out = 0;
  EXPECT_TRUE(rc::check([&] {
    const RandomRun run = freed(random_run());
    SimulationOptions all;
    all.verify = Verify::kNone;
    all.all_values = true;
    const SimulationOutcome needed = quick_run(run);
    const SimulationOutcome computed = simulated(run.program, run.images, all);
    RC_ASSERT(!computed.values_left_out);
    left_out += needed.values_left_out ? 1 : 0;
    expect_same_run(needed, computed);
  }));
  EXPECT_GT(left_out, 0);
}

// The same program with other delays on its channels: of DRAM, the network, the queues.
RandomRun delayed(RandomRun run) {
  MachineConfig& machine = run.program.machine;
  machine.clock_mhz = draw::one_of({800, 33, 5000});
  machine.network_bytes = draw::one_of({128, 1, 2, 7});
  machine.merge_words = draw::between(1, 9);
  machine.post_lanes = draw::between(1, 70);
  machine.ca.element_queue = draw::between(1, 9);
  machine.ca.slot_queue_rows += draw::between(0, 9);
  machine.ring.chunks += draw::between(0, 9);
  machine.mac.weight_port_bytes = draw::between(1, 9);
  machine.dma.outstanding = draw::between(1, 20);
  DramConfig& dram = machine.dram;
  dram.channels = draw::between(1, 5);
  dram.banks = draw::between(1, 9);
  dram.row_bytes = dram.burst_bytes * draw::between(1, 50);
  dram.burst_ns = draw::one_of({2, 1, 3, 50});
  dram.row_hit_ns = draw::between(0, 40);
  dram.activate_ns = draw::between(0, 40);
  dram.precharge_ns = draw::between(0, 40);
  dram.refresh_interval_ns = draw::one_of({7800, 0, 400});
  dram.scheduler = draw::once_in(2) ? DramScheduler::kInOrder : DramScheduler::kFirstReady;
  dram.window = draw::between(1, 40);
  dram.bank_groups = draw::once_in(2) ? dram.banks : 1;
  dram.interleaved_groups = draw::once_in(2) ? dram.bank_groups : 1;
  for (double* gap :
       {&dram.write_latency_ns, &dram.same_group_ns, &dram.read_to_write_ns, &dram.write_to_read_ns,
        &dram.write_to_read_same_group_ns, &dram.activate_to_activate_ns,
        &dram.activate_to_activate_same_group_ns, &dram.four_activates_ns,
        &dram.activate_to_precharge_ns, &dram.read_to_precharge_ns, &dram.write_recovery_ns}) {
    *gap = draw::one_of({0, 0, 3, 30});
  }
  return freed(run);
}

void expect_timing_changes_no_work() {
  const RandomRun run = random_run();
  const RandomRun other = delayed(run);
  RC_LOG() << "against " << fields_to_json(other.program.machine).dump() << "\n";
  expect_same_work(quick_run(run), quick_run(other));
}

TEST(RunLaws, DelaysChangeNoValueAndNoCountButThoseOfWaiting) {
  EXPECT_TRUE(rc::check(expect_timing_changes_no_work));
}

TEST(LongRunLaws, DelaysChangeNoValueAndNoCountButThoseOfWaiting) {
  EXPECT_TRUE(rc::check(expect_timing_changes_no_work));
}

// The same program with other delays outside its passes.
RandomRun delayed_outside_passes(const RandomRun& run) {
  RandomRun other = run;
  const MachineConfig delays = delayed(run).program.machine;
  MachineConfig& machine = other.program.machine;
  machine.clock_mhz = delays.clock_mhz;
  machine.post_lanes = delays.post_lanes;
  machine.dma = delays.dma;
  machine.dram = delays.dram;
  machine.ideal.dram = delays.ideal.dram;
  return other;
}

// How much of a run's passes is known from the runs before it.
struct SharedRuns {
  int all = 0, parts = 0, none = 0;
};

void expect_shared_passes_change_nothing(SharedRuns& runs) {
  SharedTable table(8);
  const RandomRun first = freed(random_run());
  SimulationOptions options;
  options.verify = draw::once_in(2) ? Verify::kSample : Verify::kNone;
  std::int64_t bytes_of_first = 0;
  for (int machines = 0; machines < 4; ++machines) {
    const RandomRun run = machines % 2 == 0 ? first : delayed_outside_passes(first);
    RC_LOG() << fields_to_json(run.program.machine).dump() << "\n";
    options.shared = nullptr;
    const SimulationOutcome alone = simulated(run.program, run.images, options);
    options.shared = &table;
    const std::int64_t before = table.bytes_used();
    const SimulationOutcome shared = simulated(run.program, run.images, options);
    expect_same_run(shared, alone);
    RC_ASSERT(shared.verification.mismatches == 0);
    const std::int64_t added = table.bytes_used() - before;
    if (machines == 0) bytes_of_first = added;
    if (machines == 2) RC_ASSERT(added == 0);
    if (machines % 2 == 0 || bytes_of_first == 0) continue;
    ++(added == 0 ? runs.all : added < bytes_of_first ? runs.parts : runs.none);
  }
}

TEST(RunLaws, PassesThatOtherMachinesHaveTimedChangeNothing) {
  SharedRuns runs;
  EXPECT_TRUE(rc::check([&] { expect_shared_passes_change_nothing(runs); }));
  EXPECT_GT(runs.all, 0);
  EXPECT_GT(runs.parts, 0);
  EXPECT_GT(runs.none, 0);
}

TEST(LongRunLaws, PassesThatOtherMachinesHaveTimedChangeNothing) {
  SharedRuns runs;
  EXPECT_TRUE(rc::check([&] { expect_shared_passes_change_nothing(runs); }));
}

std::vector<Cycle> cycles_of(const SimulationOutcome& outcome) {
  std::vector<Cycle> cycles;
  for (const LayerRun& run : outcome.layers) cycles.push_back(run.cycles);
  return cycles;
}

void expect_no_layer_slower(const SimulationOutcome& freed, const SimulationOutcome& real) {
  const std::vector<Cycle> fast = cycles_of(freed);
  const std::vector<Cycle> slow = cycles_of(real);
  for (std::size_t i = 0; i < slow.size(); ++i) RC_ASSERT(fast[i] <= slow[i]);
}

// DRAM may serve requests that arrive earlier in a worse order; that apart, nothing that is free
// may cost a cycle.
void expect_free_resources_cost_nothing() {
  RandomRun run = random_run();
  const SimulationOutcome real = quick_run(run);
  run.program.machine.ideal.dram = true;
  SimulationOutcome slower = quick_run(run);
  expect_no_layer_slower(slower, real);
  std::vector<bool IdealConfig::*> flags = {&IdealConfig::input, &IdealConfig::ca,
                                            &IdealConfig::mac};
  std::rotate(flags.begin(), flags.begin() + draw::between(0, 2), flags.end());
  for (bool IdealConfig::*flag : flags) {
    run.program.machine.ideal.*flag = true;
    RC_LOG() << fields_to_json(run.program.machine.ideal).dump() << "\n";
    SimulationOutcome faster = quick_run(run);
    expect_no_layer_slower(faster, slower);
    slower = std::move(faster);
  }
}

TEST(RunLaws, FreeResourcesNeverCostCycles) {
  EXPECT_TRUE(rc::check(expect_free_resources_cost_nothing));
}

TEST(LongRunLaws, FreeResourcesNeverCostCycles) {
  EXPECT_TRUE(rc::check(expect_free_resources_cost_nothing));
}

// Jobs and `--layers` run some of the layers, and put into memory what the others would have left.
void expect_layers_run_the_same_whichever_run() {
  const RandomRun run = random_run();
  const SimulationOutcome all = quick_run(run);
  SimulationOptions options;
  options.verify = Verify::kNone;
  for (int layer = 0; layer < int(run.program.layers.size()); ++layer) {
    if (draw::once_in(2)) options.layers.push_back(layer);
  }
  if (options.layers.empty()) options.layers = {int(run.program.layers.size()) - 1};
  const SimulationOutcome some = simulated(run.program, run.images, options);
  RC_ASSERT(some.layers.size() == options.layers.size());
  for (const LayerRun& layer : some.layers) {
    const LayerRun& whole = all.layers.at(std::size_t(layer.layer));
    RC_ASSERT(whole.layer == layer.layer);
    RC_ASSERT(fields_to_json(layer) == fields_to_json(whole));
  }
}

TEST(RunLaws, ALayerRunsTheSameWhicheverOthersRun) {
  EXPECT_TRUE(rc::check(expect_layers_run_the_same_whichever_run));
}

TEST(LongRunLaws, ALayerRunsTheSameWhicheverOthersRun) {
  EXPECT_TRUE(rc::check(expect_layers_run_the_same_whichever_run));
}

void expect_the_same_from_a_file() {
  const RandomRun run = freed(random_run());
  const TemporaryFolder folder;
  save_program(run.program, folder.file("run.program"));
  const RandomRun loaded{load_program(folder.file("run.program")), run.images};
  RC_ASSERT(loaded.program.streams == run.program.streams);
  RC_ASSERT(loaded.program.data == run.program.data);
  RC_ASSERT(loaded.program.network == run.program.network);
  verify(loaded.program);
  expect_same_run(checked_run(run), checked_run(loaded));
}

TEST(RunLaws, AProgramFromAFileRunsAsTheOneThatWasSaved) {
  EXPECT_TRUE(rc::check(expect_the_same_from_a_file));
}

TEST(LongRunLaws, AProgramFromAFileRunsAsTheOneThatWasSaved) {
  EXPECT_TRUE(rc::check(expect_the_same_from_a_file));
}

void expect_the_same_with_any_instructions() {
  const RandomRun run = random_run();
  SimulationOptions options;
  options.verify = Verify::kSample;
  const SimulationOutcome best = simulated(run.program, run.images, options);
  RC_ASSERT(best.verification.mismatches == 0);
  for (const HostSimd set : available_host_simd()) {
    RC_LOG() << to_string(set) << "\n";
    options.host_simd = set;
    expect_same_run(simulated(run.program, run.images, options), best);
  }
}

TEST(RunLaws, TheInstructionsOfTheHostChangeNothing) {
  EXPECT_TRUE(rc::check(expect_the_same_with_any_instructions));
}

TEST(LongRunLaws, TheInstructionsOfTheHostChangeNothing) {
  EXPECT_TRUE(rc::check(expect_the_same_with_any_instructions));
}

void expect_the_same_in_both_views() {
  const RandomRun run = freed(random_run());
  SimulationOptions options;
  options.verify = Verify::kAll;
  const SimulationOutcome fast = simulated(run.program, run.images, options);
  options.view = View::kCycle;
  expect_same_run(fast, simulated(run.program, run.images, options));
}

TEST(RunLaws, BothViewsAgree) { EXPECT_TRUE(rc::check(expect_the_same_in_both_views)); }

TEST(LongRunLaws, BothViewsAgree) { EXPECT_TRUE(rc::check(expect_the_same_in_both_views)); }

}  // namespace
}  // namespace escalate
