// Long work that can be ended from outside: whoever starts it installs a check, and the work calls
// it at its interruption points.
#pragma once

#include <functional>

namespace escalate {

/// While it stands, interruption points of this thread call `check`. What that throws ends the
/// work. One that is made later stands before those made earlier; they end in reverse order.
class Interruptible {
 public:
  explicit Interruptible(std::function<void()> check);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  std::function<void()> check_;
  Interruptible* before_;

  friend void interruption_point();
  friend void forget_interruptions();
  static thread_local Interruptible* innermost;
};

/// Stands between rounds of parallel_for(), layers, slices of a simulation and points of a sweep,
/// and where children are waited for. It throws what the check throws; without one it does nothing.
void interruption_point();

/// For a forked child, which has nothing of what its parent's checks ask: its interruption points
/// do nothing.
void forget_interruptions();

}  // namespace escalate
