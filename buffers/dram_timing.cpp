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
      in_order_(config.scheduler == DramScheduler::kInOrder),
      window_(config.window),
      channels_(config.channels) {
  ensure(refresh_interval_ == 0 || refresh_ < refresh_interval_,
         "a refresh of DRAM ends before the next begins");
  for (Channel& channel : channels_) channel.banks.resize(config.banks);
  restart(0);
}

void DramTiming::restart(Picoseconds now) {
  ensure(requests_.empty(), "DRAM restarts when all requests are answered");
  for (Channel& channel : channels_) {
    ensure(channel.bus_free <= now, "DRAM restarts after its last burst");
    for (Bank& bank : channel.banks) bank = {-1, now, now};
    channel.now = channel.bus_free = now;
    channel.next_refresh = now + refresh_interval_;
  }
  last_arrival_ = now;
}

std::int64_t DramTiming::arrive(std::uint64_t address, std::int64_t bytes, bool is_write,
                                Picoseconds arrival) {
  ensure(bytes > 0, "a DRAM request has at least one byte");
  ensure(arrival >= last_arrival_, "DRAM requests are given in order of arrival");
  last_arrival_ = arrival;
  const std::uint64_t first = address / burst_bytes_;
  const std::uint64_t last = (address + std::uint64_t(bytes) - 1) / burst_bytes_;
  const auto bursts = std::int64_t(last - first + 1);
  (is_write ? counters_.write_bursts : counters_.read_bursts) += bursts;
  const std::int64_t request = first_request_ + std::int64_t(requests_.size());
  requests_.push_back({bursts, arrival});
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    Channel& channel = channels_[burst % channels_.size()];
    const std::uint64_t row = burst / channels_.size() / bursts_per_row_;
    channel.waiting.push_back({channel.num_bursts++, request, row % channel.banks.size(),
                               std::int64_t(row / channel.banks.size()), arrival});
  }
  for (Channel& channel : channels_) plan(channel);
  return request;
}

std::vector<DramTiming::Answer> DramTiming::advance(Picoseconds now) {
  std::vector<Answer> answers;
  for (Channel& channel : channels_) advance(channel, now, answers);
  while (!requests_.empty() && requests_.front().bursts == 0) {
    requests_.pop_front();
    ++first_request_;
  }
  last_arrival_ = std::max(last_arrival_, now);
  return answers;
}

void DramTiming::advance(Channel& channel, Picoseconds now, std::vector<Answer>& answers) {
  while (channel.next && channel.next->time < now) {
    const Command command = *channel.next;
    const Burst burst = channel.waiting[command.burst];
    channel.now = command.time;
    switch (command.kind) {
      case Command::Kind::kRefresh:
        refresh(channel, command.time);
        break;
      case Command::Kind::kOpen:
        open(channel, burst, command.time);
        break;
      case Command::Kind::kAccess: {
        Request& request = requests_[std::size_t(burst.request - first_request_)];
        request.done =
            std::max(request.done, access(channel, channel.banks[burst.bank], command.time));
        if (--request.bursts == 0) answers.push_back({burst.request, request.done});
        channel.waiting.erase(channel.waiting.begin() + std::ptrdiff_t(command.burst));
      }
    }
    plan(channel);
  }
}

// A refresh that is due comes before every other command but the access of the oldest burst to the
// row that has been opened for it: so that every refresh lets one burst pass at least.
void DramTiming::plan(Channel& channel) const {
  plan_access(channel);
  if (refresh_interval_ == 0 || !channel.next || channel.next->time < channel.next_refresh) return;
  const Burst& oldest = channel.waiting.front();
  const Bank& bank = channel.banks[oldest.bank];
  if (bank.open_row == oldest.row && bank.is_fresh) {
    channel.next = {Command::Kind::kAccess, access_time(channel, oldest), 0};
  } else {
    channel.next->kind = Command::Kind::kRefresh;
  }
}

