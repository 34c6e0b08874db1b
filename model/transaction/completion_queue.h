// Instructions whose cycle of completion is known when they begin.
#pragma once

#include <deque>

#include "interconnect/layer_clock.h"

namespace escalate {

class CompletionQueue {
 public:
  explicit CompletionQueue(const LayerClock& clock) : clock_(clock) {}

  void push(Cycle complete) {
    cycles_.push_back(complete);
    pushed_.notify(sc_core::SC_ZERO_TIME);
  }
  /// Blocks until the oldest is there and complete.
  void pop() {
    while (cycles_.empty()) sc_core::wait(pushed_);
    clock_.wait_until(cycles_.front());
    cycles_.pop_front();
  }
  std::size_t size() const { return cycles_.size(); }

 private:
  const LayerClock& clock_;
  std::deque<Cycle> cycles_;
  sc_core::sc_event pushed_;
};

}  // namespace escalate
