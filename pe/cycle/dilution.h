// Dilution with registers: a visited chunk a cycle, matched by two bit gathers on an inverse
// butterfly (docs/microarchitecture.md, section 6; the ESCALATE authors' public talk).
#pragma once

#include <cstdint>
#include <span>

#include "interconnect/cycle/butterfly.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/entry.h"
#include "pe/cycle/slot_queue.h"

namespace escalate {

class DilutionClocked {
 public:
  using Input = RowInput;
  struct Result {
    bool began = false;     ///< the first dilution cycle of the element
    bool released = false;  ///< the entry has been read
  };

  explicit DilutionClocked(const MachineConfig& machine);

  /// One cycle with the entry in front. Does nothing while the slot rows that the cycle would push
  /// find no room.
  Result tick(const Input& input, SlotWriter& queue);

  const MachineCounters& counters() const { return counters_; }
  const InverseButterfly& butterfly() const { return butterfly_; }

 private:
  struct Chunk {
    std::span<const std::int8_t> values;
    std::uint64_t matches = 0;
    std::uint64_t negative = 0;
  };
  Chunk match(const Input& input, int chunk);
  void pack(const Chunk& chunk, const ElementTag& tag, SlotWriter& queue);
  void push(bool marked, const ElementTag& tag, SlotWriter& queue);

  int lanes_;
  InverseButterfly butterfly_;
  int visit_ = 0;   // visited chunks of the entry read so far
  SlotRow packed_;  // slots without a complete row behind them
  MachineCounters counters_;
};

}  // namespace escalate
