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
      num_banks_(std::size_t(config.banks)),
      num_groups_(std::size_t(config.bank_groups)),
      interleaved_groups_(std::size_t(config.interleaved_groups)),
      burst_(picoseconds(config.burst_ns)),
      row_hit_(picoseconds(config.row_hit_ns)),
      write_latency_(
          picoseconds(config.write_latency_ns > 0 ? config.write_latency_ns : config.row_hit_ns)),
      activate_(picoseconds(config.activate_ns)),
      precharge_(picoseconds(config.precharge_ns)),
      refresh_interval_(picoseconds(config.refresh_interval_ns)),
      refresh_(picoseconds(config.refresh_ns)),
      same_group_(picoseconds(config.same_group_ns)),
      read_to_write_(picoseconds(config.read_to_write_ns)),
      write_to_read_(picoseconds(config.write_to_read_ns)),
      write_to_read_same_group_(picoseconds(config.write_to_read_same_group_ns)),
      activate_to_activate_(picoseconds(config.activate_to_activate_ns)),
      activate_to_activate_same_group_(picoseconds(config.activate_to_activate_same_group_ns)),
      four_activates_(picoseconds(config.four_activates_ns)),
      activate_to_precharge_(picoseconds(config.activate_to_precharge_ns)),
      read_to_precharge_(picoseconds(config.read_to_precharge_ns)),
      write_recovery_(picoseconds(config.write_recovery_ns)),
      in_order_(config.scheduler == DramScheduler::kInOrder),
      window_(config.window),
      channels_(config.channels) {
  ensure(refresh_interval_ == 0 || refresh_ < refresh_interval_,
         "a refresh of DRAM ends before the next begins");
  for (Channel& channel : channels_) {
    channel.banks.resize(num_banks_);
    channel.groups.resize(num_groups_);
    channel.activations.fill(kLongAgo);
  }
  restart(0);
}

void DramTiming::restart(Picoseconds now) {
  ensure(requests_.empty(), "DRAM restarts when all requests are answered");
  for (Channel& channel : channels_) {
    ensure(channel.bus_free <= now, "DRAM restarts after its last burst");
    for (Bank& bank : channel.banks) bank = {-1, now, now};
    for (LastCommands& group : channel.groups) group = {};
    channel.last = {};
    channel.activations.fill(kLongAgo);
    channel.open_since.reset();
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
    channel.waiting.push_back(
        {place_of(burst / channels_.size()), channel.num_bursts++, request, arrival, is_write});
  }
  for (Channel& channel : channels_) plan(channel);
  return request;
}

// Neighbouring banks are of different groups.
DramTiming::Place DramTiming::place_of(std::uint64_t number) const {
  const std::uint64_t row = number / interleaved_groups_ / bursts_per_row_;
  const std::uint64_t turn = num_banks_ / interleaved_groups_;  // rows side by side until all are
  const std::uint64_t bank = row % turn * interleaved_groups_ + number % interleaved_groups_;
  return {bank, bank % num_groups_, std::int64_t(row / turn)};
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
        request.done = std::max(request.done, access(channel, burst, command.time));
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
  // another row of the bank. The bursts for an open row keep their order.
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
  const LastCommands& group = channel.groups[burst.group];
  const Picoseconds time = std::max({burst.arrival, channel.banks[burst.bank].open_from,
                                     channel.bus_free - latency(burst.is_write), channel.now,
                                     group.read + same_group_, group.write + same_group_});
  if (burst.is_write) return std::max(time, channel.last.read + read_to_write_);
  return std::max(
      {time, channel.last.write + write_to_read_, group.write + write_to_read_same_group_});
}

Picoseconds DramTiming::opening_time(const Channel& channel, const Burst& burst) const {
  const Bank& bank = channel.banks[burst.bank];
  const Picoseconds precharge = bank.open_row >= 0 ? precharge_ : 0;
  return std::max({burst.arrival, bank.ready, channel.now,
                   earliest_activation(channel, burst.group) - precharge});
}

// Activations are as far apart as they must be in the order in which rows begin to open.
Picoseconds DramTiming::earliest_activation(const Channel& channel, std::size_t group) const {
  Picoseconds time = kLongAgo;
  const auto after = [&](Picoseconds last, Picoseconds gap) {
    if (gap > 0) time = std::max(time, last + gap);
  };
  after(channel.last.activation, activate_to_activate_);
  after(channel.groups[group].activation, activate_to_activate_same_group_);
  after(channel.activations[channel.next_activation], four_activates_);
  return time;
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
  if (channel.open_since) {
    count_open(channel, std::max(channel.bus_free, channel.next_refresh));
    channel.open_since.reset();
  }
  for (Bank& bank : channel.banks) bank = {-1, end, end};
  channel.bus_free = end;
  channel.next_refresh += count * refresh_interval_;
  counters_.refreshes += count;
}

void DramTiming::open(Channel& channel, const Burst& burst, Picoseconds time) {
  Bank& bank = channel.banks[burst.bank];
  bank.closed_another = bank.open_row >= 0;
  const Picoseconds activation = time + (bank.closed_another ? precharge_ : 0);
  bank.open_from = activation + activate_;
  bank.open_row = burst.row;
  bank.is_fresh = true;
  bank.ready = std::max(bank.ready, activation + activate_to_precharge_);
  channel.last.activation = channel.groups[burst.group].activation = activation;
  channel.activations[channel.next_activation] = activation;
  channel.next_activation = (channel.next_activation + 1) % channel.activations.size();
  if (!channel.open_since) channel.open_since = time;
}

// Returns when the burst is through. A row counts as opened once a burst uses it.
Picoseconds DramTiming::access(Channel& channel, const Burst& burst, Picoseconds time) {
  Bank& bank = channel.banks[burst.bank];
  if (bank.is_fresh) {
    ++counters_.activations;
    counters_.precharges += bank.closed_another ? 1 : 0;
    bank.is_fresh = false;
  } else {
    ++counters_.row_hits;
  }
  LastCommands& group = channel.groups[burst.group];
  (burst.is_write ? channel.last.write : channel.last.read) = time;
  (burst.is_write ? group.write : group.read) = time;
  const Picoseconds through = time + latency(burst.is_write) + burst_;
  const bool waits_for_data = burst.is_write || read_to_precharge_ == 0;
  const Picoseconds done_with_row = waits_for_data ? through : time + read_to_precharge_;
  bank.ready = std::max(bank.ready, done_with_row + (burst.is_write ? write_recovery_ : 0));
  channel.bus_free = through;
  count_open(channel, through);
  return through;
}

// Rows stay open from their opening to a refresh, or to the last data of the layer.
void DramTiming::count_open(Channel& channel, Picoseconds until) {
  counters_.open_ps += std::max<Picoseconds>(0, until - *channel.open_since);
  channel.open_since = std::max(*channel.open_since, until);
}

std::optional<Picoseconds> DramTiming::next_answer() const {
  std::optional<Picoseconds> next;
  for (const Channel& channel : channels_) {
    if (!channel.next) continue;
    const Picoseconds latency = std::min(row_hit_, write_latency_);
    const Picoseconds time = channel.next->time + std::max<Picoseconds>(1, latency + burst_);
    next = next ? std::min(*next, time) : time;
  }
  return next;
}

}  // namespace escalate
