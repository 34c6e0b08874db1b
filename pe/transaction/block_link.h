// How a pass reaches a PE block: what the sender of entries says, and what the block answers.
#pragma once

#include <cstdint>
#include <span>

#include "machine/isa.h"
#include "pe/transaction/block_timeline.h"
#include "pe/transaction/row_elements.h"

namespace escalate {

/// An entry as the network carries it.
struct NetworkEntry {
  BlockEntry entry;
  int channel_tile = 0;           ///< from 0
  std::span<std::uint8_t> bytes;  ///< ceil(channels / 8) of maps, then the non-zero activations
  int next_chunks = 0;            ///< chunks of the pass's next entry; 0: it is the last
};

/// One PE block as the sender of entries sees it. Calls carry their times with them.
class BlockLink {
 public:
  virtual ~BlockLink() = default;
  /// A pass begins in cycle `begin`, in which the block is member `member` of group `group`. Its
  /// first entry has `first_chunks` chunks.
  virtual void begin_pass(const Run& run, int group, int member, Cycle begin, int first_chunks) = 0;
  /// First cycle in which the ring has room for the next entry.
  virtual Cycle space() const = 0;
  virtual void deliver(const NetworkEntry& entry, const RowElements& elements) = 0;
  virtual void deliver_direct(const NetworkEntry& entry,
                              std::span<const TakenActivations> taken) = 0;
  /// The cycle in which the last merge of the pass ended, -1 without one.
  virtual Cycle end_pass() = 0;
};

}  // namespace escalate
