#include "buffers/transaction/dma_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <map>
#include <set>

#include "common/error.h"
#include "interconnect/simulation_context.h"
#include "tests/buffers/dma_dram.h"

namespace escalate {
namespace {

using testing::HasSubstr;

MachineConfig small_machine() {
  MachineConfig machine;
  machine.clock_mhz = 1000;
  machine.dma.request_bytes = 128;
  machine.dma.outstanding = 3;
  return machine;
}

// A machine part: two DMA modules on one target, made in either order, and their driver.
template <class Target>
struct Bench {
  template <class... Args>
  explicit Bench(const MachineConfig& machine, bool store_first, Args&&... args)
      : target("target", std::forward<Args>(args)...) {
    const auto make_load = [&] {
      load = std::make_unique<DmaModule>("load", machine, DmaDirection::kLoad);
    };
    if (!store_first) make_load();
    store = std::make_unique<DmaModule>("store", machine, DmaDirection::kStore);
    if (store_first) make_load();
    driver = std::make_unique<DmaDriver>("driver", machine, *load, *store);
    (store_first ? store : load)->socket.bind(target.socket);
    (store_first ? load : store)->socket.bind(target.socket);
  }

  SimulationContext simulation;
  Target target;
  std::unique_ptr<DmaModule> load, store;
  std::unique_ptr<DmaDriver> driver;
};

struct DramBench : Bench<DramTarget> {
  DramBench(const MachineConfig& machine, SparseMemory& memory, bool store_first = false)
      : Bench(machine, store_first, machine, memory) {}
};

std::vector<TestInstruction> drawn_instructions() {
  std::vector<TestInstruction> instructions;
  Cycle start = 0;
  for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
    TestInstruction instruction;
    instruction.direction = *rc::gen::element(DmaDirection::kLoad, DmaDirection::kStore);
    start += *rc::gen::element(0, 0, 1, 2, 30, 2000);
    instruction.start = start;
    for (int k = *rc::gen::inRange(0, 4); k > 0; --k) {
      // Loads and stores keep to halves of their own: what a load of bytes being stored returns is
      // not laid down.
      const bool is_load = instruction.direction == DmaDirection::kLoad;
      instruction.transfers.push_back(
          {std::uint64_t(*rc::gen::inRange(0, 1 << 15)) + (is_load ? 0u : 1u << 16),
           *rc::gen::inRange(0, 1500)});
    }
    instructions.push_back(instruction);
  }
  return instructions;
}

MachineConfig drawn_machine() {
  MachineConfig machine;
  machine.clock_mhz = *rc::gen::element(1000, 800, 633);
  machine.dma.request_bytes = *rc::gen::element(64, 100, 256);
  machine.dma.outstanding = *rc::gen::inRange(1, 20);
  machine.dram.channels = *rc::gen::inRange(1, 4);
  machine.dram.scheduler = *rc::gen::element(DramScheduler::kFirstReady, DramScheduler::kInOrder);
  machine.dram.window = *rc::gen::element(1, 4, 32);
  machine.dram.refresh_interval_ns = *rc::gen::element(0, 500);
  machine.dram.refresh_ns = 70;
  // Times that are whole cycles put answers on clock edges.
  machine.dram.burst_ns = *rc::gen::element(1.0, 2.5, 3.0);
  machine.dram.row_hit_ns = *rc::gen::element(0.0, 10.0, 13.75);
  machine.dram.activate_ns = *rc::gen::element(0.0, 10.0, 13.75);
  return machine;
}

TEST(DmaModule, LoadsTheBytesOfMemory) {
  SparseMemory memory;
  std::vector<std::uint8_t> stored(1000);
  for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = std::uint8_t(i * 7 + 1);
  memory.write(12345, stored);
  DramBench bench(small_machine(), memory);
  const std::vector<TestInstruction> instructions = {
      {DmaDirection::kLoad, 3, {{12345, 700}, {12345 + 700, 300}}}};
  std::vector<std::vector<std::uint8_t>> data = {std::vector<std::uint8_t>(1000)};
  bench.driver->restart(instructions, data);
  run_simulation();
  EXPECT_EQ(data[0], stored);
  EXPECT_GT(bench.driver->complete[0], 3);
  EXPECT_TRUE(bench.load->idle());
}

TEST(DmaModule, StoresTheBytesThatWereThereWhenTheirRequestWasIssued) {
  SparseMemory memory;
  const MachineConfig machine = small_machine();
  DramBench bench(machine, memory);
  std::vector<std::uint8_t> bytes(128, 5);
  const std::vector<DmaTransfer> transfers = {{256, bytes}};
  bench.store->start(transfers);
  run_simulation_for(1);
  bytes.assign(bytes.size(), 6);
  run_simulation();
  std::vector<std::uint8_t> stored(128);
  memory.read(256, stored);
  EXPECT_EQ(stored, std::vector<std::uint8_t>(128, 5));
}

TEST(DmaModule, IsCompleteInTheCycleAfterItsLastResponse) {
  SparseMemory memory;
  MachineConfig machine = small_machine();
  machine.dram.activate_ns = 10;
  machine.dram.row_hit_ns = 10;
  machine.dram.burst_ns = 2;  // the answer to the first burst falls on the edge of cycle 22
  DramBench bench(machine, memory);
  const std::vector<TestInstruction> instructions = {{DmaDirection::kLoad, 0, {{0, 64}}}};
  auto data = data_of(instructions);
  bench.driver->restart(instructions, data);
  run_simulation();
  EXPECT_EQ(bench.driver->complete[0], 23);
}

TEST(DmaModule, TakesTheTimesOfDramTimingInAPlainLoop) {
  EXPECT_TRUE(rc::check("modules and plain loop agree, whichever process comes first", [] {
    const MachineConfig machine = drawn_machine();
    const std::vector<TestInstruction> instructions = drawn_instructions();
    const std::vector<Cycle> expected = completion_times(machine, instructions);
    SparseMemory memory;
    DramBench bench(machine, memory, *rc::gen::arbitrary<bool>());
    auto data = data_of(instructions);
    const auto before = data;
    bench.driver->restart(instructions, data);
    run_simulation();
    RC_ASSERT(bench.driver->complete == expected);
    RC_ASSERT(bench.driver->notified() == int(instructions.size()));
    RC_ASSERT(bench.load->idle() && bench.store->idle());
    RC_ASSERT(bench.load->all_issued() && bench.store->all_issued());
    std::map<std::uint64_t, std::uint8_t> stored;
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      std::size_t k = 0;
      for (const TestTransfer& transfer : instructions[i].transfers) {
        for (int b = 0; b < transfer.bytes; ++b, ++k) {
          if (instructions[i].direction == DmaDirection::kLoad) {
            RC_ASSERT(data[i][k] == 0);
          } else {
            RC_ASSERT(data[i][k] == before[i][k]);
            stored[transfer.address + std::uint64_t(b)] = data[i][k];
          }
        }
      }
    }
    for (const auto& [address, byte] : stored) {
      std::uint8_t found = 0;
      memory.read(address, {&found, 1});
      RC_ASSERT(found == byte);
    }
  }));
}

