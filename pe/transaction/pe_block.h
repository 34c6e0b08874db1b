// A PE block as a SystemC module of the transaction view: entries come as TLM transactions that
// carry their times, and its rows, ring and merges answer by recurrences, without ticking.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <systemc>
#include <tlm>

#include "pe/transaction/block_link.h"

namespace escalate {

/// What an entry's transaction carries besides its packed bytes: what each row makes of it.
struct EntryExtension : tlm::tlm_extension<EntryExtension> {
  BlockEntry entry;
  std::span<const RowElement> elements;     ///< decomposed mode
  std::span<const TakenActivations> taken;  ///< direct mode
  bool direct = false;

  tlm::tlm_extension_base* clone() const override { return new EntryExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const EntryExtension&>(other);
  }
};

/// Control wires between controller, network and block.
class BlockControl : public virtual sc_core::sc_interface {
 public:
  virtual void begin_pass(const BlockPass& pass) = 0;
  virtual Cycle space_for(int chunks) = 0;
  virtual Cycle end_pass() = 0;
};

class PeBlock : public sc_core::sc_module, public BlockControl {
 public:
  tlm_utils::simple_target_socket<PeBlock> entries;
  sc_core::sc_export<BlockControl> control;

  PeBlock(const sc_core::sc_module_name& name, const MachineConfig& machine);

  void begin_pass(const BlockPass& pass) override { timeline_.begin_pass(pass); }
  Cycle space_for(int chunks) override { return timeline_.space_for(chunks); }
  Cycle end_pass() override { return timeline_.end_pass(); }

  /// A layer begins: nothing is in flight, cycles count from 0.
  void restart() { timeline_ = BlockTimeline(machine_); }
  BlockTimeline& timeline() { return timeline_; }

 private:
  void accept(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  MachineConfig machine_;
  BlockTimeline timeline_;
};

}  // namespace escalate
