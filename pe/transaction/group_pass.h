// A pass of one group of blocks: sends its entries one by one, and gathers the sums that come of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "buffers/global_buffer.h"
#include "common/host_simd.h"
#include "interconnect/transaction/multicast_timeline.h"
#include "machine/concentrator_pattern.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/isa.h"
#include "pe/transaction/block_link.h"
#include "pe/transaction/entry_packer.h"
#include "pe/transaction/line_sums.h"
#include "pe/transaction/pass_counts.h"
#include "pe/transaction/pass_elements.h"
#include "pe/transaction/pass_input.h"
#include "pe/transaction/pass_rows.h"
#include "pe/transaction/pass_values.h"
#include "pe/transaction/pass_walk.h"
#include "pe/transaction/pick_check.h"
#include "pe/transaction/register_spills.h"

namespace escalate {

/// What the groups of all passes share.
struct PassResources {
  const MachineConfig& machine;
  const ConcentratorPattern& pattern;
  HostSimd set;
  const GlobalBuffer& buffer;
  MulticastTimeline& network;
  PickCheck& picks;
  MachineCounters& counters;
  ConcentratorCore* core = nullptr;  ///< concentrates in place of the pattern
  bool sums_are_read = true;         ///< otherwise output banks keep what they hold
  bool picks_are_checked = true;     ///< where `picks` selects any
};

class GroupPass {
 public:
  /// Group `number` of the pass begins in cycle `begin`, or is only added up if there are no
  /// `blocks`: those of the whole machine. `sums` are the group's line buffers. All but `blocks`
  /// are taken by reference.
  GroupPass(const PassResources& resources, const Run& run, int number,
            std::shared_ptr<const PassRows> rows, std::vector<std::int32_t>& sums,
            std::span<BlockLink* const> blocks, Cycle begin);

  bool ended() const { return walk_.ended(); }
  /// Sends the next entry, not before the pass begins.
  void send();
  /// In place of all that: adds up the sums of the pass and counts its products, in no time.
  void add_up();

  /// All entries are sent: the cycle in which the last merge ended, -1 without one.
  Cycle end();
  /// Completed output rows go to an output bank of each member block, given in order, if their sums
  /// are read.
  void store(std::span<OutputBank* const> banks);

 private:
  void begin_blocks(int number);
  int next_chunks() const;
  void begin_row();
  void count_spills(std::int64_t sums);
  void count_spills_of_row(int h);
  SumCounter sum_counter() const;
  void deliver(NetworkEntry& entry, const PassRows::Tile& tile,
               std::span<const std::uint64_t> maps);
  void deliver_direct(const NetworkEntry& entry, const PassRows::Tile& tile,
                      std::span<const std::uint64_t> maps);

  PassResources resources_;
  const Run& run_;
  const PassGroup& group_;
  std::shared_ptr<const PassRows> rows_;
  std::vector<BlockLink*> members_;
  Cycle begin_;
  PassWalk walk_;
  PassInput input_;
  PassValues values_;
  PassElements elements_;
  EntryPacker packer_;
  std::optional<LineSums> sums_;          // none: nobody reads them
  std::optional<RegisterSpills> spills_;  // none: products go to the line buffers at once
};

}  // namespace escalate
