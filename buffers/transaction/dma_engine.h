// A DMA engine: cuts transfers into requests and says when its instructions are complete
// (docs/microarchitecture.md, section 14). A plain state machine in cycles; the module around it
// speaks to DRAM.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "machine/config.h"
#include "machine/row_states.h"

namespace escalate {

/// Consecutive bytes of DRAM and the place they go to (load) or come from (store), which the caller
/// keeps until the instruction is complete.
struct DmaTransfer {
  std::uint64_t address = 0;
  std::span<std::uint8_t> bytes;
};

/// A part of a transfer that does not cross a multiple of `dma.request_bytes`.
struct DmaRequest {
  std::uint64_t address = 0;
  std::span<std::uint8_t> bytes;
  std::int64_t instruction = 0;
};

/// Instructions are numbered from 0 in the order of their start, and complete in that order. What
/// DRAM says in a cycle is seen in the next one, so that nothing depends on who is asked first
/// within a cycle.
class DmaEngine {
 public:
  explicit DmaEngine(const DmaConfig& config);

  /// Takes the next instruction in cycle `now`; its requests follow those of the one before it.
  /// Returns its number. One without bytes is complete with those before it.
  std::int64_t start(std::span<const DmaTransfer> transfers, Cycle now);

  /// The first cycle, not before `now`, in which a request may be issued as far as is known; none
  /// if it takes a further start, answer or `accept` to tell.
  std::optional<Cycle> next_issue(Cycle now) const;

  /// Issues the oldest request in cycle `now`, in which next_issue() allows it. The next one waits
  /// for `accept`.
  DmaRequest issue(Cycle now);

  /// DRAM accepts the last request in `cycle`.
  void accept(Cycle cycle);
  bool accepted() const { return accepted_; }

  /// DRAM answers a request of `instruction` in `cycle`.
  void respond(std::int64_t instruction, Cycle cycle);

  /// Forgets what is complete in cycle `now`. Time does not go backwards.
  void advance(Cycle now);

  /// The first cycle after `now`, to which the engine has been advanced, in which something happens
  /// by itself as far as is known. A request may be issued, an instruction is complete, or all
  /// requests have been issued.
  std::optional<Cycle> next_event(Cycle now) const;

  /// All requests were issued before cycle `now`.
  bool all_issued(Cycle now) const { return transfers_.empty() && last_issue_ < now; }
  bool is_complete(std::int64_t instruction, Cycle now) const;
  bool idle(Cycle now) const { return is_complete(num_started() - 1, now); }

  std::int64_t num_started() const { return first_open_ + std::int64_t(open_.size()); }
  /// Instructions complete when the engine was last advanced: those with smaller numbers.
  std::int64_t num_complete() const { return first_open_; }
  /// One line on what the engine is at, for reports of deadlocks.
  std::string describe() const;

 private:
  struct Instruction {
    std::int64_t unanswered;  ///< requests
    Cycle seen;               ///< when the last answer so far is seen
  };

  std::uint64_t request_bytes_;
  std::size_t outstanding_;
  std::deque<DmaTransfer> transfers_;          // what is left to issue
  std::deque<std::int64_t> transfer_numbers_;  // the instructions that they belong to
  std::deque<Instruction> open_;
  std::int64_t first_open_ = 0;
  std::size_t unanswered_ = 0;  // issued requests without an answer
  // When the answers to requests that may still count as in flight are seen.
  std::priority_queue<Cycle, std::vector<Cycle>, std::greater<>> seen_;
  bool accepted_ = true;
  Cycle issue_from_ = 0;
  Cycle last_issue_ = -1;
};

}  // namespace escalate
