// DRAM as a TLM-2.0 target (base protocol, non-blocking) around DramTiming: it moves real bytes and
// answers at the picosecond (docs/microarchitecture.md, section 14). Any other target of the base
// protocol can take its place.
#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <map>
#include <queue>
#include <systemc>
#include <tlm>
#include <tuple>
#include <vector>

#include "buffers/dram_model.h"
#include "buffers/dram_timing.h"
#include "buffers/sparse_memory.h"
#include "machine/config.h"

namespace escalate {

/// Requests are accepted at once, however many there are. They are in line one picosecond after
/// they arrive, when all of that instant are known: reads first, then by initiator in the order of
/// binding, then in the order of issue. Bytes move in this order, too, in which DramTiming serves
/// those of one row. A request that cannot be served is answered with an error response.
class DramTarget : public DramModel {
 public:
  tlm_utils::multi_passthrough_target_socket<DramTarget> socket;

  /// `memory` outlives the target. With `ideal.dram` all times are 0 and there are no refreshes.
  DramTarget(const sc_core::sc_module_name& name, const MachineConfig& machine,
             SparseMemory& memory);

  /// A layer boundary: rows closed, refresh phase counted from now. InternalError while a request
  /// is in flight.
  void restart() override;

  TargetSocket& target_socket() override { return socket; }
  const DramCounters& counters() const override { return timing_.counters(); }

 private:
  struct Request {
    Picoseconds arrival;
    bool is_write;
    int initiator;
    std::int64_t number;
    tlm::tlm_generic_payload* payload;
    // Orders a queue whose top is served first.
    bool operator<(const Request& other) const {
      return std::tie(arrival, is_write, initiator, number) >
             std::tie(other.arrival, other.is_write, other.initiator, other.number);
    }
  };
  struct Response {
    Picoseconds due;
    std::int64_t number;  ///< in the order of service
    tlm::tlm_generic_payload* payload;
    bool operator<(const Response& other) const {
      return std::tie(due, number) > std::tie(other.due, other.number);
    }
  };
  // The base protocol allows one response at a time to an initiator.
  struct ResponseQueue {
    std::priority_queue<Response> responses;
    bool awaits_end = false;
    Picoseconds free_from = 0;
  };

  tlm::tlm_sync_enum accept(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                            sc_core::sc_time& delay);
  void move_untimed(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(int initiator, tlm::tlm_generic_payload& payload);

  void act();
  void take(const Request& request);
  void advance(Picoseconds now);
  void answer(const Request& request, Picoseconds due);
  void respond(int initiator, ResponseQueue& queue, Picoseconds now);
  void wake_at(Picoseconds time);

  DramTiming timing_;
  SparseMemory& memory_;
  std::priority_queue<Request> requests_;
  std::map<std::int64_t, Request> waiting_;  ///< by their number in timing_
  std::map<int, ResponseQueue> response_queues_;
  std::int64_t num_requests_ = 0;
  std::int64_t num_served_ = 0;
  sc_core::sc_event wake_;
};

}  // namespace escalate
