#include "pe/transaction/multicast_network.h"

#include "common/error.h"

namespace escalate {

/// The way to one block: everything is a transaction through its socket.
class MulticastNetwork::Link : public BlockLink {
 public:
  Link(Socket& socket, const LayerClock& clock, int block)
      : socket_(socket),
        clock_(clock),
        address_(std::uint64_t(block) * BlockProtocol::kBlockBytes) {
    pass_payload_.set_extension(&pass_);
    entry_payload_.set_extension(&entry_);
    entry_payload_.set_command(tlm::TLM_WRITE_COMMAND);
    entry_payload_.set_address(address_ + BlockProtocol::kRing);
  }
  ~Link() override {
    pass_payload_.clear_extension(&pass_);
    entry_payload_.clear_extension(&entry_);
  }

  void begin_pass(const Run& run, int group, int member, Cycle begin, int first_chunks) override {
    pass_.run = &run;
    pass_.group = group;
    pass_.member = member;
    pass_.credit.next_chunks = first_chunks;
    pass_payload_.set_command(tlm::TLM_WRITE_COMMAND);
    pass_payload_.set_address(address_ + BlockProtocol::kPass);
    pass_payload_.set_data_ptr(nullptr);
    pass_payload_.set_data_length(0);
    transport(pass_payload_, clock_.delay_until(begin));
    space_ = pass_.credit.space;
  }

  Cycle space() const override { return space_; }

  void deliver(const NetworkEntry& entry, const RowElements& elements) override {
    entry_.elements = elements;
    send(entry);
  }
  void deliver_direct(const NetworkEntry& entry, std::span<const TakenActivations> taken) override {
    entry_.taken = taken;
    send(entry);
  }

  Cycle end_pass() override {
    Cycle last_merge = -1;
    pass_payload_.set_command(tlm::TLM_READ_COMMAND);
    pass_payload_.set_address(address_ + BlockProtocol::kPass);
    pass_payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&last_merge));
    pass_payload_.set_data_length(sizeof(last_merge));
    transport(pass_payload_, sc_core::SC_ZERO_TIME);
    return last_merge;
  }

 private:
  void send(const NetworkEntry& entry) {
    entry_.entry = entry.entry;
    entry_.channel_tile = entry.channel_tile;
    entry_.credit.next_chunks = entry.next_chunks;
    entry_payload_.set_data_ptr(entry.bytes.data());
    entry_payload_.set_data_length(unsigned(entry.bytes.size()));
    entry_payload_.set_streaming_width(unsigned(entry.bytes.size()));
    transport(entry_payload_, clock_.delay_until(entry.entry.visible));
    space_ = entry_.credit.space;
  }

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time delay) {
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket_->b_transport(payload, delay);
    ensure(payload.is_response_ok(), "a PE block takes what it is sent");
  }

  Socket& socket_;
  const LayerClock& clock_;
  std::uint64_t address_;
  tlm::tlm_generic_payload pass_payload_, entry_payload_;
  PassExtension pass_;
  EntryExtension entry_;
  Cycle space_ = 0;
};

MulticastNetwork::MulticastNetwork(const sc_core::sc_module_name& name,
                                   const MachineConfig& machine, const LayerClock& clock)
    : sc_module(name), blocks("blocks", std::size_t(machine.blocks)) {
  for (int block = 0; block < machine.blocks; ++block) {
    links_.push_back(std::make_unique<Link>(blocks[std::size_t(block)], clock, block));
    link_pointers_.push_back(links_.back().get());
  }
}

MulticastNetwork::~MulticastNetwork() = default;

}  // namespace escalate
