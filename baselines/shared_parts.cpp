#include "baselines/shared_parts.h"

#include <algorithm>
#include <cmath>
#include <deque>

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

  bool done() const { return left_ == 0; }
  /// When the next request is issued.
  Picoseconds next() const { return next_; }

  void issue(DramTiming& dram) {
    const std::int64_t bytes = std::min<std::int64_t>(left_, dma_.request_bytes);
    const Picoseconds answer = edge_after(dram.serve(address_, bytes, is_write_, next_));
    if (first_answer_ == 0) first_answer_ = answer;
    last_answer_ = std::max(last_answer_, answer);
    address_ += static_cast<std::uint64_t>(bytes);
    left_ -= bytes;
    in_flight_.push_back(answer);
    next_ += period_;
    if (static_cast<int>(in_flight_.size()) < dma_.outstanding) return;
    next_ = std::max(next_, in_flight_.front());
    in_flight_.pop_front();
  }

  Picoseconds first_answer() const { return first_answer_; }
  Picoseconds last_answer() const { return last_answer_; }

 private:
  Picoseconds edge_after(Picoseconds time) const { return (time / period_ + 1) * period_; }

  const DmaConfig& dma_;
  Picoseconds period_;
  std::uint64_t address_;
  std::int64_t left_;
  bool is_write_;
  Picoseconds next_ = 0, first_answer_ = 0, last_answer_ = 0;
  std::deque<Picoseconds> in_flight_;
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
  list.add(dram_components(parts.dma, costs));
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
  while (!load.done() || !store.done()) {
    const bool is_load = store.done() || (!load.done() && load.next() <= store.next());
    (is_load ? load : store).issue(dram);
  }
  DramRun run;
  run.first_cycles = (read_bytes > 0 ? load : store).first_answer() / period;
  run.cycles = std::max(load.last_answer(), store.last_answer()) / period;
  run.counters = dram.counters();
  return run;
}

}  // namespace escalate
