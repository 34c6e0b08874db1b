// What the multicast network of the transaction view is bound to: any PE block behind a TLM-2.0
// socket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <systemc>
#include <tlm>

#include "interconnect/layer_clock.h"
#include "machine/coefficient_bank.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/isa.h"
#include "machine/row_states.h"
#include "pe/transaction/block_timeline.h"
#include "pe/transaction/row_elements.h"

namespace escalate {

/// Generic payloads with extensions that a block must not ignore: a protocol of its own.
///
/// - A write to kRing is an entry. Its data are ceil(channels / 8) map bytes, then the values; its
///   annotated delay is the time until the rows see it; it has an EntryExtension.
/// - A write to kPass without data begins a pass after its annotated delay; it has a PassExtension.
/// - A read of 8 bytes from kPass ends the pass, of which all entries are sent: the data become the
///   Cycle in which its last merge ends, -1 if it merges nothing.
///
/// Transactions come in order and block nobody: a block answers at once, for times to come.
struct BlockProtocol {
  using tlm_payload_type = tlm::tlm_generic_payload;
  using tlm_phase_type = tlm::tlm_phase;

  static constexpr std::uint64_t kRing = 0, kPass = 0x1000;
  /// Block n of the machine has the addresses from n * kBlockBytes on.
  static constexpr std::uint64_t kBlockBytes = 0x10000;
};

/// What a sender must know of a block's ring before it can send: asked with every transaction for
/// the entry after it.
struct RingCredit {
  int next_chunks = 0;  ///< asked: chunks of the pass's next entry; 0: there is none
  Cycle space = 0;      ///< answered: first cycle with room for it
};

struct PassExtension : tlm::tlm_extension<PassExtension> {
  const Run* run = nullptr;   ///< the instruction
  int group = 0, member = 0;  ///< the block's place in it
  RingCredit credit;

  tlm::tlm_extension_base* clone() const override { return new PassExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const PassExtension&>(other);
  }
};

struct EntryExtension : tlm::tlm_extension<EntryExtension> {
  BlockEntry entry;      ///< its place in the pass; `visible` is the transaction's time
  int channel_tile = 0;  ///< from 0
  RingCredit credit;
  /// What each active row makes of the entry, for blocks that do not work it out from the bytes: it
  /// is the same work for all blocks of a group.
  RowElements elements;                     ///< decomposed mode
  std::span<const TakenActivations> taken;  ///< direct mode

  tlm::tlm_extension_base* clone() const override { return new EntryExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const EntryExtension&>(other);
  }
};

class BlockModel : public sc_core::sc_module {
 public:
  using TargetSocket = tlm::tlm_base_target_socket_b<32, tlm::tlm_fw_transport_if<BlockProtocol>,
                                                     tlm::tlm_bw_transport_if<BlockProtocol>>;

  /// Where the network is bound.
  virtual TargetSocket& target_socket() = 0;
  /// Coefficient bank 0 or 1 is filled; passes that begin from now on see it.
  virtual void load_bank(int bank, const std::shared_ptr<const CoefficientBank>& content) = 0;
  /// A layer begins: nothing is in flight, cycles count from 0.
  virtual void restart() = 0;
  /// Busy cycles of CA and MAC units and words merged, in the layer. All else that a block does is
  /// counted where its entries are made.
  virtual MachineCounters counters() const = 0;
  /// Sums over the PE rows, for a layer of `cycles`.
  virtual RowStates states(Cycle cycles) = 0;

 protected:
  explicit BlockModel(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// Makes block `block` of a machine; the module is to have the name given.
using BlockMaker = std::function<std::unique_ptr<BlockModel>(
    const char* name, const MachineConfig& machine, const LayerClock& clock, int block)>;

}  // namespace escalate
