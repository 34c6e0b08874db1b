// The multicast input network as times: one entry at a time, in program order
// (docs/microarchitecture.md, section 4).
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/math.h"
#include "machine/config.h"

namespace escalate {

class MulticastTimeline {
 public:
  explicit MulticastTimeline(const MachineConfig& machine)
      : bytes_per_cycle_(machine.network_bytes), ideal_(machine.ideal.input) {}

  /// Sends the next entry, of `bytes` bytes, not before `begin` (of its pass) and `space` (first
  /// cycle with room in all rings). Returns the first cycle in which the rings show it.
  std::int64_t send(int bytes, std::int64_t begin, std::int64_t space) {
    const int cycles = ideal_ ? 0 : std::max(1, ceil_div(bytes, bytes_per_cycle_));
    const std::int64_t start = std::max({free_, begin, space});
    free_ = start + cycles;
    busy_cycles_ += cycles;
    return free_;
  }

  /// First cycle in which the network may start on another entry.
  std::int64_t free() const { return free_; }
  std::int64_t busy_cycles() const { return busy_cycles_; }

 private:
  int bytes_per_cycle_;
  bool ideal_;
  std::int64_t free_ = 0;
  std::int64_t busy_cycles_ = 0;
};

}  // namespace escalate
