#include "baselines/shared_parts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "common/error.h"
#include "energy/shared_components.h"

namespace escalate {
namespace {

/// One engine: a request a cycle at most, `dma.outstanding` of them in flight.
class Stream {
 public:
  Stream(const DmaConfig& dma, Picoseconds period, std::uint64_t first, std::int64_t bytes,
         bool is_write)
      : dma_(dma), period_(period), address_(first), left_(bytes), is_write_(is_write) {}

  /// When the next request is issued, as far as is known; none before an answer comes.
  std::optional<Picoseconds> next() const {
    if (left_ == 0) return std::nullopt;
    if (unanswered_ + int(seen_.size()) < dma_.outstanding) return next_;
    if (seen_.empty()) return std::nullopt;
    return std::max(next_, seen_.top());
  }

  /// Issues it; returns its number.
  std::int64_t issue(DramTiming& dram) {
    const Picoseconds now = *next();
    while (!seen_.empty() && seen_.top() <= now) seen_.pop();
    const std::int64_t bytes = std::min<std::int64_t>(left_, dma_.request_bytes);
    const std::int64_t number = dram.arrive(address_, bytes, is_write_, now);
    address_ += static_cast<std::uint64_t>(bytes);
    left_ -= bytes;
    ++unanswered_;
    next_ = now + period_;
    return number;
  }

  void answer(Picoseconds done) {
    const Picoseconds seen = (done / period_ + 1) * period_;
    if (last_answer_ == 0) first_answer_ = seen;
    first_answer_ = std::min(first_answer_, seen);
    last_answer_ = std::max(last_answer_, seen);
    --unanswered_;
    seen_.push(seen);
  }

  Picoseconds first_answer() const { return first_answer_; }
  Picoseconds last_answer() const { return last_answer_; }

 private:
  const DmaConfig& dma_;
  Picoseconds period_;
  std::uint64_t address_;
  std::int64_t left_;
  bool is_write_;
  Picoseconds next_ = 0, first_answer_ = 0, last_answer_ = 0;
  int unanswered_ = 0;
  // When the answers to requests that may still count as in flight are seen.
  std::priority_queue<Picoseconds, std::vector<Picoseconds>, std::greater<>> seen_;
};

}  // namespace

void SharedParts::validate() const {
  dram.validate();
  dma.validate(dram);
  if (dram.burst_ns <= 0) {
    throw UserError({"", 0, "dram.burst_ns"}, "expected a DRAM of some bandwidth");
  }
}

ComponentList shared_components(const CostModel& costs, double clock_mhz,
                                const SharedParts& parts) {
  ComponentList list(costs, clock_mhz * 1e6);
  list.add(dram_components(parts.dram, parts.dma, list.clock_hz(), costs));
  if (parts.post_lanes > 0) list.add(post_processing_components(parts.post_lanes));
  return list;
}

DramRun run_dram(const SharedParts& parts, double clock_mhz, std::int64_t read_bytes,
                 std::int64_t written_bytes) {
  const Picoseconds period = std::llround(1e6 / clock_mhz);
  const std::uint64_t bytes_of_banks =
      std::uint64_t(parts.dram.row_bytes) * parts.dram.channels * parts.dram.banks;
  // Stores stand behind all that is loaded, a whole number of turns through the banks and half of
  // one away.
  const std::uint64_t stored_at =
      (std::uint64_t(read_bytes) / bytes_of_banks + 1) * bytes_of_banks + bytes_of_banks / 2;
  DramTiming dram(parts.dram);
  Stream load(parts.dma, period, 0, read_bytes, false);
  Stream store(parts.dma, period, stored_at, written_bytes, true);
  std::set<std::int64_t> stores;  // that wait
  while (true) {
    const std::optional<Picoseconds> loads = load.next();
    const bool is_load = loads && *loads <= store.next().value_or(*loads);
    const std::optional<Picoseconds> issue = is_load ? loads : store.next();
    const std::optional<Picoseconds> answer = dram.next_answer();
    if (!issue && !answer) break;
    if (!issue || (answer && *answer < *issue)) {
      for (const DramTiming::Answer& done : dram.advance(*answer)) {
        (stores.erase(done.request) == 1 ? store : load).answer(done.done);
      }
    } else if (is_load) {
      load.issue(dram);
    } else {
      stores.insert(store.issue(dram));
    }
  }
  DramRun run;
  run.first_cycles = (read_bytes > 0 ? load : store).first_answer() / period;
  run.cycles = std::max(load.last_answer(), store.last_answer()) / period;
  run.counters = dram.counters();
  return run;
}

}  // namespace escalate