TEST(DmaModule, GivesTheSameTimesAfterARestart) {
  EXPECT_TRUE(rc::check("every layer begins alike", [] {
    const MachineConfig machine = drawn_machine();
    const std::vector<TestInstruction> first = drawn_instructions();
    const std::vector<TestInstruction> second = drawn_instructions();
    const std::vector<Cycle> expected = completion_times(machine, second);
    SparseMemory memory;
    DramBench bench(machine, memory);
    auto data = data_of(first);
    bench.driver->restart(first, data);
    run_simulation();
    run_simulation_for(Clock(machine).period() * *rc::gen::inRange(0, 1000));
    bench.load->restart();
    bench.store->restart();
    bench.target.restart();
    data = data_of(second);
    bench.driver->restart(second, data);
    run_simulation();
    RC_ASSERT(bench.driver->complete == expected);
  }));
}

// A process that starts the next instruction as soon as those before it have been issued.
struct Chain : sc_core::sc_module {
  Chain(const sc_core::sc_module_name& name, DmaModule& module, std::vector<int> sizes)
      : sc_module(name), dma(module), bytes(std::move(sizes)), buffer(4096) {
    SC_HAS_PROCESS(Chain);
    SC_METHOD(next);
    sensitive << dma.issued();
  }
  void next() {
    if (!dma.all_issued() || started == bytes.size()) return;
    const std::vector<DmaTransfer> transfers = {
        {4096 * started, std::span(buffer).first(std::size_t(bytes[started]))}};
    starts.push_back(simulated_time());
    EXPECT_EQ(dma.start(transfers), std::int64_t(started++));
  }
  DmaModule& dma;
  std::vector<int> bytes;
  std::vector<std::uint8_t> buffer;
  std::size_t started = 0;
  std::vector<Picoseconds> starts;
};

