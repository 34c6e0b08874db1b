// A DMA engine as a module of the cycle view: a TLM-2.0 initiator (base protocol, non-blocking)
// that works clock by clock (docs/microarchitecture.md, section 14).
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "buffers/cycle/dma.h"
#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/delta_delay.h"
#include "interconnect/cycle/signal_list.h"
#include "interconnect/cycle/stream_ports.h"
#include "machine/clock.h"
#include "machine/counters.h"

namespace escalate::cycle {

/// Requests leave at the clock edge that begins a cycle, after the controller has begun what is to
/// begin in it; what is complete in the cycle is complete at the falling edge.
class DmaEngine : public ClockedUnit, public StreamUnitIf {
 public:
  tlm_utils::simple_initiator_socket<DmaEngine> socket;
  sc_core::sc_export<StreamUnitIf> control;

  bool is_free() const override { return core_.is_free(); }
  void begin(const Instruction& instruction) override;
  int take_completed() override;
  std::string describe() const override;

  /// A layer begins. InternalError while an instruction is at work.
  void restart();
  /// What went wrong with the data of an instruction: the user's fault, so that it is not reported
  /// as one of the simulation.
  std::exception_ptr failure() const { return failure_; }
  const MachineCounters& counters() const { return counters_; }
  void list_signals(SignalList& list) const;

 protected:
  /// An instruction in terms of the engine: bytes to move, and what to do once they are there.
  struct Job {
    std::vector<DmaClocked::Transfer> transfers;
    std::vector<std::uint8_t> bytes;  ///< bytes of the transfers, one behind the other
    std::function<void(std::span<const std::uint8_t>)> finish;
  };

  DmaEngine(const sc_core::sc_module_name& name, const MachineConfig& machine,
            tlm::tlm_command command);
  virtual Job job_of(const Instruction& instruction) = 0;

  MachineCounters counters_;

 private:
  // A request in flight. The bytes are the engine's own: those of a load go to its job when the
  // answer has come.
  struct Payload : tlm::tlm_generic_payload {
    using tlm_generic_payload::tlm_generic_payload;
    DmaClocked::Request request;
    std::vector<std::uint8_t> bytes;
  };
  class PayloadPool : public tlm::tlm_mm_interface {
   public:
    Payload& take();
    void free(tlm::tlm_generic_payload* payload) override;

   private:
    std::deque<std::unique_ptr<Payload>> made_;
    std::vector<Payload*> free_;
  };
  // What DRAM has said, by the cycle in which it did.
  struct Heard {
    bool accepts = false;
    std::vector<std::int64_t> answers;
  };

  void at_edge();
  void tick() override;
  void listen(Cycle now);
  void send(const DmaClocked::Request& request);
  tlm::tlm_sync_enum hear(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  void hear_acceptance(const sc_core::sc_time& delay);
  void hear_answer(Payload& payload, const sc_core::sc_time& delay);
  Cycle now() const;

  tlm::tlm_command command_;
  DmaConfig config_;
  Clock time_;
  DmaClocked core_;
  PayloadPool payloads_;
  const Payload* unaccepted_ = nullptr;
  std::map<Cycle, Heard> heard_;
  std::deque<Job> jobs_;             // open instructions, oldest first
  std::int64_t first_job_ = 0;       // number of the oldest
  int completed_ = 0;                // complete and not taken
  DeltaDelay controller_worked_{2};  // it does one delta cycle after the edge
  Cycle quiet_since_ = 0;            // nothing was sent or heard since this cycle
  std::exception_ptr failure_;
  // These hold this cycle, to be looked at.
  bool requests_ = false;
  int answers_ = 0;
};

}  // namespace escalate::cycle
