#include "pe/transaction/multicast_network.h"

#include "common/error.h"

namespace escalate {

/// The way to one block: entries through its socket, control through its port.
class MulticastNetwork::Link : public BlockLink {
 public:
  Link(Socket& socket, sc_core::sc_port<BlockControl>& control)
      : socket_(socket), control_(control) {
    payload_.set_extension(&extension_);
  }
  ~Link() override { payload_.clear_extension(&extension_); }
  void begin_pass(const BlockPass& pass) override { control_->begin_pass(pass); }
  Cycle space_for(int chunks) override { return control_->space_for(chunks); }
  Cycle end_pass() override { return control_->end_pass(); }

  void deliver(const BlockEntry& entry, std::span<const RowElement> elements) override {
    extension_.direct = false;
    extension_.elements = elements;
    send(entry);
  }
  void deliver_direct(const BlockEntry& entry, std::span<const TakenActivations> taken) override {
    extension_.direct = true;
    extension_.taken = taken;
    send(entry);
  }

 private:
  void send(const BlockEntry& entry) {
    extension_.entry = entry;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    payload_.set_command(tlm::TLM_WRITE_COMMAND);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket_->b_transport(payload_, delay);
    ensure(payload_.is_response_ok(), "a PE block takes the entry that it has room for");
  }

  Socket& socket_;
  sc_core::sc_port<BlockControl>& control_;
  tlm::tlm_generic_payload payload_;
  EntryExtension extension_;
};

MulticastNetwork::MulticastNetwork(const sc_core::sc_module_name& name,
                                   const MachineConfig& machine, PassEngine& engine)
    : sc_module(name),
      entries("entries", std::size_t(machine.blocks)),
      control("control", std::size_t(machine.blocks)),
      engine_(engine) {
  for (int block = 0; block < machine.blocks; ++block) {
    links_.push_back(
        std::make_unique<Link>(entries[std::size_t(block)], control[std::size_t(block)]));
    link_pointers_.push_back(links_.back().get());
  }
}

MulticastNetwork::~MulticastNetwork() = default;

PassEngine::Outcome MulticastNetwork::run(const Run& pass, Cycle begin) {
  return engine_.run(pass, begin, link_pointers_);
}

}  // namespace escalate
