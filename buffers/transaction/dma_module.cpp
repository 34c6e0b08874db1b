#include "buffers/transaction/dma_module.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "interconnect/systemc_run.h"

namespace escalate {

using tlm::tlm_generic_payload;

DmaModule::Payload& DmaModule::PayloadPool::acquire() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Payload>(this));
    free_.push_back(all_.back().get());
  }
  Payload& payload = *free_.back();
  free_.pop_back();
  payload.acquire();
  return payload;
}

void DmaModule::PayloadPool::free(tlm_generic_payload* payload) {
  payload->reset();
  free_.push_back(static_cast<Payload*>(payload));
}

DmaModule::DmaModule(const sc_core::sc_module_name& name, const MachineConfig& machine,
                     DmaDirection direction)
    : sc_module(name),
      socket("socket"),
      config_(machine.dma),
      clock_(machine),
      direction_(direction),
      engine_(config_),
      issued_("issued"),
      completed_("completed"),
      wake_("wake") {
  socket.register_nb_transport_bw(this, &DmaModule::hear);
  check_time_resolution();
  SC_HAS_PROCESS(DmaModule);
  SC_METHOD(step);
  sensitive << wake_;
  dont_initialize();
}

DmaModule::~DmaModule() = default;

Cycle DmaModule::now() const { return clock_.cycle_of(simulated_time()); }

std::int64_t DmaModule::start(std::span<const DmaTransfer> transfers) {
  ensure(clock_.is_edge(simulated_time()), "a DMA instruction starts at a clock edge");
  const std::int64_t number = engine_.start(transfers, now());
  issued_expected_ = true;
  wake_.notify(sc_core::SC_ZERO_TIME);
  return number;
}

void DmaModule::restart() {
  advance(now());
  ensure(idle(), [this] { return describe() + ": restarted before it was idle"; });
  wake_.cancel();
  engine_ = DmaEngine(config_);
}

std::string DmaModule::describe() const {
  return fmt::format("{}: {}", name(), engine_.describe());
}

// Woken at clock edges only: by a start, or at the cycle that wake() asked for.
void DmaModule::step() {
  const Cycle cycle = now();
  advance(cycle);
  if (engine_.next_issue(cycle) == cycle) issue(cycle);
  wake();
}

void DmaModule::advance(Cycle now) {
  const std::int64_t complete = engine_.num_complete();
  engine_.advance(now);
  if (engine_.num_complete() > complete) completed_.notify(sc_core::SC_ZERO_TIME);
  if (issued_expected_ && engine_.all_issued(now)) {
    issued_expected_ = false;
    issued_.notify(sc_core::SC_ZERO_TIME);
  }
}

void DmaModule::issue(Cycle now) {
  const DmaRequest request = engine_.issue(now);
  Payload& payload = payloads_.acquire();
  payload.instruction = request.instruction;
  payload.set_address(request.address);
  payload.set_data_length(unsigned(request.bytes.size()));
  payload.set_streaming_width(unsigned(request.bytes.size()));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  if (direction_ == DmaDirection::kLoad) {
    payload.set_read();
    payload.set_data_ptr(request.bytes.data());
  } else {
    payload.stored.assign(request.bytes.begin(), request.bytes.end());
    payload.set_write();
    payload.set_data_ptr(payload.stored.data());
  }
  send(payload);
}

void DmaModule::send(Payload& payload) {
  unaccepted_ = &payload;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  switch (socket->nb_transport_fw(payload, phase, delay)) {
    case tlm::TLM_ACCEPTED:
      return;  // END_REQ or BEGIN_RESP comes by a call, or has come
    case tlm::TLM_UPDATED:
      if (phase == tlm::END_REQ) {
        hear(payload, phase, delay);
        return;
      }
      ensure(phase == tlm::BEGIN_RESP, "DRAM speaks the base protocol of TLM-2.0");
      take_response(payload, delay);
      phase = tlm::END_RESP;
      socket->nb_transport_fw(payload, phase, delay);
      break;
    case tlm::TLM_COMPLETED:
      take_response(payload, delay);
      break;
  }
  payload.release();
}

tlm::tlm_sync_enum DmaModule::hear(tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) {
  if (phase == tlm::END_REQ) {
    ensure(&payload == unaccepted_, "DRAM accepts a DMA request once");
    unaccepted_ = nullptr;
    engine_.accept(cycle_after(delay));
    wake();
    return tlm::TLM_ACCEPTED;
  }
  ensure(phase == tlm::BEGIN_RESP, "DRAM speaks the base protocol of TLM-2.0");
  take_response(static_cast<Payload&>(payload), delay);
  wake();
  payload.release();
  return tlm::TLM_COMPLETED;
}

void DmaModule::take_response(const Payload& payload, const sc_core::sc_time& delay) {
  ensure(payload.is_response_ok(), [&] {
    return fmt::format("{}: {} of {} bytes at address {:#x} is answered with {}", name(),
                       payload.is_read() ? "load" : "store", payload.get_data_length(),
                       payload.get_address(), payload.get_response_string());
  });
  const Cycle cycle = cycle_after(delay);
  if (&payload == unaccepted_) {  // a response says that its request was accepted, too
    unaccepted_ = nullptr;
    engine_.accept(cycle);
  }
  engine_.respond(payload.instruction, cycle);
}

Cycle DmaModule::cycle_after(const sc_core::sc_time& delay) const {
  return clock_.cycle_of(simulated_time() + to_picoseconds(delay));
}

void DmaModule::wake() {
  const Cycle cycle = now();
  const std::optional<Cycle> next = engine_.next_event(cycle);
  if (!next) return;
  // An earlier notification stays; step() asks again for what is later.
  const Picoseconds edge = clock_.edge(std::max(*next, cycle + 1));
  wake_.notify(to_sc_time(edge - simulated_time()));
}

}  // namespace escalate
