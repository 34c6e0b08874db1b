// A DMA engine as a SystemC module: a TLM-2.0 initiator (base protocol, non-blocking) around
// DmaEngine (docs/microarchitecture.md, section 14).
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "buffers/transaction/dma_engine.h"
#include "machine/clock.h"
#include "machine/config.h"

namespace escalate {

enum class DmaDirection { kLoad, kStore };

/// Answers to questions are those of the present cycle, whichever process asks and whenever within
/// its clock edge: what DRAM said before this cycle counts, what it says in it does not. The
/// module wakes up only when it can issue a request or something is complete.
class DmaModule : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<DmaModule> socket;

  DmaModule(const sc_core::sc_module_name& name, const MachineConfig& machine,
            DmaDirection direction);
  ~DmaModule() override;

  /// Starts the next instruction, at a clock edge; its first request is issued at this edge if the
  /// engine is free for it. Returns its number, counted from 0. Bytes of a load are in place when
  /// it is complete; bytes of a store are read when their request is issued.
  std::int64_t start(std::span<const DmaTransfer> transfers);

  /// Notified after each start, once all_issued() holds.
  const sc_core::sc_event& issued() const { return issued_; }
  /// All requests of started instructions were issued before the present cycle.
  bool all_issued() const { return engine_.all_issued(now()); }

  bool is_complete(std::int64_t instruction) const {
    return engine_.is_complete(instruction, now());
  }
  /// Notified at the clock edge at which an instruction is complete.
  const sc_core::sc_event& completed() const { return completed_; }
  bool idle() const { return engine_.idle(now()); }

  /// A layer boundary: as new, instructions count from 0. InternalError unless idle.
  void restart();

  /// One line on what the module is at, for reports of deadlocks.
  std::string describe() const;

 private:
  // A payload of our own, which comes back with its response.
  struct Payload : tlm::tlm_generic_payload {
    using tlm_generic_payload::tlm_generic_payload;
    std::int64_t instruction = 0;
    std::vector<std::uint8_t> stored;  ///< the bytes of a store as they were at its issue
  };
  // Payloads are used again when all who know them have released them.
  class PayloadPool : public tlm::tlm_mm_interface {
   public:
    Payload& acquire();
    void free(tlm::tlm_generic_payload* payload) override;

   private:
    std::vector<std::unique_ptr<Payload>> all_;
    std::vector<Payload*> free_;
  };

  Cycle now() const;
  void step();
  void advance(Cycle now);
  void issue(Cycle now);
  void send(Payload& payload);
  tlm::tlm_sync_enum hear(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  void take_response(const Payload& payload, const sc_core::sc_time& delay);
  Cycle cycle_after(const sc_core::sc_time& delay) const;
  void wake();

  DmaConfig config_;
  Clock clock_;
  DmaDirection direction_;
  DmaEngine engine_;
  PayloadPool payloads_;
  const Payload* unaccepted_ = nullptr;  ///< issued, and DRAM has not accepted it yet
  bool issued_expected_ = false;
  sc_core::sc_event issued_;
  sc_core::sc_event completed_;
  sc_core::sc_event wake_;
};

}  // namespace escalate
