// The ring input buffer of a PE block as times: when an entry finds room, given when the rows of
// the block release the entries before it (docs/microarchitecture.md, section 5).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "common/error.h"

namespace escalate {

class RingTimeline {
 public:
  /// `capacity` in chunk slots.
  explicit RingTimeline(int capacity) : capacity_(capacity) {}

  /// First cycle in which `chunks` chunk slots are free beside all entries added so far.
  /// Throws InternalError if the ring is smaller than that.
  std::int64_t space_for(int chunks) {
    ensure(chunks <= capacity_, "an entry fits into the ring input buffer");
    while (used_ + chunks > capacity_) {
      used_ -= entries_.front().chunks;
      room_ = entries_.front().freed + 1;
      entries_.pop_front();
    }
    return room_;
  }

  /// Adds the next entry, whose last active row releases it in cycle `released`; entries are freed
  /// in order, so it is freed then or with the entry before it.
  void add(int chunks, std::int64_t released) {
    ensure(used_ + chunks <= capacity_, "an entry is added where there is room");
    last_freed_ = std::max(last_freed_, released);
    entries_.push_back({chunks, last_freed_});
    used_ += chunks;
  }

 private:
  struct Entry {
    int chunks;
    std::int64_t freed;
  };
  int capacity_;
  int used_ = 0;
  std::int64_t room_ = 0;
  std::int64_t last_freed_ = -1;
  std::deque<Entry> entries_;
};

}  // namespace escalate
