#include "buffers/dram_target.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <deque>

#include "common/error.h"
#include "interconnect/simulation_context.h"
#include "interconnect/systemc_run.h"

namespace escalate {
namespace {

// Sends payloads as it is told, and may take its time to end a response.
class Initiator : public sc_core::sc_module, public tlm::tlm_mm_interface {
 public:
  tlm_utils::simple_initiator_socket<Initiator> socket;
  explicit Initiator(const sc_core::sc_module_name& name, Picoseconds hold = 0,
                     Picoseconds delay = 0)
      : sc_module(name), socket("socket"), hold_(hold), delay_(delay) {
    socket.register_nb_transport_bw(this, &Initiator::hear);
    SC_HAS_PROCESS(Initiator);
    SC_METHOD(send_all);
    SC_METHOD(end_response);
    sensitive << end_;
    dont_initialize();
  }

  tlm::tlm_generic_payload& add(tlm::tlm_command command, std::uint64_t address,
                                std::vector<std::uint8_t>& bytes) {
    tlm::tlm_generic_payload& payload = payloads_.emplace_back(this);
    payload.acquire();
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(bytes.data());
    payload.set_data_length(unsigned(bytes.size()));
    payload.set_streaming_width(unsigned(bytes.size()));
    return payload;
  }

  void free(tlm::tlm_generic_payload* /*payload*/) override { ++freed; }

  std::vector<Picoseconds> responses;
  int freed = 0;

 private:
  void send_all() {
    for (tlm::tlm_generic_payload& payload : payloads_) {
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay = to_sc_time(delay_);
      EXPECT_EQ(socket->nb_transport_fw(payload, phase, delay), tlm::TLM_UPDATED);
      EXPECT_EQ(phase, tlm::END_REQ);
    }
  }

  tlm::tlm_sync_enum hear(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& /*delay*/) {
    EXPECT_EQ(phase, tlm::BEGIN_RESP);
    EXPECT_EQ(ending_, nullptr) << "two responses at once";
    EXPECT_EQ(payload.get_ref_count(), 2) << "the target's own reference, and ours";
    responses.push_back(simulated_time());
    if (hold_ == 0) {
      payload.release();
      return tlm::TLM_COMPLETED;
    }
    ending_ = &payload;
    end_.notify(to_sc_time(hold_));
    return tlm::TLM_ACCEPTED;
  }

  void end_response() {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay = to_sc_time(delay_);
    tlm::tlm_generic_payload& payload = *ending_;
    ending_ = nullptr;
    socket->nb_transport_fw(payload, phase, delay);
    payload.release();
  }

