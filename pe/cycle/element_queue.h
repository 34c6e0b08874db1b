// The element queue between the CA unit and the MAC unit of a PE row
// (docs/microarchitecture.md, sections 6 and 10).
#pragma once

#include <cstdint>
#include <vector>

#include "interconnect/cycle/registered_fifo.h"
#include "machine/cycle/pass.h"

namespace escalate {

/// An activation taken in direct mode.
struct DirectInput {
  std::int8_t value = 0;
  int channel = 0;  ///< channel of the pass
};

/// What a MAC unit works on.
struct Element {
  ElementTag tag;
  std::int32_t value = 0;           ///< intermediate element
  std::vector<DirectInput> inputs;  ///< direct mode: the activations taken in one cycle

  bool is_zero() const { return value == 0 && inputs.empty(); }
};

using ElementQueue = RegisteredFifo<Element>;
using ElementReader = FifoReader<Element>;
using ElementWriter = FifoWriter<Element>;

}  // namespace escalate
