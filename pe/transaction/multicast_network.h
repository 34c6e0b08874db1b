// The multicast input network as a SystemC module of the transaction view: it runs passes, and
// sends their entries to the PE blocks as TLM transactions.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <systemc>
#include <vector>

#include "pe/transaction/pass_engine.h"
#include "pe/transaction/pe_block.h"

namespace escalate {

class MulticastNetwork : public sc_core::sc_module {
 public:
  using Socket = tlm_utils::simple_initiator_socket<MulticastNetwork>;
  sc_core::sc_vector<Socket> entries;                          ///< one for each block
  sc_core::sc_vector<sc_core::sc_port<BlockControl>> control;  ///< one for each block

  MulticastNetwork(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   PassEngine& engine);
  ~MulticastNetwork() override;

  PassEngine::Outcome run(const Run& pass, Cycle begin);

 private:
  class Link;
  PassEngine& engine_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<BlockLink*> link_pointers_;
};

}  // namespace escalate
