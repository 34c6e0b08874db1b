// A pass of the machine: reads entries from the global buffer, sends them over the multicast
// network to the PE blocks and gathers output sums (docs/microarchitecture.md, sections 3 to 10).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "buffers/global_buffer.h"
#include "common/host_simd.h"
#include "interconnect/transaction/multicast_timeline.h"
#include "machine/coefficient_bank.h"
#include "machine/concentrator_pattern.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/isa.h"
#include "pe/pick_selector.h"
#include "pe/transaction/block_link.h"
#include "pe/transaction/concentrator_core.h"
#include "pe/transaction/group_pass.h"
#include "pe/transaction/line_sums.h"
#include "pe/transaction/pass_rows.h"
#include "pe/transaction/pick_check.h"

namespace escalate {

/// State that the passes of a layer share: line buffers, banks, caches of coefficient rows.
class PassEngine {
 public:
  /// `make_core` may be empty.
  PassEngine(const MachineConfig& machine, const GlobalBuffer& buffer, const PickOptions& picks,
             HostSimd set, const ConcentratorMaker& make_core = {});

  /// A new layer begins: all timing starts from cycle 0. Unless `sums_are_read`, output banks are
  /// not filled; all that is counted and timed stays the same.
  void restart(bool sums_are_read);

  /// Fills the bank of `block`.
  void load_bank(int block, int bank, std::shared_ptr<const CoefficientBank> content);

  struct Outcome {
    Cycle network_free = 0;  ///< first cycle in which the network may start on another pass
    Cycle complete = 0;      ///< cycle in which the last merge ended
  };
  /// Runs a pass that may begin to stream in cycle `begin`. `blocks` are all blocks of the machine.
  Outcome run(const Run& run, Cycle begin, std::span<BlockLink* const> blocks);

  /// The two halves of run(), for passes whose times are known from elsewhere. Sums come in program
  /// order, and nothing is counted; times may follow later, from a copy of the input and with the
  /// banks as they were.
  void add_up(const Run& run);
  Outcome time(const Run& run, Cycle begin, std::span<BlockLink* const> blocks,
               const GlobalBuffer& input);
  /// Nothing is in flight from now on, as at the begin of a layer; sums and banks stay.
  void restart_times();
  bool sums_are_read() const { return sums_are_read_; }

  /// What the bank of `block` holds; nullptr: nothing has been loaded.
  const std::shared_ptr<const CoefficientBank>& bank(int block, int bank) const {
    return banks_[std::size_t(block)][std::size_t(bank)];
  }
  const OutputBank& output_bank(int block, int bank) const {
    return output_banks_[std::size_t(block)][std::size_t(bank)];
  }

  /// Counters of everything run so far.
  const MachineCounters& counters() const { return counters_; }
  std::int64_t pick_mismatches() const { return picks_.mismatches(); }

 private:
  struct CachedRows {
    std::vector<std::uint64_t> versions;
    int terms, per_block, channels;
    std::shared_ptr<const PassRows> rows;
  };
  PassResources resources();
  Outcome run(const PassResources& resources, const Run& run, Cycle begin,
              std::span<BlockLink* const> blocks);
  std::shared_ptr<const PassRows> rows_of(const Run& run, int first_block);
  std::vector<OutputBank*> banks_of(const OutputMap& output, int group);

  MachineConfig machine_;
  const GlobalBuffer& buffer_;
  HostSimd set_;
  ConcentratorPattern pattern_;
  MulticastTimeline network_;
  std::vector<std::array<std::shared_ptr<const CoefficientBank>, 2>> banks_;
  std::vector<std::array<OutputBank, 2>> output_banks_;
  std::vector<std::vector<std::int32_t>> line_sums_;  // by group: [tile row][column][output]
  std::deque<CachedRows> cache_;
  MachineCounters counters_;
  PickCheck picks_;
  std::unique_ptr<ConcentratorCore> core_;  // null: the pattern's own
  bool sums_are_read_ = true;
  Cycle last_completion_ = -1;
};

}  // namespace escalate
