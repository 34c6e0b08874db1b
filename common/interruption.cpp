#include "common/interruption.h"

#include <utility>

namespace escalate {

thread_local Interruptible* Interruptible::innermost = nullptr;

Interruptible::Interruptible(std::function<void()> check)
    : check_(std::move(check)), before_(std::exchange(innermost, this)) {}

Interruptible::~Interruptible() { innermost = before_; }

void interruption_point() {
  if (Interruptible::innermost != nullptr) Interruptible::innermost->check_();
}

void forget_interruptions() { Interruptible::innermost = nullptr; }

}  // namespace escalate
