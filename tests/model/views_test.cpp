// The law of the two views: cycles of every layer, every counter and every row state are equal, and
// so is every output.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>

#include "common/atomic_file.h"
#include "common/child_process.h"
#include "common/error.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/integer_builder.h"
#include "tests/support/data_folder.h"
#include "tests/support/function_network.h"
#include "tests/support/places.h"
#include "tests/support/simulated.h"
#include "tests/support/temporary_folder.h"
#include "workloads/inputs.h"
#include "workloads/onnx/reader.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

SimulationOutcome outcome_in(View view, const Program& program,
                             const std::vector<Activations>& images, SimulationOptions options) {
  options.view = view;
  options.verify = Verify::kAll;
  options.jobs = 4;
  return simulated(program, images, options);
}

// What differs between the views, one line each; nothing if they agree.
std::string difference(const Program& program, const std::vector<Activations>& images,
                       const SimulationOptions& options = {}) {
  const auto fast = outcome_in(View::kTransaction, program, images, options);
  const auto cycle = outcome_in(View::kCycle, program, images, options);
  std::string text;
  const auto compare = [&](const std::string& what, std::int64_t left, std::int64_t right) {
    if (left == right) return;
    text += what + ": " + std::to_string(left) + " in the transaction view, " +
            std::to_string(right) + " in the cycle view\n";
  };
  compare("layers", std::int64_t(fast.layers.size()), std::int64_t(cycle.layers.size()));
  for (std::size_t i = 0; i < std::min(fast.layers.size(), cycle.layers.size()); ++i) {
    const LayerRun& left = fast.layers[i];
    const LayerRun& right = cycle.layers[i];
    const std::string layer = program.layers[std::size_t(left.layer)].name + " ";
    compare(layer + "cycles", left.cycles, right.cycles);
    compare(layer + "waited_for_dram", left.waited_for_dram, right.waited_for_dram);
    compare(layer + "waited_for_post", left.waited_for_post, right.waited_for_post);
    const auto compare_fields = [&](const auto& a, const auto& b) {
      using T = std::decay_t<decltype(a)>;
      std::vector<std::int64_t> values;
      T::fields(a, [&](const FieldDoc&, std::int64_t value) { values.push_back(value); });
      std::size_t next = 0;
      T::fields(b, [&](const FieldDoc& doc, std::int64_t value) {
        compare(layer + std::string(doc.name), values[next++], value);
      });
    };
    compare_fields(left.counters, right.counters);
    compare_fields(left.row_states, right.row_states);
    compare_fields(left.dram, right.dram);
  }
  compare("mismatches", 0, fast.verification.mismatches + cycle.verification.mismatches);
  if (fast.outputs.size() != cycle.outputs.size()) text += "numbers of outputs differ\n";
  for (std::size_t i = 0; i < std::min(fast.outputs.size(), cycle.outputs.size()); ++i) {
    if (fast.outputs[i].values != cycle.outputs[i].values) text += "outputs differ\n";
  }
  return text;
}

SimulationOptions only(const std::vector<int>& layers) {
  SimulationOptions options;
  options.layers = layers;
  return options;
}

SimulationOptions first_layers(int count) {
  std::vector<int> layers(std::size_t(count), 0);
  std::iota(layers.begin(), layers.end(), 0);
  return only(layers);
}

TEST(Views, AgreeOnResNet20) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  EXPECT_EQ(difference(compile(network, {}), drawn_images(network, 1)), "");
}

TEST(Views, AgreeOnTheFirstTenLayersOfMobileNetV2) {
  const IntegerNetwork network = zoo_network("mobilenetv2-cifar10");
  EXPECT_EQ(difference(compile(network, {}), drawn_images(network, 1), first_layers(10)), "");
}

TEST(Views, AgreeOnABatchOfTwo) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  EXPECT_EQ(difference(compile(network, {}, 2), drawn_images(network, 2), only({0, 9, 18})), "");
}

// How a DRAM may answer by the base protocol of TLM-2.0.
enum class Manner { kCompletedOnReturn, kResponseOnReturn, kByCalls, kRequestEndsLate };

