#include "buffers/cycle/ring.h"

#include <algorithm>
#include <utility>

#include "common/error.h"

namespace escalate {

RingClocked::RingClocked(const MachineConfig& machine, int readers)
    : capacity_(machine.ring.chunks),
      free_chunks_(machine.ring.chunks),
      next_(std::size_t(readers), 0) {}

void RingClocked::reserve(int chunks) {
  ensure(chunks <= free_chunks_, "an entry is sent where there is room");
  free_chunks_ -= chunks;
  reserved_ += chunks;
}

void RingClocked::write(std::shared_ptr<const Entry> entry, std::int64_t pass,
                        std::vector<bool> reads, bool at_once) {
  ensure(entry->num_chunks() <= reserved_, "room is reserved before an entry is written");
  ensure(reads.size() == next_.size(), "an entry says who reads it");
  reserved_ -= entry->num_chunks();
  counters_.ring_chunks_written += entry->num_chunks();
  counters_.ring_values_written += std::int64_t(entry->values.size());
  const int releases = int(std::count(reads.begin(), reads.end(), true));
  Slot slot{std::move(entry), pass, std::move(reads), releases};
  if (at_once) {
    place(std::move(slot));
  } else {
    ensure(!arriving_.entry, "one entry arrives at a time");
    arriving_ = std::move(slot);
  }
}

void RingClocked::place(Slot slot) {
  slots_.push_back(std::move(slot));
  for (int reader = 0; reader < int(next_.size()); ++reader) skip_foreign(reader);
}

// Entries of passes in which the reader is inactive are not in front of it.
void RingClocked::skip_foreign(int reader) {
  std::int64_t& next = next_[reader];
  while (next < first_ + std::int64_t(slots_.size()) && !slots_[next - first_].reads[reader]) {
    ++next;
  }
}

const RingClocked::Slot* RingClocked::front(int reader) const {
  const std::int64_t next = next_[reader];
  return next < first_ + std::int64_t(slots_.size()) ? &slots_[next - first_] : nullptr;
}

void RingClocked::release(int reader) { releasing_.push_back(reader); }

void RingClocked::clock() {
  for (const int reader : releasing_) {
    Slot& slot = slots_[next_[reader] - first_];
    ensure(slot.releases_left > 0, "a reader releases an entry once");
    --slot.releases_left;
    ++next_[reader];
    skip_foreign(reader);
  }
  releasing_.clear();
  while (!slots_.empty() && slots_.front().releases_left == 0) {
    free_chunks_ += slots_.front().entry->num_chunks();
    slots_.pop_front();
    ++first_;
    ensure(std::all_of(next_.begin(), next_.end(), [&](auto next) { return next >= first_; }),
           "no entry is freed before all its readers have released it");
  }
  ensure(free_chunks_ + reserved_ <= capacity_, "no chunk slot is freed twice");
  if (arriving_.entry) place(std::exchange(arriving_, Slot{}));
}

}  // namespace escalate
