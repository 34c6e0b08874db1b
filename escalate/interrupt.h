// Ending what takes long from outside, as a Ctrl-C or a button does.
#pragma once

#include <functional>
#include <memory>

#include "escalate/export.h"

namespace esc {

/// While it stands, calls of the library in this thread (simulate(), compile(), compare(), sweep(),
/// Network::compress(), ...) call `check` now and then, many times a second. What it throws ends
/// the call: an Error comes out as it is, another exception as an Error of kInternal. Processes of
/// the call are ended; points of a sweep that are finished stay in its store.
class ESCALATE_API Interruptible {
 public:
  explicit Interruptible(std::function<void()> check);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esc