TEST(DmaModule, TakesTheNextInstructionWhenAllRequestsOfTheLastAreIssued) {
  SparseMemory memory;
  MachineConfig machine = small_machine();
  machine.dma.outstanding = 16;
  DramBench bench(machine, memory);
  Chain chain("chain", *bench.load, {384, 0, 128, 256});
  run_simulation();
  // Three requests in cycles 0 to 2, the empty instruction and the one after it in cycle 3.
  EXPECT_EQ(chain.starts, (std::vector<Picoseconds>{0, 3000, 3000, 4000}));
  EXPECT_TRUE(bench.load->is_complete(3));
}

// Answers every request after a fixed time, in one of the ways that the base protocol allows.
enum class Manner { kByCalls, kRequestEndsLate, kResponseOnReturn, kCompletedOnReturn };

class FixedLatency : public sc_core::sc_module {
 public:
  // What a target of somebody else's may hang onto a payload for as long as it is in use.
  struct Mark : tlm::tlm_extension<Mark> {
    tlm::tlm_extension_base* clone() const override { return new Mark; }
    void copy_from(const tlm::tlm_extension_base& /*other*/) override {}
  };

  tlm_utils::multi_passthrough_target_socket<FixedLatency> socket;
  FixedLatency(const sc_core::sc_module_name& name, Manner manner, Picoseconds latency,
               tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE)
      : sc_module(name), socket("socket"), manner_(manner), latency_(latency), status_(status) {
    socket.register_nb_transport_fw(this, &FixedLatency::accept);
    SC_HAS_PROCESS(FixedLatency);
    SC_METHOD(act);
    sensitive << wake_;
    dont_initialize();
  }
  int most_in_flight() const { return most_in_flight_; }
  int num_payloads() const { return int(payloads_.size()); }

 private:
  struct Call {
    int initiator;
    tlm::tlm_generic_payload* payload;
    tlm::tlm_phase phase;
  };

  tlm::tlm_sync_enum accept(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                            sc_core::sc_time& delay) {
    if (phase == tlm::END_RESP) return tlm::TLM_COMPLETED;
    payload.set_response_status(status_);
    payloads_.insert(&payload);
    EXPECT_EQ(payload.get_extension<Mark>(), nullptr) << "an extension of an earlier request";
    payload.set_auto_extension(new Mark);
    if (manner_ == Manner::kResponseOnReturn || manner_ == Manner::kCompletedOnReturn) {
      delay += to_sc_time(latency_);
      phase = tlm::BEGIN_RESP;
      return manner_ == Manner::kResponseOnReturn ? tlm::TLM_UPDATED : tlm::TLM_COMPLETED;
    }
    payload.acquire();
    most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
    const Picoseconds now = simulated_time();
    calls_.insert({now + latency_, {initiator, &payload, tlm::BEGIN_RESP}});
    wake_.notify(to_sc_time(calls_.begin()->first - now));
    if (manner_ == Manner::kByCalls) {
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
    }
    if (latency_ > 2500) calls_.insert({now + 2500, {initiator, &payload, tlm::END_REQ}});
    wake_.notify(to_sc_time(calls_.begin()->first - now));
    return tlm::TLM_ACCEPTED;
  }

  void act() {
    while (!calls_.empty() && calls_.begin()->first <= simulated_time()) {
      Call call = calls_.begin()->second;
      calls_.erase(calls_.begin());
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      const bool responds = call.phase == tlm::BEGIN_RESP;
      if (responds) --in_flight_;
      socket[call.initiator]->nb_transport_bw(*call.payload, call.phase, delay);
      if (responds) call.payload->release();
    }
    if (!calls_.empty()) wake_.notify(to_sc_time(calls_.begin()->first - simulated_time()));
  }

  Manner manner_;
  Picoseconds latency_;
  tlm::tlm_response_status status_;
  std::multimap<Picoseconds, Call> calls_;
  std::set<const tlm::tlm_generic_payload*> payloads_;
  int in_flight_ = 0;
  int most_in_flight_ = 0;
  sc_core::sc_event wake_;
};

struct FixedBench : Bench<FixedLatency> {
  template <class... Args>
  explicit FixedBench(const MachineConfig& machine, Args... args)
      : Bench(machine, false, args...) {}
  Cycle run(int bytes) {
    const std::vector<TestInstruction> instructions = {{DmaDirection::kLoad, 0, {{0, bytes}}}};
    auto data = data_of(instructions);
    driver->restart(instructions, data);
    run_simulation();
    return driver->complete[0];
  }
};

