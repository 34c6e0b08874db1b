#include "buffers/dram_timing.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

Picoseconds picoseconds(double nanoseconds) { return std::llround(std::ceil(nanoseconds * 1000)); }

}  // namespace

DramTiming::DramTiming(const DramConfig& config)
    : burst_bytes_(config.burst_bytes),
      bursts_per_row_(std::uint64_t(config.row_bytes) / config.burst_bytes),
      burst_(picoseconds(config.burst_ns)),
      row_hit_(picoseconds(config.row_hit_ns)),
      activate_(picoseconds(config.activate_ns)),
      precharge_(picoseconds(config.precharge_ns)),
      refresh_interval_(picoseconds(config.refresh_interval_ns)),
      refresh_(picoseconds(config.refresh_ns)),
      channels_(config.channels) {
  ensure(refresh_interval_ == 0 || refresh_ < refresh_interval_,
         "a refresh of DRAM ends before the next begins");
  for (Channel& channel : channels_) channel.banks.resize(config.banks);
  restart(0);
}

void DramTiming::restart(Picoseconds now) {
  for (Channel& channel : channels_) {
    ensure(channel.bus_free <= now, "DRAM restarts after its last burst");
    for (Bank& bank : channel.banks) bank = {-1, now};
    channel.bus_free = now;
    channel.next_refresh = now + refresh_interval_;
  }
  last_arrival_ = now;
}

// Refreshes that are due before a burst that comes at `now`: each waits for the bus, closes all
// rows and keeps the channel busy. However many there are, they are counted at once.
void DramTiming::refresh_before(Channel& channel, Picoseconds now) {
  if (refresh_interval_ == 0) return;
  while (std::max(now, channel.bus_free) >= channel.next_refresh) {
    const Picoseconds late = channel.bus_free - channel.next_refresh;
    std::int64_t count = 0;
    Picoseconds end = 0;
    if (late >= 0) {  // one behind the other, until the bus has caught up
      count = late / (refresh_interval_ - refresh_) + 1;
      end = channel.bus_free + count * refresh_;
    } else {  // each on time
      count = (now - channel.next_refresh) / refresh_interval_ + 1;
      end = channel.next_refresh + (count - 1) * refresh_interval_ + refresh_;
    }
    for (Bank& bank : channel.banks) bank = {-1, end};
    channel.bus_free = end;
    channel.next_refresh += count * refresh_interval_;
    counters_.refreshes += count;
  }
}

Picoseconds DramTiming::serve_burst(std::uint64_t burst, Picoseconds arrival) {
  Channel& channel = channels_[burst % channels_.size()];
  const std::uint64_t row = burst / channels_.size() / bursts_per_row_;
  refresh_before(channel, arrival);
  Bank& bank = channel.banks[row % channel.banks.size()];
  const auto wanted = std::int64_t(row / channel.banks.size());
  Picoseconds column = std::max(arrival, bank.ready);
  if (bank.open_row == wanted) {
    // Column accesses to an open row follow each other at the speed of the bus.
    column = arrival;
    ++counters_.row_hits;
  } else {
    if (bank.open_row >= 0) {
      column += precharge_;
      ++counters_.precharges;
    }
    column += activate_;
    bank.open_row = wanted;
    ++counters_.activations;
  }
  const Picoseconds data = std::max(column + row_hit_, channel.bus_free);
  channel.bus_free = bank.ready = data + burst_;
  return channel.bus_free;
}

Picoseconds DramTiming::serve(std::uint64_t address, std::int64_t bytes, bool is_write,
                              Picoseconds arrival) {
  ensure(bytes > 0, "a DRAM request has at least one byte");
  ensure(arrival >= last_arrival_, "DRAM requests are given in order of arrival");
  last_arrival_ = arrival;
  const std::uint64_t first = address / burst_bytes_;
  const std::uint64_t last = (address + std::uint64_t(bytes) - 1) / burst_bytes_;
  (is_write ? counters_.write_bursts : counters_.read_bursts) += std::int64_t(last - first + 1);
  Picoseconds done = arrival;
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    done = std::max(done, serve_burst(burst, arrival));
  }
  return done;
}

}  // namespace escalate
