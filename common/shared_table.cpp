#include "common/shared_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <new>

#include "common/error.h"

namespace escalate {
namespace {

constexpr std::uint64_t kWordBytes = sizeof(std::int64_t);
constexpr std::uint64_t kWordsOfSlot = 8;  // of records, so that slots do not run out first
constexpr int kMostProbes = 64;

}  // namespace

SharedTable::SharedTable(int megabytes)
    : megabytes_(megabytes),
      words_((std::uint64_t(megabytes) << 20) / kWordBytes),
      slots_(std::bit_floor(words_ / kWordsOfSlot)) {
  void* const memory = ::mmap(nullptr, words_ * kWordBytes, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw UserError(system_failure("share memory", errno));
  memory_ = static_cast<std::int64_t*>(memory);
  // New memory is zero: no place is taken, and no key has one.
  used_ = new (memory_) Place(1 + slots_);
  places_ = reinterpret_cast<Place*>(memory_ + 1);
}

SharedTable::~SharedTable() { ::munmap(memory_, words_ * kWordBytes); }

std::int64_t SharedTable::bytes_used() const {
  const std::uint64_t words = std::min(used_->load(std::memory_order_relaxed), words_);
  return std::int64_t((words - (1 + slots_)) * kWordBytes);
}

const SharedTable::Record& SharedTable::record_at(std::uint64_t word) const {
  return *reinterpret_cast<const Record*>(memory_ + word);
}

std::uint64_t SharedTable::slot_of(const Fingerprint::Value& key, int probe) const {
  return (key.low + std::uint64_t(probe)) & (slots_ - 1);
}

std::optional<std::span<const std::int64_t>> SharedTable::find(
    const Fingerprint::Value& key) const {
  for (int probe = 0; probe < kMostProbes; ++probe) {
    const std::uint64_t word = places_[slot_of(key, probe)].load(std::memory_order_acquire);
    if (word == 0) return std::nullopt;
    const Record& record = record_at(word);
    if (record.key == key) {
      return std::span(memory_ + word + sizeof(Record) / kWordBytes, std::size_t(record.size));
    }
  }
  return std::nullopt;
}

// Returns where the record lies; 0: there is no room.
std::uint64_t SharedTable::write(const Fingerprint::Value& key,
                                 std::span<const std::int64_t> record) {
  const std::uint64_t size = sizeof(Record) / kWordBytes + record.size();
  if (used_->load(std::memory_order_relaxed) + size > words_) return 0;
  const std::uint64_t word = used_->fetch_add(size, std::memory_order_relaxed);
  if (word + size > words_) return 0;
  new (memory_ + word) Record{key, std::int64_t(record.size())};
  std::copy(record.begin(), record.end(), memory_ + word + sizeof(Record) / kWordBytes);
  return word;
}

void SharedTable::put(const Fingerprint::Value& key, std::span<const std::int64_t> record) {
  std::uint64_t written = 0;
  for (int probe = 0; probe < kMostProbes; ++probe) {
    Place& place = places_[slot_of(key, probe)];
    std::uint64_t word = place.load(std::memory_order_acquire);
    if (word == 0) {
      if (written == 0) written = write(key, record);
      if (written == 0 || place.compare_exchange_strong(word, written, std::memory_order_acq_rel)) {
        return;
      }
    }
    if (record_at(word).key == key) return;  // another process was faster
  }
}

}  // namespace escalate
