#include "sweep/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "common/error.h"

namespace escalate {
namespace {

constexpr int kVersion = 2;

constexpr const char* kTables = R"sql(
  CREATE TABLE IF NOT EXISTS sweep(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS point(
    key TEXT PRIMARY KEY, workload TEXT NOT NULL, config TEXT NOT NULL, version TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, quantities TEXT NOT NULL, result TEXT NOT NULL,
    host TEXT NOT NULL, wall_seconds REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS member(
    sweep INTEGER NOT NULL, number INTEGER NOT NULL, workload TEXT NOT NULL, choice TEXT NOT NULL,
    key TEXT NOT NULL, PRIMARY KEY(sweep, number));
)sql";

constexpr const char* kRecordColumns =
    "point.status, point.reason, point.quantities, point.host, point.wall_seconds";

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
  void run() {
    while (step()) {
    }
    sqlite3_reset(statement_);
    bound_ = 0;
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

SweepStore::SweepStore(const std::string& path) : path_(path) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(path.c_str(), &opened);
  database_.reset(opened);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(opened, 10000);
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA synchronous=FULL");
  std::int64_t version = 0;
  {
    Statement statement(*this, "PRAGMA user_version");
    if (statement.step()) version = statement.integer(0);
  }
  if (version != 0 && version != kVersion) {
    throw UserError({path, 0, ""}, fmt::format("expected a store of version {}, found version {}",
                                               kVersion, version));
  }
  execute(kTables);
  execute(fmt::format("PRAGMA user_version={}", kVersion).c_str());
}

void SweepStore::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

void SweepStore::fail() const {
  const std::string message = sqlite3_errmsg(database_.get());
  throw UserError({path_, 0, ""}, "the store of the sweep: " + message);
}

void SweepStore::execute(const char* sql) const {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

std::int64_t SweepStore::enter(const SweepSpec& spec) {
  Statement known(*this, "SELECT id FROM sweep WHERE spec = ?");
  known.bind(spec.text);
  if (known.step()) return known.integer(0);
  Statement(*this, "INSERT INTO sweep(name, spec) VALUES(?, ?)")
      .bind(spec.name)
      .bind(spec.text)
      .run();
  return sqlite3_last_insert_rowid(database_.get());
}

void SweepStore::put_members(std::int64_t sweep, const std::vector<SweepMember>& members) {
  execute("BEGIN IMMEDIATE");
  Statement insert(*this,
                   "INSERT INTO member(sweep, number, workload, choice, key) "
                   "VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET workload = "
                   "excluded.workload, choice = excluded.choice, key = excluded.key "
                   "WHERE key <> excluded.key OR choice <> excluded.choice");
  for (const SweepMember& member : members) {
    insert.bind(sweep).bind(member.number).bind(member.workload).bind(Json(member.choice).dump());
    insert.bind(member.key).run();
  }
  execute("COMMIT");
}

void SweepStore::drop_members_from(std::int64_t sweep, std::int64_t number) {
  Statement(*this, "DELETE FROM member WHERE sweep = ? AND number >= ?")
      .bind(sweep)
      .bind(number)
      .run();
}

std::vector<std::pair<std::int64_t, std::string>> SweepStore::sweeps() const {
  std::vector<std::pair<std::int64_t, std::string>> all;
  Statement statement(*this, "SELECT id, name FROM sweep ORDER BY id");
  while (statement.step()) all.emplace_back(statement.integer(0), statement.text(1));
  return all;
}

std::string SweepStore::spec_text(std::int64_t sweep) const {
  Statement statement(*this, "SELECT spec FROM sweep WHERE id = ?");
  statement.bind(sweep);
  return statement.step() ? statement.text(0) : "";
}

// From kRecordColumns on at `column`.
SweepRecord SweepStore::record_of(const Statement& statement, int column) {
  SweepRecord record;
  record.status = statement.text(column);
  record.reason = statement.text(column + 1);
  const Json quantities = Json::parse(statement.text(column + 2));
  for (const auto& [name, value] : quantities.items()) record.values[name] = value.get<double>();
  record.host = statement.text(column + 3);
  record.wall_seconds = statement.real(column + 4);
  return record;
}

std::vector<SweepMember> SweepStore::members(std::int64_t sweep, bool with_results) const {
  std::vector<SweepMember> all;
  Statement statement(
      *this, fmt::format("SELECT member.number, member.workload, member.choice, member.key, {}, "
                         "CASE WHEN ? THEN point.result ELSE '{{}}' END "
                         "FROM member LEFT JOIN point ON point.key = member.key "
                         "WHERE member.sweep = ? ORDER BY member.number",
                         kRecordColumns)
                 .c_str());
  statement.bind(std::int64_t{with_results}).bind(sweep);
  while (statement.step()) {
    SweepMember member{statement.integer(0),
                       statement.text(1),
                       Json::parse(statement.text(2)).get<SweepChoice>(),
                       statement.text(3),
                       {}};
    if (!statement.is_null(4)) {
      member.record = record_of(statement, 4);
      member.record->result = Json::parse(statement.text(9));
    }
    all.push_back(std::move(member));
  }
  return all;
}

bool SweepStore::has(const std::string& key) const {
  Statement statement(*this, "SELECT 1 FROM point WHERE key = ?");
  statement.bind(key);
  return statement.step();
}

std::optional<SweepRecord> SweepStore::record(const std::string& key) const {
  Statement statement(*this,
                      fmt::format("SELECT {} FROM point WHERE key = ?", kRecordColumns).c_str());
  statement.bind(key);
  if (!statement.step()) return std::nullopt;
  return record_of(statement, 0);
}

void SweepStore::put(const SweepSubject& subject, const SweepRecord& record) {
  Json values = Json::object();
  for (const auto& [name, value] : record.values) values[name] = value;
  Statement(*this,
            "INSERT OR REPLACE INTO point(key, workload, config, version, status, reason, "
            "quantities, result, host, wall_seconds) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(subject.key)
      .bind(subject.workload)
      .bind(subject.config.dump())
      .bind(subject.version)
      .bind(record.status)
      .bind(record.reason)
      .bind(values.dump())
      .bind(record.result.dump())
      .bind(record.host)
      .bind(record.wall_seconds)
      .run();
}

int SweepStore::forget_failed() {
  execute("DELETE FROM point WHERE status = 'failed'");
  return sqlite3_changes(database_.get());
}

}  // namespace escalate
