// A table that a process and all its children fill and read together, in memory of a fixed size.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "common/fingerprint.h"

namespace escalate {

/// Records of 64-bit numbers by the fingerprint of what they were worked out from. A record never
/// changes and is seen whole or not at all, also if the process that puts it is ended halfway. A
/// table that is full takes no more.
class SharedTable {
 public:
  /// Memory is taken as it is used. UserError if the system has no room for that much. Processes
  /// that are forked from then on share the table.
  explicit SharedTable(int megabytes);
  ~SharedTable();
  SharedTable(const SharedTable&) = delete;
  SharedTable& operator=(const SharedTable&) = delete;

  int megabytes() const { return megabytes_; }
  /// Of all records so far.
  std::int64_t bytes_used() const;

  /// The record of `key`; none if there is none. Valid as long as the table.
  std::optional<std::span<const std::int64_t>> find(const Fingerprint::Value& key) const;
  /// Does nothing if there is a record of `key`, or no room.
  void put(const Fingerprint::Value& key, std::span<const std::int64_t> record);

 private:
  struct Record {
    Fingerprint::Value key;
    std::int64_t size;
  };
  /// Number of a word in the memory; 0: none.
  using Place = std::atomic<std::uint64_t>;
  static_assert(Place::is_always_lock_free, "processes share no lock");

  const Record& record_at(std::uint64_t word) const;
  std::uint64_t slot_of(const Fingerprint::Value& key, int probe) const;
  std::uint64_t write(const Fingerprint::Value& key, std::span<const std::int64_t> record);

  int megabytes_;
  std::uint64_t words_;
  std::uint64_t slots_;   // a power of two
  std::int64_t* memory_;  // places of records by key, then the records
  Place* places_;
  Place* used_;  // words taken so far
};

}  // namespace escalate
