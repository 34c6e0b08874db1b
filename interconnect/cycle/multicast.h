// The multicast input network with registers: one entry at a time from the global buffer to the
// rings of its member blocks (docs/microarchitecture.md, section 4).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/entry.h"

namespace escalate {

/// An entry and the blocks that receive it.
struct Delivery {
  std::shared_ptr<const Entry> entry;
  std::vector<int> blocks;
};

class MulticastClocked {
 public:
  explicit MulticastClocked(const MachineConfig& machine)
      : bytes_per_cycle_(machine.network_bytes), ideal_(machine.ideal.input) {}

  /// Whether an entry may start in this cycle.
  bool is_free() const { return !delivery_; }

  /// Starts to send in this cycle; the caller has reserved room in all rings. With ideal.input the
  /// entry is delivered at once and returned.
  std::optional<Delivery> start(Delivery delivery) {
    ensure(is_free(), "the network sends one entry at a time");
    const int bytes = delivery.entry->num_bytes();
    ++counters_.entries_sent;
    counters_.network_bytes += bytes;
    counters_.network_delivered_bytes += std::int64_t{bytes} * std::int64_t(delivery.blocks.size());
    if (ideal_) return delivery;
    delivery_ = std::move(delivery);
    cycles_left_ = std::max(1, ceil_div(bytes, bytes_per_cycle_));
    return std::nullopt;
  }

  /// One cycle of sending, after the start of this cycle if any. Returns the entry in its last
  /// cycle: it is written into the rings at the end of that.
  std::optional<Delivery> tick() {
    if (!delivery_) return std::nullopt;
    ++counters_.network_busy_cycles;
    if (--cycles_left_ > 0) return std::nullopt;
    return std::exchange(delivery_, std::nullopt);
  }

  const MachineCounters& counters() const { return counters_; }

 private:
  int bytes_per_cycle_;
  bool ideal_;
  std::optional<Delivery> delivery_;
  int cycles_left_ = 0;
  MachineCounters counters_;
};

}  // namespace escalate
