#include "escalate/interrupt.h"

#include <utility>

#include "common/interruption.h"

namespace esc {

struct Interruptible::Impl {
  escalate::Interruptible ours;
};

Interruptible::Interruptible(std::function<void()> check)
    : impl_(new Impl{escalate::Interruptible(std::move(check))}) {}

Interruptible::~Interruptible() = default;

}  // namespace esc