  Picoseconds hold_;
  Picoseconds delay_;  // of everything that it says, behind the time of the call
  std::deque<tlm::tlm_generic_payload> payloads_;
  tlm::tlm_generic_payload* ending_ = nullptr;
  sc_core::sc_event end_;
};

MachineConfig small_machine() {
  MachineConfig machine;
  machine.dram.channels = 1;
  machine.dram.banks = 2;
  machine.dram.burst_ns = 2;
  machine.dram.row_hit_ns = 10;
  machine.dram.activate_ns = 20;
  machine.dram.precharge_ns = 30;
  machine.dram.refresh_interval_ns = 0;
  return machine;
}

TEST(DramTarget, AnswersWhatItCannotServeWithAnErrorAtOnce) {
  SimulationContext simulation;
  SparseMemory memory;
  DramTarget dram("dram", small_machine(), memory);
  Initiator initiator("initiator");
  initiator.socket.bind(dram.socket);
  std::vector<std::uint8_t> bytes(64);
  std::vector<std::uint8_t> none;
  auto& command = initiator.add(tlm::TLM_IGNORE_COMMAND, 0, bytes);
  auto& address = initiator.add(tlm::TLM_READ_COMMAND, ~std::uint64_t{62}, bytes);
  auto& length = initiator.add(tlm::TLM_READ_COMMAND, 0, none);
  auto& enables = initiator.add(tlm::TLM_WRITE_COMMAND, 0, bytes);
  enables.set_byte_enable_ptr(bytes.data());
  auto& streaming = initiator.add(tlm::TLM_WRITE_COMMAND, 0, bytes);
  streaming.set_streaming_width(32);
  run_simulation();
  EXPECT_EQ(command.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(address.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(length.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(enables.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  EXPECT_EQ(streaming.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(initiator.responses, std::vector<Picoseconds>(5, 1));
  EXPECT_EQ(dram.counters(), DramCounters{});
  EXPECT_EQ(initiator.freed, 5);
}

TEST(DramTarget, ServesReadsBeforeWritesOfTheSameInstantAndThenByBinding) {
  for (const bool writer_first : {false, true}) {
    SimulationContext simulation;
    SparseMemory memory;
    DramTarget dram("dram", small_machine(), memory);
    Initiator first("first");
    Initiator second("second");
    Initiator& writer = writer_first ? first : second;
    Initiator& reader = writer_first ? second : first;
    writer.socket.bind(dram.socket);
    reader.socket.bind(dram.socket);
    std::vector<std::uint8_t> ones(64, 1);
    std::vector<std::uint8_t> read(64, 7);
    writer.add(tlm::TLM_WRITE_COMMAND, 0, ones);
    writer.add(tlm::TLM_READ_COMMAND, 64, ones);
    reader.add(tlm::TLM_READ_COMMAND, 0, read);
    run_simulation();
    // The writer was bound first, so that its read comes first of all.
    EXPECT_EQ(writer.responses, (std::vector<Picoseconds>{32'000, 36'000}));
    EXPECT_EQ(reader.responses, (std::vector<Picoseconds>{34'000}));
    EXPECT_EQ(read, std::vector<std::uint8_t>(64, 0));
  }
}

TEST(DramTarget, SendsOneResponseAtATimeToAnInitiator) {
  SimulationContext simulation;
  SparseMemory memory;
  DramTarget dram("dram", small_machine(), memory);
  Initiator slow("slow", 5'000);
  slow.socket.bind(dram.socket);
  std::vector<std::uint8_t> bytes(64);
  for (int i = 0; i < 3; ++i) slow.add(tlm::TLM_READ_COMMAND, 64 * unsigned(i), bytes);
  run_simulation();
  EXPECT_EQ(slow.responses, (std::vector<Picoseconds>{32'000, 37'000, 42'000}));
  EXPECT_EQ(slow.freed, 3);
}

TEST(DramTarget, ReckonsWithTheDelayOfRequestsAndOfTheEndsOfResponses) {
  SimulationContext simulation;
  SparseMemory memory;
  DramTarget dram("dram", small_machine(), memory);
  Initiator slow("slow", 5'000, 1'000);
  slow.socket.bind(dram.socket);
  std::vector<std::uint8_t> bytes(64);
  for (int i = 0; i < 3; ++i) slow.add(tlm::TLM_READ_COMMAND, 64 * unsigned(i), bytes);
  run_simulation();
  EXPECT_EQ(slow.responses, (std::vector<Picoseconds>{33'000, 39'000, 45'000}));
}

TEST(DramTarget, AnswersInTheSameCycleIfItIsIdeal) {
  SimulationContext simulation;
  SparseMemory memory;
  MachineConfig machine = small_machine();
  machine.ideal.dram = true;
  machine.dram.refresh_interval_ns = 1;
  DramTarget dram("dram", machine, memory);
  Initiator initiator("initiator");
  initiator.socket.bind(dram.socket);
  std::vector<std::uint8_t> bytes(4096);
  for (int i = 0; i < 3; ++i) initiator.add(tlm::TLM_READ_COMMAND, 4096 * unsigned(i), bytes);
  run_simulation();
  EXPECT_EQ(initiator.responses, std::vector<Picoseconds>(3, 1));
  EXPECT_EQ(dram.counters().read_bursts, 3 * 64);
  EXPECT_EQ(dram.counters().refreshes, 0);
}

TEST(DramTarget, MovesBytesWithoutTimeForSetUp) {
  SimulationContext simulation;
  SparseMemory memory;
  DramTarget dram("dram", small_machine(), memory);
  Initiator initiator("initiator");
  initiator.socket.bind(dram.socket);
  std::vector<std::uint8_t> bytes = {1, 2, 3};
  std::vector<std::uint8_t> read(3);
  tlm::tlm_generic_payload payload;
  payload.set_write();
  payload.set_address(1000);
  payload.set_data_ptr(bytes.data());
  payload.set_data_length(3);
  payload.set_streaming_width(3);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  run_simulation();
  initiator.socket->b_transport(payload, delay);
  EXPECT_TRUE(payload.is_response_ok());
  payload.set_read();
  payload.set_data_ptr(read.data());
  EXPECT_EQ(initiator.socket->transport_dbg(payload), 3u);
  EXPECT_EQ(read, bytes);
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  EXPECT_EQ(initiator.socket->transport_dbg(payload), 0u);
  EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
  EXPECT_EQ(dram.counters(), DramCounters{});
}

}  // namespace
}  // namespace escalate