// A DRAM unlike ours: no banks, no bus; a request takes the longer the more its address is odd, so
// that where answers are calls, later requests may be answered first.
class OtherDram : public DramModel {
 public:
  OtherDram(const MachineConfig& machine, SparseMemory& memory, Manner manner)
      : DramModel("other_dram"),
        socket_("socket"),
        memory_(memory),
        burst_bytes_(unsigned(machine.dram.burst_bytes)),
        manner_(manner) {
    socket_.register_nb_transport_fw(this, &OtherDram::accept);
    SC_HAS_PROCESS(OtherDram);
    SC_METHOD(call);
    sensitive << wake_;
    dont_initialize();
  }
  TargetSocket& target_socket() override { return socket_; }
  void restart() override { ensure(unended_ == 0, "every response on return has ended"); }
  const DramCounters& counters() const override { return counters_; }

 private:
  struct Call {
    int initiator;
    tlm::tlm_generic_payload* payload;
    tlm::tlm_phase phase;
  };

  Picoseconds serve(tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    const std::span bytes(payload.get_data_ptr(), payload.get_data_length());
    const auto bursts =
        std::int64_t((address + bytes.size() - 1) / burst_bytes_ - address / burst_bytes_ + 1);
    counters_.row_hits += bursts;
    if (payload.is_write()) {
      memory_.write(address, bytes);
      counters_.write_bursts += bursts;
    } else {
      memory_.read(address, bytes);
      counters_.read_bursts += bursts;
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    constexpr Picoseconds kLatency = 37'000, kOfBank = 11'300;
    constexpr std::uint64_t kBanks = 7;
    return kLatency + kOfBank * Picoseconds(address / burst_bytes_ % kBanks);
  }

  tlm::tlm_sync_enum accept(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                            sc_core::sc_time& delay) {
    if (phase == tlm::END_RESP) {
      ensure(unended_ > 0, "a response ends once, if it has not by itself");
      --unended_;
      return tlm::TLM_COMPLETED;
    }
    const Picoseconds latency = serve(payload);
    if (manner_ == Manner::kCompletedOnReturn || manner_ == Manner::kResponseOnReturn) {
      delay += to_sc_time(latency);
      phase = tlm::BEGIN_RESP;
      unended_ += manner_ == Manner::kResponseOnReturn ? 1 : 0;
      return manner_ == Manner::kCompletedOnReturn ? tlm::TLM_COMPLETED : tlm::TLM_UPDATED;
    }
    payload.acquire();
    add_call(latency, {initiator, &payload, tlm::BEGIN_RESP});
    if (manner_ == Manner::kByCalls) {
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
    }
    constexpr Picoseconds kUntilAccepted = 3'100;
    add_call(kUntilAccepted, {initiator, &payload, tlm::END_REQ});
    return tlm::TLM_ACCEPTED;
  }

  void add_call(Picoseconds delay, const Call& call) {
    calls_.insert({simulated_time() + delay, call});
    wake_.notify(to_sc_time(calls_.begin()->first - simulated_time()));
  }

  void call() {
    while (!calls_.empty() && calls_.begin()->first <= simulated_time()) {
      Call call = calls_.begin()->second;
      calls_.erase(calls_.begin());
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      const bool responds = call.phase == tlm::BEGIN_RESP;
      socket_[call.initiator]->nb_transport_bw(*call.payload, call.phase, delay);
      if (responds) call.payload->release();
    }
    if (!calls_.empty()) wake_.notify(to_sc_time(calls_.begin()->first - simulated_time()));
  }

  tlm_utils::multi_passthrough_target_socket<OtherDram> socket_;
  SparseMemory& memory_;
  std::uint64_t burst_bytes_;
  Manner manner_;
  DramCounters counters_;
  int unended_ = 0;  // responses on return whose end has not been told
  std::multimap<Picoseconds, Call> calls_;
  sc_core::sc_event wake_;
};

TEST(Views, AgreeWithAnotherDramHoweverItAnswers) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const auto images = drawn_images(network, 1);
  SimulationOptions options = only({6, 17});
  const auto ours = outcome_in(View::kTransaction, program, images, options);
  for (const Manner manner : {Manner::kCompletedOnReturn, Manner::kResponseOnReturn,
                              Manner::kByCalls, Manner::kRequestEndsLate}) {
    SCOPED_TRACE(int(manner));
    options.make_dram = [manner](const MachineConfig& machine, SparseMemory& memory) {
      return std::make_unique<OtherDram>(machine, memory, manner);
    };
    const auto other = outcome_in(View::kTransaction, program, images, options);
    EXPECT_NE(other.layers[1].cycles, ours.layers[1].cycles);
    EXPECT_EQ(difference(program, images, options), "");
  }
}

