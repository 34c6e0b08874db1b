// The slot queue between dilution and concentration: packed activations with their masks, `lanes`
// a row (docs/microarchitecture.md, section 6).
#pragma once

#include <array>
#include <cstdint>

#include "interconnect/cycle/registered_fifo.h"
#include "machine/concentrator_pattern.h"
#include "machine/cycle/pass.h"

namespace escalate {

/// Up to `lanes` slots; bit l of a mask belongs to lane l.
struct SlotRow {
  ElementTag tag;
  int num_slots = 0;
  bool marked = false;         ///< last row of its element
  std::uint64_t matches = 0;   ///< activation mask: meets a coefficient that is not zero
  std::uint64_t negative = 0;  ///< sign mask: that coefficient is -1
  std::array<std::int8_t, kMaxLanes> values{};
};

using SlotQueue = RegisteredFifo<SlotRow>;
using SlotReader = FifoReader<SlotRow>;
using SlotWriter = FifoWriter<SlotRow>;

}  // namespace escalate
