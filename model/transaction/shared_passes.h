// Passes whose times another simulation has worked out: points of a sweep that differ in their DRAM
// alone run the same passes, begun at other times.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "buffers/global_buffer.h"
#include "common/fingerprint.h"
#include "common/shared_table.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/isa.h"
#include "machine/row_states.h"
#include "pe/transaction/block_link.h"
#include "pe/transaction/pass_engine.h"
#include "pe/transaction/pe_block.h"

namespace escalate {

/// Runs the passes of a layer, each as PassEngine would.
///
/// What a pass does depends on what it reads, on the machine (but not on DRAM, DMA, post-processing
/// and the sizes of memories) and on what is still in flight from passes before it. So passes are
/// known by *runs*: those since the blocks last had nothing left to do, each with its begin
/// relative to that before it. The table has, of each run so far, when its last pass ends; and of
/// runs after which the blocks had nothing left to do, all that they counted.
///
/// A known pass is not run, but what it has read is kept: if a pass of the same run turns out not
/// to be known, those before it are run after all.
class SharedPasses {
 public:
  /// Takes all but the machine by reference.
  SharedPasses(const MachineConfig& machine, SharedTable& table, PassEngine& engine,
               const GlobalBuffer& buffer, std::span<BlockLink* const> links,
               std::vector<PeBlock*> blocks);

  /// A layer begins; engine and blocks have been restarted.
  void restart();

  PassEngine::Outcome run(const Run& run, Cycle begin);
  /// All passes of the layer have been run.
  void end_layer();

  /// Of the layer, after its end: of all that passes do, and by block over its `cycles`.
  const MachineCounters& counters() const { return counters_; }
  std::vector<RowStates> block_states(Cycle cycles) const;

 private:
  using Bank = std::shared_ptr<const CoefficientBank>;
  struct KnownPass {
    const Run* run;
    Cycle begin;
    std::vector<std::int8_t> input;  // activations of all positions sent, group by group
    std::vector<Bank> banks;         // by block
  };
  struct BankName {
    const CoefficientBank* bank = nullptr;
    std::uint64_t version = 0;
    Fingerprint::Value value;
  };
  /// Times since the begin of a pass.
  struct Times {
    Cycle network_free, complete, end_of_work;
  };

  Fingerprint::Value name_of(const Run& run);
  const Fingerprint::Value& name_of_bank(int block, int bank);
  template <class Visit>
  void for_each_position(const Run& run, Visit&& visit) const;

  void end_run();
  void count_run();
  bool add_known_counts();
  void add_counts(std::span<const std::int64_t> counts);
  void put_off(const Run& run, Cycle begin);
  void catch_up();
  Cycle end_of_work() const;

  SharedTable& table_;
  PassEngine& engine_;
  const GlobalBuffer& buffer_;
  std::span<BlockLink* const> links_;
  std::vector<PeBlock*> blocks_;
  std::int64_t rows_of_block_;
  Fingerprint of_machine_;
  std::vector<std::array<BankName, 2>> bank_names_;  // by block

  // The run in hand.
  Fingerprint::Value name_;
  Cycle last_begin_ = 0, network_free_ = 0, end_of_work_ = 0;
  std::int64_t passes_ = 0;
  bool has_timed_ = false;          // engine and blocks have timed some of its passes
  std::vector<KnownPass> put_off_;  // its last passes, which have not been timed
  std::size_t bytes_put_off_ = 0;
  std::unique_ptr<GlobalBuffer> input_;  // what they read, where they read it

  // Of all runs of the layer before it.
  MachineCounters counters_;
  std::vector<RowStates> states_;  // by block, without idle cycles
};

}  // namespace escalate