// Begin and completion of every instruction, a line each, by stream.
std::string executed_in(View view, const Program& program, const std::vector<Activations>& images,
                        SimulationOptions options) {
  return in_child_process([&] {
    std::string text;
    options.view = view;
    options.on_run = [&](const LayerRun& run) {
      auto executed = run.executed;
      std::stable_sort(executed.begin(), executed.end(), [](const auto& a, const auto& b) {
        return std::pair(a.stream, a.index) < std::pair(b.stream, b.index);
      });
      for (const ExecutedInstruction& one : executed) {
        const Instruction& instruction =
            program.streams[StreamTimes::index(one.stream)][std::size_t(one.index)];
        text += fmt::format("layer {} {} {} {}: {} to {}\n", run.layer, enum_name(one.stream),
                            one.index, instruction.name(), one.begin, one.complete);
      }
    };
    simulate(program, images, options);
    return text;
  });
}

TEST(Views, BeginAndCompleteEveryInstructionInTheSameCycle) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {}, 2);
  const auto images = drawn_images(network, 2);
  const auto options = only({0, 7, 9});
  const std::string fast = executed_in(View::kTransaction, program, images, options);
  EXPECT_NE(fast, "");
  EXPECT_EQ(fast, executed_in(View::kCycle, program, images, options));
}

// A stream that waits for a signal that never comes.
TEST(Views, ReportTheSameDeadlock) {
  const IntegerNetwork network = draw_network(parse_quick_layer("C=8,K=8,H=5,R=3"), {}).network;
  Program program = compile(network, {});
  auto& loads = program.streams[StreamTimes::index(Stream::kLoad)];
  const auto signal = std::find_if(loads.begin(), loads.end(),
                                   [](const Instruction& load) { return load.signals != 0; });
  ASSERT_NE(signal, loads.end());
  signal->signals = 0;
  for (const View view : {View::kTransaction, View::kCycle}) {
    try {
      executed_in(view, program, drawn_images(network, 1), {});
      FAIL() << "it ends in the " << enum_name(view) << " view";
    } catch (const InternalError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("deadlock"));
      EXPECT_THAT(error.what(), testing::HasSubstr("'run' waits for a signal of load"));
    }
  }
}

// Two lines a row, and tiles in which a row has no part between tiles in which it has: found by
// random machines.
TEST(Views, AgreeOnRowsThatLeaveTilesOut) {
  MachineConfig machine;
  machine.blocks = machine.slices = 1;
  machine.rows = 4;
  machine.merge_words = machine.post_lanes = 1;
  machine.output_bank_words = 20;
  machine.coefficient_bank_bytes = 64;
  machine.ca.chunk = 16;
  machine.ca.lanes = 1;
  machine.ca.pattern = "L<1,0>";
  machine.ca.slot_queue_rows = 18;
  machine.ca.element_queue = 1;
  machine.mac.multipliers = machine.mac.weight_port_bytes = 1;
  machine.mac.line_buffer_words = 18;
  machine.ring.chunks = 1;
  machine.ring.entry_channels = 16;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const Graph layer = parse_quick_layer("C=3,K=1,R=1,H=7,M=5,density=0.5,activation_density=1");
    const IntegerNetwork network = draw_network(layer, {.seed = seed}).network;
    EXPECT_EQ(difference(compile(network, machine), drawn_images(network, 1)), "");
  }
}

TEST(Views, AgreeOnSumsThatStayInRegistersAndWhereTheyAddUpTo) {
  MachineConfig machine;
  machine.blocks = machine.slices = 2;
  for (const char* layer : {"C=20,K=6,R=3,H=9,M=3,density=0.5,activation_density=0.5",
                            "C=70,K=6,R=3,H=9,M=6,density=0.1,activation_density=0.2,stride=2",
                            "C=20,K=6,R=1,H=9,density=0.5,activation_density=0.5"}) {
    SCOPED_TRACE(layer);
    const IntegerNetwork network = draw_network(parse_quick_layer(layer), {}).network;
    const auto counters = [&](int registers) {
      machine.mac.sum_registers = registers;
      const Program program = compile(network, machine);
      EXPECT_EQ(difference(program, drawn_images(network, 1)), "");
      const SimulationOutcome outcome = simulate(program, drawn_images(network, 1), {});
      EXPECT_EQ(outcome.verification.mismatches, 0);
      return outcome.layers.front().counters;
    };
    const MachineCounters without = counters(0), with = counters(9);
    EXPECT_EQ(without.sum_register_updates, 0);
    EXPECT_EQ(with.sum_register_updates, without.line_buffer_updates);
    EXPECT_EQ(with.sum_registers_read, with.line_buffer_updates);
    EXPECT_LE(with.line_buffer_updates, without.line_buffer_updates);
    EXPECT_GT(3 * with.line_buffer_updates, without.line_buffer_updates);
    EXPECT_EQ(with.macs, without.macs);
  }
}

