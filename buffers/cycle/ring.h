// The ring input buffer of a PE block with registers: entries, read by every active row at its own
// pace, and a counter of releases with each (docs/microarchitecture.md, section 5; the ESCALATE
// authors' public talk).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "machine/config.h"
#include "machine/counters.h"
#include "machine/entry.h"

namespace escalate {

class RingClocked {
 public:
  /// An entry and the running number of its pass.
  struct Slot {
    std::shared_ptr<const Entry> entry;
    std::int64_t pass = 0;
    std::vector<bool> reads;  ///< by reader: whether it is active in the pass
    int releases_left = 0;
  };

  /// `readers`: the PE rows of the block.
  RingClocked(const MachineConfig& machine, int readers);

  /// Chunk slots that the cycle began with free, less those reserved in it.
  int free_chunks() const { return free_chunks_; }
  /// Keeps room for an entry that is on its way.
  void reserve(int chunks);

  /// Writes an entry whose room is reserved: readers see it in the next cycle, or with `at_once`
  /// (ideal.input) in this one.
  void write(std::shared_ptr<const Entry> entry, std::int64_t pass, std::vector<bool> reads,
             bool at_once);

  /// The entry in front of `reader`, or null.
  const Slot* front(int reader) const;
  /// `reader` has read the entry in front of it in this cycle.
  void release(int reader);

  /// Frees entries, in order, that all their readers have released.
  void clock();

  bool empty() const { return slots_.empty() && !arriving_.entry; }
  const MachineCounters& counters() const { return counters_; }

 private:
  void place(Slot slot);
  void skip_foreign(int reader);

  int capacity_;
  int free_chunks_;
  int reserved_ = 0;        // chunk slots of entries on their way
  std::int64_t first_ = 0;  // running number of the oldest entry
  std::deque<Slot> slots_;
  Slot arriving_;
  std::vector<std::int64_t> next_;  // by reader: running number of the entry in front of it
  std::vector<int> releasing_;      // readers that released in this cycle
  MachineCounters counters_;
};

}  // namespace escalate
