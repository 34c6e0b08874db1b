// The multicast input network as a SystemC module of the transaction view: sends passes and their
// entries to the PE blocks as TLM-2.0 transactions (BlockProtocol).
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <span>
#include <systemc>
#include <vector>

#include "interconnect/layer_clock.h"
#include "pe/transaction/block_link.h"
#include "pe/transaction/block_model.h"

namespace escalate {

class MulticastNetwork : public sc_core::sc_module {
 public:
  using Socket = tlm_utils::simple_initiator_socket<MulticastNetwork, 32, BlockProtocol>;
  sc_core::sc_vector<Socket> blocks;  ///< one for each block

  MulticastNetwork(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   const LayerClock& clock);
  ~MulticastNetwork() override;

  /// The way to each block of the machine.
  std::span<BlockLink* const> links() const { return link_pointers_; }

 private:
  class Link;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<BlockLink*> link_pointers_;
};

}  // namespace escalate