TEST(Views, AgreeOnPoolsAdditionsAndConcatenations) {
  const TemporaryFolder folder;
  const std::string file = folder.write("pools.yaml",
                                        "name: pools\n"
                                        "input: [5, 17, 15]\n"
                                        "defaults: {coefficient_density: 0.2, weight_density: 0.5, "
                                        "activation_density: 0.5}\n"
                                        "layers:\n"
                                        "  - {conv: stem, K: 20, kernel: 3, then: relu}\n"
                                        "  - {maxpool: largest, kernel: 3, stride: 2, pad: 1}\n"
                                        "  - {conv: left, K: 12, kernel: 3, then: relu}\n"
                                        "  - {conv: right, from: largest, K: 12, kernel: 1}\n"
                                        "  - {add: sum, from: [left, right]}\n"
                                        "  - {avgpool: mean, kernel: 3, stride: 2, pad: 1}\n"
                                        "  - {conv: other, from: mean, K: 9, kernel: 1}\n"
                                        "  - {concat: both, from: [mean, other]}\n"
                                        "  - {channel_pad: wide, before: 2, after: 1}\n"
                                        "  - {avgpool: hanging, kernel: 4, stride: 3, pad: [0, 1, "
                                        "1, 0], ceil: true, count_include_pad: true}\n"
                                        "  - {global_sum: sums, from: wide}\n"
                                        "  - {global_avgpool: pool, from: hanging}\n"
                                        "  - {add: all, from: [sums, pool]}\n"
                                        "  - {fc: classes, K: 7}\n");
  const IntegerNetwork network = draw_network(read_yaml_workload(file), {}).network;
  EXPECT_EQ(difference(compile(network, {}), drawn_images(network, 1)), "");
}

TEST(Views, AgreeOnFunctionsProductsAndSelections) {
  const IntegerNetwork network = function_network();
  std::vector<Activations> images(2, {network.nodes[0].out, {}});
  for (int i = 0; i < 2 * int(network.nodes[0].out.size()); ++i) {
    images[std::size_t(i % 2)].values.push_back(std::int8_t(i * 37 % 255 - 127));
  }
  EXPECT_EQ(difference(compile(network, {}, 2), images), "");
}

TEST(Views, AgreeOnATrainedResNet20WithRealImages) {
  if (!std::filesystem::exists(data_folder())) GTEST_SKIP() << "no " << data_folder();
  Graph graph = compress_graph(
      read_onnx((data_folder() / "weights" / "cifar10_resnet20_ternary_m6.onnx").string()), {});
  const auto source = open_input("cifar10:" + (data_folder() / "cifar10").string(),
                                 graph.nodes[0].out, graph.transform);
  calibrate(graph, *source, {32, 2});
  const IntegerNetwork network = build_integer_network(graph);
  std::vector<Activations> images;
  for (int i = 0; i < 2; ++i) {
    images.push_back(quantize_input(source->image(i), network.input_scale));
  }
  EXPECT_EQ(difference(compile(network, {}), images), "");
}

// A network of the zoo on the smallest images of these sizes that its pools still fit.
IntegerNetwork scaled_zoo_network(const std::filesystem::path& workload) {
  const std::string text = read_file(workload.string());
  const std::size_t begin = text.find("input: [3, ");
  const std::size_t end = text.find(']', begin);
  const TemporaryFolder folder;
  for (const std::string size : {"32, 32", "64, 64", "99, 99"}) {
    const std::string scaled = text.substr(0, begin) + "input: [3, " + size + text.substr(end);
    try {
      return draw_network(read_yaml_workload(folder.write("scaled.yaml", scaled)), {}).network;
    } catch (const UserError&) {  // a window does not fit
    }
  }
  throw InternalError("no size fits " + workload.string());
}

