// Where the points of sweeps are kept: one SQLite file that survives a kill at any instant, and
// that several sweeps may write at once (docs/sweeps.md).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "sweep/record.h"
#include "sweep/spec.h"

struct sqlite3;

namespace escalate {

/// A point of a sweep with its record; none if it has not run yet.
struct SweepMember {
  std::int64_t number = 0;
  std::string workload;  ///< its name
  SweepChoice choice;
  std::string key;
  std::optional<SweepRecord> record;
};

/// What a record is of.
struct SweepSubject {
  std::string key;
  std::string workload;
  Json config;          ///< effective configuration; empty: no such machine can exist
  std::string version;  ///< version of the program
};

/// A sweep of a store.
struct StoredSweep {
  SweepSpec spec;
  std::vector<SweepMember> members;
};

enum class StoreAccess { kRead, kWrite };

/// Whether the file is an SQLite file, by its first bytes.
bool is_store(const std::string& path);

/// Every row has a checksum, and the store says how many rows there are: what was changed, lost or
/// added by anything else is a UserError with the file's name.
class SweepStore {
 public:
  /// Opens the file and checks it whole; for kWrite it is made if need be, for kRead nothing is
  /// written. UserError if it is no store of this version, or damaged.
  explicit SweepStore(const std::string& path, StoreAccess access = StoreAccess::kWrite);
  /// Gives back what this process has claimed.
  ~SweepStore();

  /// The sweep of that specification and these workloads, entered without points if it is new.
  std::int64_t enter(const SweepSpec& spec);
  /// Enters points, or in the place of those with the same numbers; all or none.
  void put_members(std::int64_t sweep, const std::vector<SweepMember>& members);
  /// Forgets points with that number or a larger one.
  void drop_members_from(std::int64_t sweep, std::int64_t number);
  /// Ids and names of all sweeps, in the order in which they were entered.
  std::vector<std::pair<std::int64_t, std::string>> sweeps() const;
  /// The sweep, its points checked against its specification.
  StoredSweep read(std::int64_t sweep) const;
  /// All points in order of number; `with_results`: their whole results, too.
  std::vector<SweepMember> members(std::int64_t sweep, bool with_results = false) const;

  bool has(const std::string& key) const;
  /// Gives the record without its whole result.
  std::optional<SweepRecord> record(const std::string& key) const;
  /// Programs that points were run by.
  std::vector<std::string> versions() const;
  /// Records points, all or nothing. One that has a record keeps it, unless it failed.
  void put(const std::vector<std::pair<SweepSubject, SweepRecord>>& records);
  /// Forgets those of the points that failed, so that they run again; returns how many there were.
  int forget_failed(const std::vector<std::string>& keys);
  /// Those alone that failed at a lower bound than these.
  int forget_failed_below(const std::vector<std::string>& keys, int timeout_s, int memory_mb);

  enum class Claim { kMine, kFinished, kTaken };
  /// Who may run each point: this process, nobody as it has a record, or another process that
  /// claimed it before and still runs on this machine. A record ends a claim.
  std::vector<Claim> claim(const std::vector<std::string>& keys);

  /// UserError if the file was deleted or replaced since it was opened: what was written is lost.
  void check_there() const;

 private:
  class Statement;
  class Transaction;
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  struct FileIdentity {
    dev_t device = 0;
    ino_t number = 0;
    bool operator==(const FileIdentity&) const = default;
  };
  struct Tally {
    std::int64_t sweeps = 0, members = 0, points = 0;
    std::uint64_t keys = 0;  // sum over points: a number of each, by exclusive or
    std::string keys_text() const;
    std::string checksum() const;
    bool operator==(const Tally&) const = default;
  };

  SweepStore() = default;  ///< opens nothing
  void open(int flags);
  void open_to_read();
  void create();
  void check_version() const;
  void check_whole() const;
  std::string schema() const;
  std::int64_t number(const char* sql) const;
  Tally tally() const;
  std::optional<FileIdentity> identity_of_file() const;
  int forget(const std::vector<std::string>& keys, const std::string& which);
  std::uint64_t number_of_keys() const;
  bool put_one(const SweepSubject& subject, const SweepRecord& record);
  SweepRecord record_of(const Statement& statement, int column, const std::string& key) const;
  void execute(const char* sql) const;
  [[noreturn]] void fail() const;
  [[noreturn]] void fail_damaged(const std::string& what) const;

  std::string path_;
  std::unique_ptr<sqlite3, Closer> database_;
  FileIdentity file_;
  std::string owner_;  // owner of claims: this process
  bool has_claims_ = false;
};

}  // namespace escalate
