// A DMA engine with registers: cuts transfers into requests, at most one a cycle, and knows which
// of its instructions are complete (docs/microarchitecture.md, section 14). Written from that text
// alone; DmaEngine is checked against it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "machine/config.h"

namespace escalate {

/// A cycle is: begin() if there is an instruction to begin, issue(), complete(), and at its end
/// tick() with what DRAM has said in it.
class DmaClocked {
 public:
  /// Consecutive bytes of DRAM. Those of an instruction stand one behind the other in its data.
  struct Transfer {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
  };
  /// What is asked of DRAM: a part of a transfer that does not cross a multiple of
  /// `dma.request_bytes`.
  struct Request {
    std::int64_t instruction = 0;  ///< counted from 0 in the order of their begin
    std::uint64_t address = 0;
    std::uint64_t offset = 0;  ///< in the instruction's data
    std::uint64_t bytes = 0;
  };

  explicit DmaClocked(const DmaConfig& config);

  /// The requests of all instructions have been issued before this cycle.
  bool is_free() const { return queue_.empty(); }
  /// Takes an instruction; only while is_free(). Returns its number.
  std::int64_t begin(std::span<const Transfer> transfers);
  /// The request of this cycle, if one is issued in it.
  std::optional<Request> issue();
  /// Whether the oldest instruction not yet complete is complete in this cycle; it is forgotten
  /// then.
  bool complete();

  /// DRAM accepts the last request in this cycle.
  void accept();
  /// DRAM answers a request of `instruction` in this cycle.
  void answer(std::int64_t instruction);
  /// The clock edge at the end of the cycle.
  void tick();

  /// Requests that count as in flight.
  int in_flight() const { return in_flight_; }
  /// Instructions begun and not complete.
  int open_instructions() const { return int(open_.size()); }

 private:
  struct Open {
    std::int64_t unissued_bytes = 0;
    int unanswered = 0;  // requests in flight
  };

  std::uint64_t request_bytes_;
  int outstanding_;
  // Registers.
  std::deque<Transfer> queue_;  // left to issue, all of the youngest instruction
  std::uint64_t offset_ = 0;    // place of the next request in the data of that
  std::deque<Open> open_;       // oldest first
  std::int64_t first_ = 0;      // number of the oldest
  int in_flight_ = 0;
  bool port_is_free_ = true;  // DRAM has accepted the last request
  // Wires of the cycle.
  bool accepts_ = false;
  std::deque<std::int64_t> answers_;  // to which instructions
};

}  // namespace escalate