// About a dozen layers from the first to the last.
SimulationOptions some_layers(const Program& program) {
  const int count = int(program.layers.size());
  std::vector<int> layers;
  for (int layer = 0; layer < count; layer += count / 12 + 1) layers.push_back(layer);
  if (layers.back() != count - 1) layers.push_back(count - 1);
  return only(layers);
}

TEST(LongViews, AgreeOnEveryNetworkOfTheZooScaledDown) {
  const std::filesystem::path zoo = source_folder() + "/workloads/zoo";
  int networks = 0;
  for (const auto& file : std::filesystem::directory_iterator(zoo)) {
    if (file.path().extension() != ".yaml") continue;
    SCOPED_TRACE(file.path().filename().string());
    const IntegerNetwork network = scaled_zoo_network(file.path());
    const Program program = compile(network, {});
    EXPECT_EQ(difference(program, drawn_images(network, 1), some_layers(program)), "");
    ++networks;
  }
  EXPECT_GE(networks, 12);
}

TEST(LongViews, AgreeOnTheFirstTenLayersOfMobileNetV2AtFullSize) {
  const IntegerNetwork network = zoo_network("mobilenetv2-imagenet");
  EXPECT_EQ(difference(compile(network, {}), drawn_images(network, 1), first_layers(10)), "");
}

// Uniform in [low, high] in every case, where plain inRange starts small.
int any_in(int low, int high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1));
}

MachineConfig arbitrary_machine() {
  MachineConfig machine;
  machine.blocks = any_in(1, 4);
  machine.slices = any_in(1, 3);
  machine.rows = any_in(1, 6);
  machine.merge_words = any_in(1, 5);
  machine.network_bytes = *rc::gen::element(4, 16, 64);
  machine.post_lanes = any_in(1, 16);
  machine.mac.multipliers = any_in(1, 6);
  machine.mac.weight_port_bytes = any_in(1, 9);
  machine.ca.chunk = *rc::gen::element(8, 16, 24, 64);
  machine.ca.lanes = any_in(1, 16);
  machine.ca.pattern = *rc::gen::element<std::string>("L<0,0>", "L<1,0>", "L<3,2>", "T<2,5>");
  machine.ca.slot_queue_rows = machine.look_ahead() +
                               (machine.ca.chunk + machine.ca.lanes - 1) / machine.ca.lanes + 1 +
                               any_in(0, 4);
  machine.ca.element_queue = any_in(1, 4);
  const int chunks = any_in(1, 4);
  machine.ring.entry_channels = chunks * machine.ca.chunk;
  machine.ring.chunks = chunks + any_in(0, 8);
  machine.ideal.dram = any_in(0, 5) == 0;
  machine.ideal.input = any_in(0, 5) == 0;
  machine.ideal.ca = any_in(0, 5) == 0;
  machine.ideal.mac = any_in(0, 5) == 0;
  machine.validate();
  return machine;
}

std::string arbitrary_layer() {
  const int kernel = any_in(1, 4);
  std::string layer = "C=" + std::to_string(any_in(1, 40)) + ",K=" + std::to_string(any_in(1, 24)) +
                      ",R=" + std::to_string(kernel) + ",H=" + std::to_string(any_in(kernel, 12)) +
                      ",stride=" + std::to_string(any_in(1, 2)) +
                      ",density=" + *rc::gen::element<std::string>("0.05", "0.2", "0.7") +
                      ",activation_density=" + *rc::gen::element<std::string>("0.1", "0.4", "1");
  if (any_in(0, 2) == 0) layer += ",form=direct";
  return layer;
}

void assert_views_agree() {
  const std::string layer = arbitrary_layer();
  const MachineConfig machine = arbitrary_machine();
  RC_LOG() << layer << "\n";
  const IntegerNetwork network = draw_network(parse_quick_layer(layer), {}).network;
  std::optional<Program> program;
  try {
    program = compile(network, machine);
  } catch (const UserError&) {
    RC_DISCARD("the machine is too small for the layer");
  }
  const std::string text = difference(*program, drawn_images(network, 1));
  if (!text.empty()) RC_FAIL(text);
}

TEST(Views, AgreeOnRandomLayersAndMachines) {
  EXPECT_TRUE(rc::check("views agree", assert_views_agree));
}

TEST(LongViews, AgreeOnManyRandomLayersAndMachines) {
  EXPECT_TRUE(rc::check("views agree", assert_views_agree));
}

}  // namespace
}  // namespace escalate
