#include "buffers/dram_target.h"

#include <algorithm>
#include <optional>
#include <span>

#include "common/error.h"
#include "interconnect/systemc_run.h"

namespace escalate {
namespace {

using tlm::tlm_generic_payload;

// What is wrong with a payload, or TLM_OK_RESPONSE.
tlm::tlm_response_status check(const tlm_generic_payload& payload) {
  if (!payload.is_read() && !payload.is_write()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  const std::uint64_t length = payload.get_data_length();
  if (length == 0 || payload.get_data_ptr() == nullptr || payload.get_streaming_width() < length) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (payload.get_address() + (length - 1) < length - 1) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

// Checks the payload, sets its response status and moves its bytes if nothing is wrong.
bool move_bytes(SparseMemory& memory, tlm_generic_payload& payload) {
  const tlm::tlm_response_status status = check(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return false;
  const std::span<std::uint8_t> bytes(payload.get_data_ptr(), payload.get_data_length());
  if (payload.is_read()) {
    memory.read(payload.get_address(), bytes);
  } else {
    memory.write(payload.get_address(), bytes);
  }
  return true;
}

}  // namespace

DramTarget::DramTarget(const sc_core::sc_module_name& name, const MachineConfig& machine,
                       SparseMemory& memory)
    : DramModel(name),
      socket("socket"),
      timing_(machine.ideal.dram ? machine.dram.without_time() : machine.dram),
      memory_(memory),
      wake_("wake") {
  socket.register_nb_transport_fw(this, &DramTarget::accept);
  socket.register_b_transport(this, &DramTarget::move_untimed);
  socket.register_transport_dbg(this, &DramTarget::debug);
  check_time_resolution();
  SC_HAS_PROCESS(DramTarget);
  SC_METHOD(act);
  sensitive << wake_;
  dont_initialize();
}

void DramTarget::restart() {
  const bool quiet =
      requests_.empty() && waiting_.empty() &&
      std::all_of(response_queues_.begin(), response_queues_.end(), [](const auto& queue) {
        return queue.second.responses.empty() && !queue.second.awaits_end;
      });
  ensure(quiet, "DRAM restarts when all requests are answered");
  timing_.restart(simulated_time());
}

tlm::tlm_sync_enum DramTarget::accept(int initiator, tlm_generic_payload& payload,
                                      tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const Picoseconds time = simulated_time() + to_picoseconds(delay);
  if (phase == tlm::END_RESP) {
    ResponseQueue& queue = response_queues_[initiator];
    ensure(queue.awaits_end, "an initiator of DRAM ends a response that has begun");
    queue.awaits_end = false;
    queue.free_from = time;
    payload.release();
    wake_at(time);
    return tlm::TLM_COMPLETED;
  }
  ensure(phase == tlm::BEGIN_REQ, "DRAM speaks the base protocol of TLM-2.0");
  payload.acquire();
  requests_.push({time, payload.is_write(), initiator, num_requests_++, &payload});
  wake_at(time + 1);
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void DramTarget::move_untimed(int /*initiator*/, tlm_generic_payload& payload,
                              sc_core::sc_time& /*delay*/) {
  move_bytes(memory_, payload);
}

unsigned DramTarget::debug(int /*initiator*/, tlm_generic_payload& payload) {
  return move_bytes(memory_, payload) ? payload.get_data_length() : 0;
}

void DramTarget::act() {
  const Picoseconds now = simulated_time();
  while (!requests_.empty() && requests_.top().arrival < now) {
    take(requests_.top());
    requests_.pop();
  }
  advance(now);
  if (!requests_.empty()) wake_at(requests_.top().arrival + 1);
  if (const std::optional<Picoseconds> next = timing_.next_answer()) wake_at(*next);
  for (auto& [initiator, queue] : response_queues_) respond(initiator, queue, now);
}

// Moves the bytes of a request and gives it to the timing.
void DramTarget::take(const Request& request) {
  advance(request.arrival);
  tlm_generic_payload& payload = *request.payload;
  if (!move_bytes(memory_, payload)) return answer(request, request.arrival);
  const std::int64_t number = timing_.arrive(payload.get_address(), payload.get_data_length(),
                                             request.is_write, request.arrival);
  waiting_.insert({number, request});
}

void DramTarget::advance(Picoseconds now) {
  for (const DramTiming::Answer& done : timing_.advance(now)) {
    answer(waiting_.extract(done.request).mapped(), done.done);
  }
}

void DramTarget::answer(const Request& request, Picoseconds due) {
  response_queues_[request.initiator].responses.push(
      {std::max(due, simulated_time()), num_served_++, request.payload});
}

// Sends the responses that are due, as far as the initiator takes them.
void DramTarget::respond(int initiator, ResponseQueue& queue, Picoseconds now) {
  while (!queue.awaits_end && !queue.responses.empty()) {
    const Picoseconds time = std::max(queue.responses.top().due, queue.free_from);
    if (time > now) {
      wake_at(time);
      return;
    }
    tlm_generic_payload& payload = *queue.responses.top().payload;
    queue.responses.pop();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    queue.awaits_end = true;
    const tlm::tlm_sync_enum answer = socket[initiator]->nb_transport_bw(payload, phase, delay);
    if (answer == tlm::TLM_ACCEPTED) continue;  // END_RESP comes by a call, or has come
    queue.awaits_end = false;
    queue.free_from = now + to_picoseconds(delay);
    payload.release();
  }
}

void DramTarget::wake_at(Picoseconds time) {
  // An earlier notification stays; act() asks again for what is later.
  wake_.notify(to_sc_time(std::max<Picoseconds>(time - simulated_time(), 0)));
}

}  // namespace escalate
