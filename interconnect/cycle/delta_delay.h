// Within a clock edge, work in an order that does not depend on the simulator's choice.
#pragma once

#include <systemc>

namespace escalate::cycle {

/// Puts off what an SC_METHOD does at an edge by some delta cycles, so that all others that work
/// in earlier ones have done so and their channels have been updated.
class DeltaDelay {
 public:
  explicit DeltaDelay(int deltas) : deltas_(deltas) {}

  /// To be asked first in the method: whether its time has come. If not, the method has to return,
  /// and is called again in the next delta cycle.
  bool is_over() {
    if (waited_ == deltas_) {
      waited_ = 0;
      return true;
    }
    ++waited_;
    sc_core::next_trigger(sc_core::SC_ZERO_TIME);
    return false;
  }

 private:
  int deltas_;
  int waited_ = 0;
};

}  // namespace escalate::cycle
