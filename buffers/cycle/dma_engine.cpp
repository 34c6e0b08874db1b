#include "buffers/cycle/dma_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "interconnect/systemc_run.h"

namespace escalate::cycle {
namespace {

// A DRAM that keeps a request for longer than this never answers it.
constexpr Cycle kStuckCycles = 1 << 22;

}  // namespace

DmaEngine::Payload& DmaEngine::PayloadPool::take() {
  if (free_.empty()) free_.push_back(made_.emplace_back(std::make_unique<Payload>(this)).get());
  Payload& payload = *free_.back();
  free_.pop_back();
  payload.acquire();
  return payload;
}

void DmaEngine::PayloadPool::free(tlm::tlm_generic_payload* payload) {
  payload->reset();
  free_.push_back(static_cast<Payload*>(payload));
}

DmaEngine::DmaEngine(const sc_core::sc_module_name& name, const MachineConfig& machine,
                     tlm::tlm_command command)
    : ClockedUnit(name),
      socket("socket"),
      control("control"),
      command_(command),
      config_(machine.dma),
      time_(machine),
      core_(config_) {
  check_time_resolution();
  socket.register_nb_transport_bw(this, &DmaEngine::hear);
  control.bind(*this);
  SC_HAS_PROCESS(DmaEngine);
  SC_METHOD(at_edge);
  sensitive << clock.pos();
  dont_initialize();
}

Cycle DmaEngine::now() const { return time_.cycle_of(simulated_time()); }

void DmaEngine::begin(const Instruction& instruction) {
  Job job = job_of(instruction);
  core_.begin(job.transfers);
  jobs_.push_back(std::move(job));
  quiet_since_ = now();
}

int DmaEngine::take_completed() { return std::exchange(completed_, 0); }

void DmaEngine::restart() {
  ensure(jobs_.empty() && heard_.empty(), "a layer ends when its transfers have");
  core_ = DmaClocked(config_);
  first_job_ = 0;
  completed_ = 0;
  counters_ = {};
}

std::string DmaEngine::describe() const {
  return fmt::format("{} instructions and {} requests in flight", jobs_.size(), core_.in_flight());
}

void DmaEngine::at_edge() {
  if (!controller_worked_.is_over()) return;
  listen(now());
  const auto request = core_.issue();
  requests_ = request.has_value();
  if (requests_) send(*request);
}

// What DRAM said before this cycle is seen in it.
void DmaEngine::listen(Cycle now) {
  answers_ = 0;
  while (!heard_.empty() && heard_.begin()->first < now) {
    const Heard& heard = heard_.begin()->second;
    if (heard.accepts) core_.accept();
    for (const std::int64_t instruction : heard.answers) core_.answer(instruction);
    answers_ += int(heard.answers.size());
    core_.tick();
    heard_.erase(heard_.begin());
    quiet_since_ = now;
  }
  ensure(jobs_.empty() || now - quiet_since_ < kStuckCycles,
         [&] { return fmt::format("{}: DRAM does not answer: {}", name(), describe()); });
}

// What fails is never complete: nobody uses what it should have brought.
void DmaEngine::tick() {
  while (!failure_ && core_.complete()) {
    Job& job = jobs_.front();
    try {
      if (job.finish) job.finish(job.bytes);
    } catch (const UserError&) {
      failure_ = std::current_exception();
      return;
    }
    jobs_.pop_front();
    ++first_job_;
    ++completed_;
  }
}

void DmaEngine::send(const DmaClocked::Request& request) {
  Payload& payload = payloads_.take();
  payload.request = request;
  payload.bytes.resize(std::size_t(request.bytes));
  if (command_ == tlm::TLM_WRITE_COMMAND) {
    const auto& bytes = jobs_[std::size_t(request.instruction - first_job_)].bytes;
    std::copy_n(bytes.begin() + std::ptrdiff_t(request.offset), request.bytes,
                payload.bytes.begin());
  }
  payload.set_command(command_);
  payload.set_address(request.address);
  payload.set_data_ptr(payload.bytes.data());
  payload.set_data_length(unsigned(request.bytes));
  payload.set_streaming_width(unsigned(request.bytes));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  unaccepted_ = &payload;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum answer = socket->nb_transport_fw(payload, phase, delay);
  if (answer == tlm::TLM_ACCEPTED) return;  // more comes by a call, or has come
  if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    hear_acceptance(delay);
    return;
  }
  ensure(answer == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP,
         "DRAM speaks the base protocol of TLM-2.0");
  hear_answer(payload, delay);
  if (answer == tlm::TLM_UPDATED) {
    phase = tlm::END_RESP;
    socket->nb_transport_fw(payload, phase, delay);
  }
  payload.release();
}

tlm::tlm_sync_enum DmaEngine::hear(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) {
  if (phase == tlm::END_REQ) {
    ensure(&payload == unaccepted_, "DRAM accepts a DMA request once");
    hear_acceptance(delay);
    return tlm::TLM_ACCEPTED;
  }
  ensure(phase == tlm::BEGIN_RESP, "DRAM speaks the base protocol of TLM-2.0");
  hear_answer(static_cast<Payload&>(payload), delay);
  payload.release();
  return tlm::TLM_COMPLETED;
}

void DmaEngine::hear_acceptance(const sc_core::sc_time& delay) {
  unaccepted_ = nullptr;
  heard_[time_.cycle_of(simulated_time() + to_picoseconds(delay))].accepts = true;
}

void DmaEngine::hear_answer(Payload& payload, const sc_core::sc_time& delay) {
  ensure(payload.is_response_ok(), [&] {
    return fmt::format("{}: {} bytes at address {:#x} are answered with {}", name(),
                       payload.request.bytes, payload.request.address,
                       payload.get_response_string());
  });
  // A response says that its request was accepted, too.
  if (&payload == unaccepted_) hear_acceptance(delay);
  const DmaClocked::Request& request = payload.request;
  if (command_ == tlm::TLM_READ_COMMAND) {
    auto& bytes = jobs_[std::size_t(request.instruction - first_job_)].bytes;
    std::copy(payload.bytes.begin(), payload.bytes.end(),
              bytes.begin() + std::ptrdiff_t(request.offset));
  }
  heard_[time_.cycle_of(simulated_time() + to_picoseconds(delay))].answers.push_back(
      request.instruction);
}

void DmaEngine::list_signals(SignalList& list) const {
  list.add(*this, "instructions_in_flight", 16, [this] { return std::uint64_t(jobs_.size()); });
  list.add(*this, "request", 1, [this] { return std::uint64_t(requests_); });
  list.add(*this, "responses", 8, [this] { return std::uint64_t(answers_); });
  list.add(*this, "requests_in_flight", 16, [this] { return std::uint64_t(core_.in_flight()); });
}

}  // namespace escalate::cycle