TEST(DmaModule, WorksWithAnotherTargetHoweverItAnswers) {
  // Four requests, in cycles 0, 1, 2 and (three in flight) when the first answer is seen.
  EXPECT_EQ(FixedBench(small_machine(), Manner::kByCalls, 7300).run(512), 8 + 7 + 1);
  EXPECT_EQ(FixedBench(small_machine(), Manner::kByCalls, 7000).run(512), 8 + 7 + 1);
  EXPECT_EQ(FixedBench(small_machine(), Manner::kByCalls, 6999).run(512), 7 + 6 + 1);
  // Where only the answer says that a request is accepted, they follow each other.
  for (const Manner manner : {Manner::kResponseOnReturn, Manner::kCompletedOnReturn}) {
    EXPECT_EQ(FixedBench(small_machine(), manner, 7300).run(512), 4 * (7 + 1));
    EXPECT_EQ(FixedBench(small_machine(), manner, 7000).run(512), 4 * (7 + 1));
    EXPECT_EQ(FixedBench(small_machine(), manner, 6999).run(512), 4 * (6 + 1));
  }
}

TEST(DmaModule, WaitsUntilARequestIsAccepted) {
  // Requests end 2.5 cycles after they begin: one every three cycles, in cycles 0, 3, 6 and 9.
  EXPECT_EQ(FixedBench(small_machine(), Manner::kRequestEndsLate, 7300).run(512), 9 + 7 + 1);
  // An answer before that says the same.
  EXPECT_EQ(FixedBench(small_machine(), Manner::kRequestEndsLate, 1500).run(512), 6 + 1 + 1);
}

TEST(DmaModule, HasNoMoreRequestsInFlightThanAllowed) {
  MachineConfig machine = small_machine();
  for (int outstanding : {1, 2, 5, 64}) {
    machine.dma.outstanding = outstanding;
    FixedBench bench(machine, Manner::kByCalls, 50'000);
    bench.run(128 * 40);
    EXPECT_EQ(bench.target.most_in_flight(), std::min(outstanding, 40));
    // Payloads are used again; the target may still hold the one whose answer it sends.
    EXPECT_LE(bench.target.num_payloads(), outstanding + 1);
  }
}

TEST(DmaModule, UsesItsPayloadsAgainHoweverDramAnswers) {
  for (const Manner manner : {Manner::kByCalls, Manner::kRequestEndsLate, Manner::kResponseOnReturn,
                              Manner::kCompletedOnReturn}) {
    FixedBench bench(small_machine(), manner, 7300);
    bench.run(128 * 40);
    EXPECT_LE(bench.target.num_payloads(), small_machine().dma.outstanding + 1);
  }
}

TEST(DmaModule, ThrowsWhenDramAnswersWithAnError) {
  for (const Manner manner : {Manner::kByCalls, Manner::kCompletedOnReturn}) {
    FixedBench bench(small_machine(), manner, 10'000, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    try {
      bench.run(100);
      FAIL() << "no error";
    } catch (const InternalError& error) {
      EXPECT_THAT(error.what(), HasSubstr("load: load of 100 bytes at address 0x0"));
      EXPECT_THAT(error.what(), HasSubstr("TLM_ADDRESS_ERROR_RESPONSE"));
    }
  }
}

TEST(DmaModule, RefusesARestartAtWorkAndAStartBetweenClockEdges) {
  SparseMemory memory;
  DramBench bench(small_machine(), memory);
  std::vector<std::uint8_t> bytes(100);
  const std::vector<DmaTransfer> transfers = {{0, bytes}};
  bench.load->start(transfers);
  run_simulation_for(1500);
  EXPECT_THROW(bench.load->restart(), InternalError);
  EXPECT_THROW(bench.target.restart(), InternalError);
  EXPECT_THROW(bench.load->start(transfers), InternalError);
  EXPECT_THAT(bench.load->describe(),
              HasSubstr("load: 0 of 1 instructions complete, 1 requests in flight"));
}

TEST(DmaModule, RefusesASimulationWhoseTimeIsNotInPicoseconds) {
  SimulationContext simulation;
  sc_core::sc_set_time_resolution(10, sc_core::SC_PS);
  SparseMemory memory;
  EXPECT_THROW(DmaModule("load", small_machine(), DmaDirection::kLoad), InternalError);
  EXPECT_THROW(DramTarget("dram", small_machine(), memory), InternalError);
}

TEST(DmaModule, RefusesATransferBeyondTheAddressSpace) {
  SparseMemory memory;
  DramBench bench(small_machine(), memory);
  std::vector<std::uint8_t> bytes(100);
  const std::vector<DmaTransfer> fits = {{~std::uint64_t{99}, bytes}};
  const std::vector<DmaTransfer> wraps = {{~std::uint64_t{98}, bytes}};
  EXPECT_THROW(bench.load->start(wraps), InternalError);
  EXPECT_EQ(bench.load->start(fits), 0);
  run_simulation();
  EXPECT_TRUE(bench.load->is_complete(0));
}

}  // namespace
}  // namespace escalate
