#include "pe/transaction/pe_block.h"

#include <gtest/gtest.h>

#include "interconnect/simulation_context.h"

namespace escalate {
namespace {

/// What a block says to a transaction that the protocol has not.
class PeBlockProtocol : public testing::Test {
 protected:
  tlm::tlm_response_status answer(tlm::tlm_command command, std::uint64_t address,
                                  tlm::tlm_extension_base* extension, unsigned id) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    if (extension != nullptr) payload.set_extension(id, extension);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    block_.target_socket().get_base_export()->b_transport(payload, delay);
    if (extension != nullptr) payload.set_extension(id, nullptr);
    return payload.get_response_status();
  }
  tlm::tlm_response_status answer(tlm::tlm_command command, std::uint64_t address) {
    return answer(command, address, nullptr, 0);
  }

  SimulationContext simulation_;
  MachineConfig machine_;
  LayerClock clock_{machine_};
  PeBlock block_{"block", machine_, clock_};
  EntryExtension entry_;
  PassExtension pass_;
};

TEST_F(PeBlockProtocol, HasNoEntryThatIsReadOrStandsElsewhere) {
  const auto of_entry = [&](tlm::tlm_command command, std::uint64_t address) {
    return answer(command, address, &entry_, EntryExtension::ID);
  };
  EXPECT_EQ(of_entry(tlm::TLM_READ_COMMAND, BlockProtocol::kRing), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(of_entry(tlm::TLM_WRITE_COMMAND, BlockProtocol::kPass),
            tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(of_entry(tlm::TLM_WRITE_COMMAND, BlockProtocol::kRing + 8),
            tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST_F(PeBlockProtocol, HasNoPassThatIsReadOrStandsElsewhere) {
  const auto of_pass = [&](tlm::tlm_command command, std::uint64_t address) {
    return answer(command, address, &pass_, PassExtension::ID);
  };
  EXPECT_EQ(of_pass(tlm::TLM_READ_COMMAND, BlockProtocol::kPass), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(of_pass(tlm::TLM_WRITE_COMMAND, BlockProtocol::kRing), tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST_F(PeBlockProtocol, TellsTheEndOfAPassWhereItIsAsked) {
  Cycle last_merge = 7;
  const auto read = [&](std::uint64_t address, unsigned length) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&last_merge));
    payload.set_data_length(length);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    block_.target_socket().get_base_export()->b_transport(payload, delay);
    return payload.get_response_status();
  };
  EXPECT_EQ(read(BlockProtocol::kRing, sizeof(Cycle)), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(read(BlockProtocol::kPass, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(last_merge, 7);
  EXPECT_EQ(read(BlockProtocol::kPass, sizeof(Cycle)), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(last_merge, -1);
}

TEST_F(PeBlockProtocol, WantsTheExtensions) {
  EXPECT_EQ(answer(tlm::TLM_WRITE_COMMAND, BlockProtocol::kRing), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(answer(tlm::TLM_WRITE_COMMAND, BlockProtocol::kPass), tlm::TLM_GENERIC_ERROR_RESPONSE);
}

}  // namespace
}  // namespace escalate
