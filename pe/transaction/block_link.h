// How a pass reaches a PE block: the interface between the multicast network and the blocks.
#pragma once

#include <span>

#include "pe/transaction/block_timeline.h"

namespace escalate {

/// One PE block as the sender of entries sees it. Calls carry their times with them.
class BlockLink {
 public:
  virtual ~BlockLink() = default;
  virtual void begin_pass(const BlockPass& pass) = 0;
  /// First cycle in which the ring has room for an entry of `chunks` chunks.
  virtual Cycle space_for(int chunks) = 0;
  virtual void deliver(const BlockEntry& entry, std::span<const RowElement> elements) = 0;
  virtual void deliver_direct(const BlockEntry& entry, std::span<const TakenActivations> taken) = 0;
  /// The cycle in which the last merge of the pass ended, -1 without one.
  virtual Cycle end_pass() = 0;
};

}  // namespace escalate
