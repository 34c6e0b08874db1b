// What executes the instructions of a stream: the interface between the controller and the units
// (docs/microarchitecture.md, section 13).
#pragma once

#include <systemc>

#include "machine/isa.h"

namespace escalate {

/// Calls come from the stream's own processes and may block them.
class ExecutionUnit : public virtual sc_core::sc_interface {
 public:
  /// Begins an instruction at the clock edge at which it is called. Returns at the edge from which
  /// the next one of the stream may begin.
  virtual void begin(const Instruction& instruction) = 0;
  /// Returns in the cycle in which the oldest instruction that has begun and has not been retired
  /// is complete, or later if the one before it was retired later, and retires it.
  virtual void retire() = 0;
  /// One line on what the unit is at, for reports of deadlocks.
  virtual std::string describe() const = 0;
};

}  // namespace escalate
