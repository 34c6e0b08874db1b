#include "sweep/store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/process_identity.h"
#include "common/random.h"
#include "common/sha256.h"
#include "sweep/digest.h"

namespace escalate {
namespace {

constexpr int kVersion = 3;
constexpr int kApplication = 0x45534353;  // "ESCS"
constexpr int kMostWaiting_ms = 60000;    // for other sweeps, which write for some milliseconds

// Checksums come before the long results, so that they are read without them.
constexpr const char* kTables = R"sql(
  CREATE TABLE sweep(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, workloads TEXT NOT NULL,
    checksum TEXT NOT NULL, UNIQUE(name, spec, workloads));
  CREATE TABLE point(
    key TEXT PRIMARY KEY, workload TEXT NOT NULL, config TEXT NOT NULL, version TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, fault INTEGER NOT NULL,
    exceeded_s INTEGER NOT NULL, exceeded_mb INTEGER NOT NULL, quantities TEXT NOT NULL,
    host TEXT NOT NULL, wall_seconds REAL NOT NULL, result_digest TEXT NOT NULL,
    checksum TEXT NOT NULL, result TEXT NOT NULL);
  CREATE TABLE member(
    sweep INTEGER NOT NULL, number INTEGER NOT NULL, workload TEXT NOT NULL, choice TEXT NOT NULL,
    key TEXT NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY(sweep, number));
  CREATE TABLE claim(key TEXT PRIMARY KEY, owner TEXT NOT NULL);
  CREATE TABLE tally(
    sweeps INTEGER NOT NULL, members INTEGER NOT NULL, points INTEGER NOT NULL, keys TEXT NOT NULL,
    checksum TEXT NOT NULL);
)sql";

constexpr const char* kRecordColumns =
    "point.workload, point.config, point.version, point.status, point.reason, point.fault, "
    "point.quantities, point.host, point.wall_seconds, point.result_digest, point.checksum, "
    "point.exceeded_s, point.exceeded_mb";
constexpr int kNumRecordColumns = 13;

std::string checksum_of_point(const std::string& key, const std::string& workload,
                              const std::string& config, const std::string& version,
                              const SweepRecord& record, const std::string& quantities,
                              const std::string& result_digest) {
  return checksum_of({"point", key, workload, config, version, record.status, record.reason,
                      record.is_fault ? "1" : "0", std::to_string(record.exceeded_s),
                      std::to_string(record.exceeded_mb), quantities, record.host,
                      fmt::format("{}", record.wall_seconds), result_digest});
}

std::string checksum_of_member(std::int64_t sweep, const SweepMember& member,
                               const std::string& choice) {
  return checksum_of({"member", std::to_string(sweep), std::to_string(member.number),
                      member.workload, choice, member.key});
}

std::uint64_t number_of(const std::string& key) { return seed_for(0, key); }

std::string checksum_of_sweep(std::int64_t id, const std::string& name, const std::string& spec,
                              const std::string& workloads) {
  return checksum_of({"sweep", std::to_string(id), name, spec, workloads});
}

}  // namespace