// The next command is the earliest that some burst in the window can have, of equally early ones
// the oldest burst's: a column access to a row that is open, or the opening of a row.
void DramTiming::plan_access(Channel& channel) const {
  channel.next.reset();
  ++channel.searches;
  const auto consider = [&](Command::Kind kind, Picoseconds time, std::size_t burst) {
    if (!channel.next || time < channel.next->time) channel.next = {kind, time, burst};
  };
  // A row stays open while a burst waits for it; in order, while none that is older waits for
  // another row of the bank. Of the bursts for an open row, the oldest is never later than another.
  bool some_wait_for_rows = false;
  std::size_t window = 0;
  for (; window < channel.waiting.size(); ++window) {
    const Burst& burst = channel.waiting[window];
    if (burst.number - channel.waiting.front().number >= window_) break;
    Bank& bank = channel.banks[burst.bank];
    if (bank.decided_in == channel.searches) continue;
    if (bank.open_row == burst.row) {
      bank.decided_in = channel.searches;
      if (in_order_ && window > 0) continue;
      consider(Command::Kind::kAccess, access_time(channel, burst), window);
    } else if (in_order_) {
      bank.decided_in = channel.searches;
      consider(Command::Kind::kOpen, opening_time(channel, burst), window);
    } else {
      some_wait_for_rows = true;
    }
  }
  if (!some_wait_for_rows) return;
  for (std::size_t i = 0; i < window; ++i) {
    const Burst& burst = channel.waiting[i];
    Bank& bank = channel.banks[burst.bank];
    if (bank.decided_in == channel.searches) continue;
    bank.decided_in = channel.searches;
    consider(Command::Kind::kOpen, opening_time(channel, burst), i);
  }
}

Picoseconds DramTiming::access_time(const Channel& channel, const Burst& burst) const {
  return std::max({burst.arrival, channel.banks[burst.bank].open_from, channel.bus_free - row_hit_,
                   channel.now});
}

Picoseconds DramTiming::opening_time(const Channel& channel, const Burst& burst) const {
  return std::max({burst.arrival, channel.banks[burst.bank].ready, channel.now});
}

// Refreshes that are due at `time`: each waits for the bus, closes all rows and keeps the channel
// busy. However many there are, they are counted at once.
void DramTiming::refresh(Channel& channel, Picoseconds time) {
  const Picoseconds late = channel.bus_free - channel.next_refresh;
  std::int64_t count = 0;
  Picoseconds end = 0;
  if (late >= 0) {  // one behind the other, until the bus has caught up
    count = late / (refresh_interval_ - refresh_) + 1;
    end = channel.bus_free + count * refresh_;
  } else {  // each on time
    count = (time - channel.next_refresh) / refresh_interval_ + 1;
    end = channel.next_refresh + (count - 1) * refresh_interval_ + refresh_;
  }
  for (Bank& bank : channel.banks) bank = {-1, end, end};
  channel.bus_free = end;
  channel.next_refresh += count * refresh_interval_;
  counters_.refreshes += count;
}

void DramTiming::open(Channel& channel, const Burst& burst, Picoseconds time) {
  Bank& bank = channel.banks[burst.bank];
  bank.closed_another = bank.open_row >= 0;
  bank.open_from = time + (bank.closed_another ? precharge_ : 0) + activate_;
  bank.open_row = burst.row;
  bank.is_fresh = true;
}

// Returns when the burst is through. A row counts as opened once a burst uses it.
Picoseconds DramTiming::access(Channel& channel, Bank& bank, Picoseconds time) {
  if (bank.is_fresh) {
    ++counters_.activations;
    counters_.precharges += bank.closed_another ? 1 : 0;
    bank.is_fresh = false;
  } else {
    ++counters_.row_hits;
  }
  channel.bus_free = bank.ready = time + row_hit_ + burst_;
  return channel.bus_free;
}

std::optional<Picoseconds> DramTiming::next_answer() const {
  std::optional<Picoseconds> next;
  for (const Channel& channel : channels_) {
    if (!channel.next) continue;
    const Picoseconds time = channel.next->time + std::max<Picoseconds>(1, row_hit_ + burst_);
    next = next ? std::min(*next, time) : time;
  }
  return next;
}

}  // namespace escalate
