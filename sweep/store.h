// Where the points of sweeps are kept: one SQLite file that survives a kill at any instant
// (docs/sweeps.md).
#pragma once

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
  std::string workload;
  SweepChoice choice;
  std::string key;
  std::optional<SweepRecord> record;
};

/// What a record is of.
struct SweepSubject {
  std::string key;
  std::string workload;
  Json config;          ///< effective configuration; empty: no such machine can exist
  std::string version;  ///< of the program
};

class SweepStore {
 public:
  /// Opens the file, making it if need be. UserError if it is no store of this version, or cannot
  /// be written.
  explicit SweepStore(const std::string& path);

  /// The sweep of that specification, entered without points if it is new.
  std::int64_t enter(const SweepSpec& spec);
  /// Enters points, or in the place of those with the same numbers; all or none.
  void put_members(std::int64_t sweep, const std::vector<SweepMember>& members);
  /// Forgets points with that number or a larger one.
  void drop_members_from(std::int64_t sweep, std::int64_t number);
  /// Ids and names of all sweeps, in the order in which they were entered.
  std::vector<std::pair<std::int64_t, std::string>> sweeps() const;
  /// Text of the sweep's specification.
  std::string spec_text(std::int64_t sweep) const;
  /// All points in order of number; `with_results`: their whole results, too.
  std::vector<SweepMember> members(std::int64_t sweep, bool with_results = false) const;

  bool has(const std::string& key) const;
  /// Without its whole result.
  std::optional<SweepRecord> record(const std::string& key) const;
  /// Records a point, all or nothing.
  void put(const SweepSubject& subject, const SweepRecord& record);
  /// Forgets failed points, so that they run again. Returns how many there were.
  int forget_failed();

 private:
  class Statement;
  static SweepRecord record_of(const Statement& statement, int column);
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  void execute(const char* sql) const;
  [[noreturn]] void fail() const;

  std::string path_;
  std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace escalate
