// Another DRAM behind the machine's TLM-2.0 socket: a stack of memory that knows no rows. Requests
// share its bandwidth in the order in which they come, and each takes a latency besides.
#include <escalate/dram.h>
#include <escalate/escalate.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/peq_with_cb_and_phase.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

namespace {

class Stack : public esc::Dram {
 public:
  Stack(const esc::DramParameters& machine, esc::DramMemory& memory, double latency_ns,
        double bytes_per_ns)
      : Dram("stack"),
        answers_(this, &Stack::answer),
        memory_(memory),
        burst_bytes_(machine.burst_bytes),
        latency_(latency_ns, sc_core::SC_NS),
        bytes_per_ns_(bytes_per_ns) {
    socket_.register_nb_transport_fw(this, &Stack::accept);
  }

  tlm::tlm_base_target_socket_b<>& target_socket() override { return socket_; }
  void restart() override { free_from_ = sc_core::SC_ZERO_TIME; }
  esc::DramCounts counts() const override { return counts_; }

 private:
  // A request is accepted at once; its bytes move, and its answer is due when they are through.
  tlm::tlm_sync_enum accept(int initiator, tlm::tlm_generic_payload& request, tlm::tlm_phase& phase,
                            sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    const unsigned size = request.get_data_length();
    const auto bursts = std::int64_t((size + burst_bytes_ - 1) / burst_bytes_);
    if (request.is_write()) {
      memory_.write(request.get_address(), request.get_data_ptr(), size);
      counts_.write_bursts += bursts;
    } else {
      memory_.read(request.get_address(), request.get_data_ptr(), size);
      counts_.read_bursts += bursts;
    }
    request.set_response_status(tlm::TLM_OK_RESPONSE);
    request.acquire();
    initiators_[&request] = initiator;
    const sc_core::sc_time now = sc_core::sc_time_stamp() + delay;
    free_from_ = std::max(free_from_, now) + sc_core::sc_time(size / bytes_per_ns_, sc_core::SC_NS);
    answers_.notify(request, tlm::BEGIN_RESP, free_from_ + latency_ - sc_core::sc_time_stamp());
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }

  void answer(tlm::tlm_generic_payload& request, const tlm::tlm_phase& due) {
    tlm::tlm_phase phase = due;
    sc_core::sc_time delay;
    socket_[initiators_.at(&request)]->nb_transport_bw(request, phase, delay);
    initiators_.erase(&request);
    request.release();
  }

  tlm_utils::multi_passthrough_target_socket<Stack> socket_;
  tlm_utils::peq_with_cb_and_phase<Stack> answers_;
  std::map<tlm::tlm_generic_payload*, int> initiators_;
  esc::DramMemory& memory_;
  std::int64_t burst_bytes_;
  sc_core::sc_time latency_, free_from_;
  double bytes_per_ns_;
  esc::DramCounts counts_;
};

}  // namespace

int main(int argc, char** argv) {
  const double bytes_per_ns = argc > 1 ? std::atof(argv[1]) : 205;
  const esc::Network network = esc::Network::from_layer("C=64,K=64,R=3,H=28,density=0.2");
  const esc::Result ours = esc::simulate(network);
  esc::SimulateOptions options;
  options.make_dram = [&](const esc::DramParameters& machine, esc::DramMemory& memory) {
    return std::make_unique<Stack>(machine, memory, 40, bytes_per_ns);
  };
  const esc::Result other = esc::simulate(network, esc::Machine(), esc::Images(), options);
  std::cout << "DRAM of the machine: " << ours.cycles() << " cycles\n"
            << "stack of " << bytes_per_ns << " GB/s: " << other.cycles() << " cycles\n";
  return ours.outputs()[0].values == other.outputs()[0].values ? 0 : 1;
}