/// A prepared statement; parameters are bound in order.
class SweepStore::Statement {
 public:
  Statement(const SweepStore& store, const char* sql) : store_(store) {
    if (sqlite3_prepare_v2(store.database_.get(), sql, -1, &statement_, nullptr) != SQLITE_OK) {
      store.fail();
    }
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), int(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(std::int64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }
  Statement& bind(double number) {
    sqlite3_bind_double(statement_, ++bound_, number);
    return *this;
  }
  /// Whether there is a row.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) store_.fail();
    return code == SQLITE_ROW;
  }
  /// Makes it ready for the next parameters.
  void reset() {
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  void run() {
    while (step()) {
    }
    reset();
  }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr
               ? ""
               : std::string(bytes, std::size_t(sqlite3_column_bytes(statement_, column)));
  }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
  const SweepStore& store_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

/// Everything between its construction and commit() is written, or nothing. It is the only writer
/// from the start, so that two never wait for each other.
class SweepStore::Transaction {
 public:
  explicit Transaction(const SweepStore& store) : store_(store) {
    store_.check_there();
    store_.execute("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!committed_) sqlite3_exec(store_.database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Tally added;  ///< rows; negative: deleted ones

  void commit() {
    if (added != Tally{}) count();
    store_.execute("COMMIT");
    committed_ = true;
  }

 private:
  void count() {
    Tally tally = store_.tally();
    tally.sweeps += added.sweeps;
    tally.members += added.members;
    tally.points += added.points;
    tally.keys ^= added.keys;
    Statement(store_,
              "UPDATE tally SET sweeps = ?, members = ?, points = ?, keys = ?, checksum = ?")
        .bind(tally.sweeps)
        .bind(tally.members)
        .bind(tally.points)
        .bind(tally.keys_text())
        .bind(tally.checksum())
        .run();
  }

  const SweepStore& store_;
  bool committed_ = false;
};

// Opening and checking

bool is_store(const std::string& path) {
  const std::string magic("SQLite format 3\0", 16);
  return first_bytes(path, magic.size()) == magic;
}

SweepStore::SweepStore(const std::string& path, StoreAccess access)
    : path_(path), owner_(process_identity()) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored).type();
  if (kind == std::filesystem::file_type::not_found && access == StoreAccess::kRead) {
    throw UserError({path, 0, ""}, "there is no such store");
  }
  if (kind != std::filesystem::file_type::not_found &&
      kind != std::filesystem::file_type::regular) {
    throw UserError({path, 0, ""}, "expected a file as the store of a sweep");
  }
  if (access == StoreAccess::kRead) {
    open_to_read();
  } else {
    open(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    create();
  }
  file_ = identity_of_file().value_or(FileIdentity{});
  check_version();
  check_whole();
}

SweepStore::~SweepStore() {
  if (!has_claims_) return;
  // A claim that cannot be given back ends with this process.
  const std::string sql = "DELETE FROM claim WHERE owner = '" + owner_ + "'";
  sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
}

void SweepStore::open(int flags) {
  // Absolute, so that no name stands for a store in memory.
  const std::string file = std::filesystem::absolute(path_).string();
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  database_.reset(opened);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(opened, kMostWaiting_ms);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  execute("PRAGMA trusted_schema=OFF");
  execute("PRAGMA synchronous=FULL");
}

// A run that was killed in mid-write left a journal, which has to be taken back once.
void SweepStore::open_to_read() {
  open(SQLITE_OPEN_READONLY);
  constexpr const char* kProbe = "SELECT count(*) FROM sqlite_master";
  sqlite3* database = database_.get();
  const int code = sqlite3_exec(database, kProbe, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return;
  const int cause = sqlite3_extended_errcode(database);
  if (cause != SQLITE_READONLY_ROLLBACK && cause != SQLITE_READONLY_RECOVERY) fail();
  open(SQLITE_OPEN_READWRITE);
  execute(kProbe);
}

void SweepStore::create() {
  if (sqlite3_db_readonly(database_.get(), "main") == 1) {
    throw UserError({path_, 0, ""}, "the store of the sweep cannot be written");
  }
  if (number("PRAGMA user_version") != 0) return;
  execute("BEGIN IMMEDIATE");
  // Another sweep may have been faster.
  if (number("PRAGMA user_version") == 0 && number("SELECT count(*) FROM sqlite_master") == 0) {
    execute(kTables);
    Statement(*this, "INSERT INTO tally VALUES(0, 0, 0, ?, ?)")
        .bind(Tally{}.keys_text())
        .bind(Tally{}.checksum())
        .run();
    execute(fmt::format("PRAGMA application_id={}", kApplication).c_str());
    execute(fmt::format("PRAGMA user_version={}", kVersion).c_str());
  }
  execute("COMMIT");
}

void SweepStore::check_version() const {
  const std::int64_t version = number("PRAGMA user_version");
  const std::int64_t application = number("PRAGMA application_id");
  if (application == kApplication && version == kVersion) return;
  constexpr int kLastWithoutApplication = 2;
  if ((application == kApplication && version > 0) ||
      (application == 0 && version >= 1 && version <= kLastWithoutApplication)) {
    throw UserError({path_, 0, ""},
                    fmt::format("expected a store of version {}, found version {}, whose results "
                                "are not to be mixed with today's: --store names another file",
                                kVersion, version));
  }
  throw UserError({path_, 0, ""}, "expected a store of sweeps, found another SQLite file");
}

// Text of the tables, and of whatever runs by itself.
std::string SweepStore::schema() const {
  Statement statement(*this,
                      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND "
                      "(type = 'trigger' OR name IN ('sweep', 'point', 'member', 'claim', "
                      "'tally')) ORDER BY name");
  std::string text;
  while (statement.step()) {
    text += statement.text(0) + " " + statement.text(1) + " " + statement.text(2) + "\n";
  }
  return text;
}

void SweepStore::check_whole() const {
  static const std::string kSchema = [] {
    SweepStore fresh;
    sqlite3* opened = nullptr;
    sqlite3_open(":memory:", &opened);
    fresh.database_.reset(opened);
    fresh.execute(kTables);
    return fresh.schema();
  }();
  if (schema() != kSchema) fail_damaged("its tables are others");
  {
    Statement statement(*this, "PRAGMA integrity_check(1)");
    const std::string found = statement.step() ? statement.text(0) : "";
    if (found != "ok") fail_damaged(found);
  }
  execute("BEGIN");  // one instant is read, whatever others write
  const Tally known = tally();
  const Tally there{number("SELECT count(*) FROM sweep"), number("SELECT count(*) FROM member"),
                    number("SELECT count(*) FROM point"), number_of_keys()};
  execute("COMMIT");
  if (known != there) fail_damaged("rows were lost or added");
}

std::string SweepStore::Tally::keys_text() const { return fmt::format("{:016x}", keys); }

std::string SweepStore::Tally::checksum() const {
  return checksum_of({"tally", std::to_string(sweeps), std::to_string(members),
                      std::to_string(points), keys_text()});
}

std::uint64_t SweepStore::number_of_keys() const {
  std::uint64_t all = 0;
  Statement statement(*this, "SELECT key FROM point");
  while (statement.step()) all ^= number_of(statement.text(0));
  return all;
}

SweepStore::Tally SweepStore::tally() const {
  Statement statement(*this, "SELECT sweeps, members, points, keys, checksum FROM tally");
  if (!statement.step()) fail_damaged("its tally is missing");
  Tally tally{statement.integer(0), statement.integer(1), statement.integer(2), 0};
  const std::string keys = statement.text(3);
  std::from_chars(keys.data(), keys.data() + keys.size(), tally.keys, 16);
  if (keys != tally.keys_text() || statement.text(4) != tally.checksum()) {
    fail_damaged("its tally does not fit its checksum");
  }
  if (statement.step()) fail_damaged("it has two tallies");
  return tally;
}

std::int64_t SweepStore::number(const char* sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::optional<SweepStore::FileIdentity> SweepStore::identity_of_file() const {
  struct stat file = {};
  if (::stat(path_.c_str(), &file) != 0) return std::nullopt;
  return FileIdentity{file.st_dev, file.st_ino};
}

void SweepStore::check_there() const {
  if (identity_of_file() == file_) return;
  throw UserError({path_, 0, ""},
                  "the store was deleted or replaced while the sweep ran: its results are lost");
}

void SweepStore::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

void SweepStore::fail() const {
  if (file_ != FileIdentity{}) check_there();
  throw UserError({path_, 0, ""},
                  std::string("the store of the sweep: ") + sqlite3_errmsg(database_.get()));
}

void SweepStore::fail_damaged(const std::string& what) const {
  throw UserError({path_, 0, ""}, "the store of the sweep is damaged: " + what);
}

void SweepStore::execute(const char* sql) const {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

// Sweeps and their members

std::int64_t SweepStore::enter(const SweepSpec& spec) {
  Json paths = Json::array();
  for (const SweepWorkload& workload : spec.workloads) {
    paths.push_back(std::filesystem::absolute(workload.path).lexically_normal().string());
  }
  const std::string workloads = paths.dump();
  Transaction transaction(*this);
  {
    Statement known(*this, "SELECT id FROM sweep WHERE name = ? AND spec = ? AND workloads = ?");
    known.bind(spec.name).bind(spec.text).bind(workloads);
    if (known.step()) return known.integer(0);
  }
  const std::int64_t id = number("SELECT ifnull(max(id), 0) + 1 FROM sweep");
  Statement(*this, "INSERT INTO sweep(id, name, spec, workloads, checksum) VALUES(?, ?, ?, ?, ?)")
      .bind(id)
      .bind(spec.name)
      .bind(spec.text)
      .bind(workloads)
      .bind(checksum_of_sweep(id, spec.name, spec.text, workloads))
      .run();
  transaction.added.sweeps = 1;
  transaction.commit();
  return id;
}

void SweepStore::put_members(std::int64_t sweep, const std::vector<SweepMember>& members) {
  Transaction transaction(*this);
  Statement find(*this, "SELECT checksum FROM member WHERE sweep = ? AND number = ?");
  Statement put(*this,
                "INSERT OR REPLACE INTO member(sweep, number, workload, choice, key, checksum) "
                "VALUES(?, ?, ?, ?, ?, ?)");
  for (const SweepMember& member : members) {
    const std::string choice = Json(member.choice).dump();
    const std::string checksum = checksum_of_member(sweep, member, choice);
    const bool is_new = !find.bind(sweep).bind(member.number).step();
    const bool is_same = !is_new && find.text(0) == checksum;
    find.reset();
    if (is_same) continue;
    transaction.added.members += is_new ? 1 : 0;
    put.bind(sweep).bind(member.number).bind(member.workload).bind(choice).bind(member.key);
    put.bind(checksum).run();
  }
  transaction.commit();
}

void SweepStore::drop_members_from(std::int64_t sweep, std::int64_t number) {
  Transaction transaction(*this);
  Statement(*this, "DELETE FROM member WHERE sweep = ? AND number >= ?")
      .bind(sweep)
      .bind(number)
      .run();
  transaction.added.members = -sqlite3_changes(database_.get());
  transaction.commit();
}

std::vector<std::pair<std::int64_t, std::string>> SweepStore::sweeps() const {
  std::vector<std::pair<std::int64_t, std::string>> all;
  Statement statement(*this, "SELECT id, name, spec, workloads, checksum FROM sweep ORDER BY id");
  while (statement.step()) {
    const std::int64_t id = statement.integer(0);
    if (checksum_of_sweep(id, statement.text(1), statement.text(2), statement.text(3)) !=
        statement.text(4)) {
      fail_damaged(fmt::format("sweep {} does not fit its checksum", id));
    }
    all.emplace_back(id, statement.text(1));
  }
  return all;
}

StoredSweep SweepStore::read(std::int64_t sweep) const {
  StoredSweep stored;
  std::string name;
  for (const auto& [id, known] : sweeps()) {
    if (id == sweep) name = known;
  }
  Statement statement(*this, "SELECT spec FROM sweep WHERE id = ?");
  if (!statement.bind(sweep).step()) fail_damaged(fmt::format("sweep {} is missing", sweep));
  stored.spec = stored_sweep_spec(path_, statement.text(0));
  stored.spec.name = name;  // which may be that of the specification's file
  stored.members = members(sweep);
  for (const SweepMember& member : stored.members) {
    try {
      check_choice(stored.spec, member.choice);
    } catch (const UserError& error) {
      fail_damaged(fmt::format("point {}: {}", member.number, error.message()));
    }
    if (stored.spec.find_workload(member.workload) == nullptr) {
      fail_damaged(fmt::format("point {}: no workload '{}'", member.number, member.workload));
    }
  }
  return stored;
}

std::vector<SweepMember> SweepStore::members(std::int64_t sweep, bool with_results) const {
  std::vector<SweepMember> all;
  Statement statement(
      *this, fmt::format("SELECT member.number, member.workload, member.choice, member.key, "
                         "member.checksum, {}, CASE WHEN ? THEN point.result END "
                         "FROM member LEFT JOIN point ON point.key = member.key "
                         "WHERE member.sweep = ? ORDER BY member.number",
                         kRecordColumns)
                 .c_str());
  constexpr int kRecord = 5;
  constexpr int kResult = kRecord + kNumRecordColumns;
  statement.bind(std::int64_t{with_results}).bind(sweep);
  while (statement.step()) {
    SweepMember member{statement.integer(0), statement.text(1), {}, statement.text(3), {}};
    const std::string choice = statement.text(2);
    if (checksum_of_member(sweep, member, choice) != statement.text(4) ||
        member.number != std::int64_t(all.size())) {
      fail_damaged(
          fmt::format("point {} of sweep {} does not fit its checksum", all.size(), sweep));
    }
    try {
      member.choice = parse_json(choice, path_).get<SweepChoice>();
      if (!statement.is_null(kRecord)) {
        member.record = record_of(statement, kRecord, member.key);
        if (with_results) {
          const std::string result = statement.text(kResult);
          if (sha256_hex(result) != statement.text(kRecord + 9)) {
            fail_damaged("the result of point " + member.key + " does not fit its checksum");
          }
          member.record->result = parse_json(result, path_);
        }
      }
    } catch (const Json::exception& error) {
      fail_damaged(fmt::format("point {}: {}", member.number, error.what()));
    }
    all.push_back(std::move(member));
  }
  return all;
}

// Points

// Reads kRecordColumns, which begin at `column`.
SweepRecord SweepStore::record_of(const Statement& statement, int column,
                                  const std::string& key) const {
  SweepRecord record;
  record.status = statement.text(column + 3);
  record.reason = statement.text(column + 4);
  record.is_fault = statement.integer(column + 5) != 0;
  const std::string quantities = statement.text(column + 6);
  record.host = statement.text(column + 7);
  record.wall_seconds = statement.real(column + 8);
  record.exceeded_s = statement.integer(column + 11);
  record.exceeded_mb = statement.integer(column + 12);
  const std::string checksum =
      checksum_of_point(key, statement.text(column), statement.text(column + 1),
                        statement.text(column + 2), record, quantities, statement.text(column + 9));
  if (checksum != statement.text(column + 10)) {
    fail_damaged("point " + key + " does not fit its checksum");
  }
  try {
    record.values = quantities_from_json(parse_json(quantities, path_));
    check_record(record);
  } catch (const UserError& error) {
    fail_damaged("point " + key + ": " + error.message());
  } catch (const Json::exception& error) {
    fail_damaged("point " + key + ": " + error.what());
  }
  return record;
}

bool SweepStore::has(const std::string& key) const {
  Statement statement(*this, "SELECT 1 FROM point WHERE key = ?");
  return statement.bind(key).step();
}

std::optional<SweepRecord> SweepStore::record(const std::string& key) const {
  Statement statement(*this,
                      fmt::format("SELECT {} FROM point WHERE key = ?", kRecordColumns).c_str());
  if (!statement.bind(key).step()) return std::nullopt;
  return record_of(statement, 0, key);
}

std::vector<std::string> SweepStore::versions() const {
  std::vector<std::string> all;
  Statement statement(*this, "SELECT DISTINCT version FROM point ORDER BY version");
  while (statement.step()) all.push_back(statement.text(0));
  return all;
}

// Whether there is a row more.
bool SweepStore::put_one(const SweepSubject& subject, const SweepRecord& record) {
  Statement find(*this, "SELECT status FROM point WHERE key = ?");
  const bool is_known = find.bind(subject.key).step();
  if (is_known && find.text(0) != "failed") return false;
  find.reset();
  Json values = Json::object();
  for (const auto& [name, value] : record.values) values[name] = value;
  const std::string config = subject.config.dump();
  const std::string quantities = values.dump();
  const std::string result = record.result.dump();
  const std::string result_digest = sha256_hex(result);
  Statement(
      *this,
      "INSERT OR REPLACE INTO point(key, workload, config, version, status, reason, fault, "
      "exceeded_s, exceeded_mb, quantities, host, wall_seconds, result_digest, checksum, result) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(subject.key)
      .bind(subject.workload)
      .bind(config)
      .bind(subject.version)
      .bind(record.status)
      .bind(record.reason)
      .bind(std::int64_t{record.is_fault})
      .bind(record.exceeded_s)
      .bind(record.exceeded_mb)
      .bind(quantities)
      .bind(record.host)
      .bind(record.wall_seconds)
      .bind(result_digest)
      .bind(checksum_of_point(subject.key, subject.workload, config, subject.version, record,
                              quantities, result_digest))
      .bind(result)
      .run();
  return !is_known;
}

void SweepStore::put(const std::vector<std::pair<SweepSubject, SweepRecord>>& records) {
  Transaction transaction(*this);
  Statement unclaim(*this, "DELETE FROM claim WHERE key = ?");
  for (const auto& [subject, record] : records) {
    if (put_one(subject, record)) {
      ++transaction.added.points;
      transaction.added.keys ^= number_of(subject.key);
    }
    unclaim.bind(subject.key).run();
  }
  transaction.commit();
}

int SweepStore::forget_failed(const std::vector<std::string>& keys) { return forget(keys, "1"); }

int SweepStore::forget_failed_below(const std::vector<std::string>& keys, int timeout_s,
                                    int memory_mb) {
  return forget(keys, fmt::format("(exceeded_s BETWEEN 1 AND {} OR exceeded_mb BETWEEN 1 AND {})",
                                  timeout_s - 1, memory_mb - 1));
}

int SweepStore::forget(const std::vector<std::string>& keys, const std::string& which) {
  Transaction transaction(*this);
  int forgotten = 0;
  const std::string sql = "DELETE FROM point WHERE key = ? AND status = 'failed' AND " + which;
  Statement forget(*this, sql.c_str());
  for (const std::string& key : keys) {
    forget.bind(key).run();
    if (sqlite3_changes(database_.get()) == 0) continue;
    ++forgotten;
    transaction.added.keys ^= number_of(key);
  }
  transaction.added.points = -forgotten;
  transaction.commit();
  return forgotten;
}

std::vector<SweepStore::Claim> SweepStore::claim(const std::vector<std::string>& keys) {
  Transaction transaction(*this);
  std::vector<Claim> claims;
  Statement find(*this, "SELECT owner FROM claim WHERE key = ?");
  Statement take(*this, "INSERT OR REPLACE INTO claim(key, owner) VALUES(?, ?)");
  for (const std::string& key : keys) {
    const bool is_claimed = find.bind(key).step();
    const std::string owner = is_claimed ? find.text(0) : "";
    find.reset();
    if (has(key)) {
      claims.push_back(Claim::kFinished);
    } else if (owner != owner_ && surely_runs(owner)) {
      claims.push_back(Claim::kTaken);
    } else {
      take.bind(key).bind(owner_).run();
      claims.push_back(Claim::kMine);
      has_claims_ = true;
    }
  }
  transaction.commit();
  return claims;
}

}  // namespace escalate
