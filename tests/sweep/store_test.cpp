#include "sweep/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "common/error.h"
#include "common/random.h"
#include "tests/support/expect_user_error.h"
#include "tests/sweep/formula_sweep.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Claim = SweepStore::Claim;

// False if SQLite itself takes no such statement.
bool execute(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  const bool good = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close(database);
  return good;
}

// A bit changed, or bytes cut out, doubled, or cut off.
std::string damaged(std::string bytes, Random& random) {
  const std::size_t at = random.below(bytes.size());
  const std::size_t size = 1 + random.below(5000);
  switch (random.below(8)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes.erase(at, size);
      break;
    case 2:
      bytes.insert(at, bytes.substr(at, size));
      break;
    case 3:
      bytes.replace(at, size, std::min(size, bytes.size() - at), '\0');
      break;
    default:
      bytes[at] = char(bytes[at] ^ 1 << random.below(8));
  }
  return bytes;
}

class Store : public FormulaSweep {
 protected:
  Store() { run_locally("s.sqlite", formula_); }
  // All that a reader sees of the store, whole results too.
  std::string content() const {
    const SweepStore store(path_, StoreAccess::kRead);
    std::string text;
    for (const auto& [id, name] : store.sweeps()) {
      const StoredSweep sweep = store.read(id);
      text += name + "\n" + all_points(sweep.spec, sweep.members).csv();
      for (const SweepMember& member : store.members(id, true)) {
        if (member.record) text += member.record->result.dump() + "\n";
      }
    }
    return text;
  }
  // "" if the content is `before`, the message if it is refused by name, otherwise what is wrong.
  std::string verdict(const std::string& before) const {
    try {
      return content() == before ? "" : "other content";
    } catch (const UserError& error) {
      const std::string what = error.what();
      return what.find("s.sqlite") != std::string::npos ? "refused: " + what : "no name: " + what;
    } catch (const std::exception& error) {
      return std::string("not a user's error: ") + error.what();
    }
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Formula formula_;
  std::string path_ = folder_.file("s.sqlite");
};

TEST_F(Store, IsReadWithoutWritingAnything) {
  struct stat before = {};
  ::stat(path_.c_str(), &before);
  const auto names = files();
  const std::string bytes = read_file(path_);
  EXPECT_THAT(content(), HasSubstr("three is not to be had"));
  EXPECT_EQ(read_file(path_), bytes);
  EXPECT_EQ(files(), names);
  EXPECT_USER_ERROR(SweepStore(folder_.file("none.sqlite"), StoreAccess::kRead),
                    HasSubstr("none.sqlite: there is no such store"));
  EXPECT_EQ(files(), names);
}

TEST_F(Store, OfAnEarlierVersionIsRefused) {
  const std::string old = folder_.file("old.sqlite");
  ASSERT_TRUE(execute(old, "CREATE TABLE sweep(id INTEGER PRIMARY KEY); PRAGMA user_version=2"));
  const std::string bytes = read_file(old);
  for (const auto access : {StoreAccess::kRead, StoreAccess::kWrite}) {
    EXPECT_USER_ERROR(SweepStore(old, access),
                      AllOf(HasSubstr("old.sqlite"), HasSubstr("version 3, found version 2")));
  }
  EXPECT_EQ(read_file(old), bytes);
}

TEST_F(Store, OfSomethingElseIsRefusedAndLeftAlone) {
  const std::string other = folder_.file("other.sqlite");
  ASSERT_TRUE(execute(other, "CREATE TABLE bookmarks(url TEXT)"));
  const std::string bytes = read_file(other);
  EXPECT_USER_ERROR(SweepStore{other}, AllOf(HasSubstr("other.sqlite"), HasSubstr("another")));
  EXPECT_EQ(read_file(other), bytes);
  EXPECT_USER_ERROR(SweepStore{folder_.path().string()}, HasSubstr("expected a file"));
}

TEST_F(Store, ThatWasDeletedOrReplacedTakesNothingMore) {
  SweepStore store(path_);
  store.check_there();
  std::filesystem::copy_file(path_, folder_.file("copy"));
  std::filesystem::remove(path_);
  EXPECT_USER_ERROR(store.check_there(), HasSubstr("s.sqlite: the store was deleted or replaced"));
  std::filesystem::rename(folder_.file("copy"), path_);
  EXPECT_USER_ERROR(store.put({}), HasSubstr("deleted or replaced"));
}

class Deleting : public Formula {
 public:
  explicit Deleting(std::string path) : path_(std::move(path)) {}
  SweepRecord evaluate(const SweepPoint& point) override {
    std::filesystem::remove(path_);
    return Formula::evaluate(point);
  }

 private:
  std::string path_;
};

TEST_F(Store, ThatIsDeletedDuringASweepEndsIt) {
  Deleting deleting(folder_.file("new.sqlite"));
  EXPECT_USER_ERROR(run_locally("new.sqlite", deleting), HasSubstr("its results are lost"));
}

TEST_F(Store, WithAByteChangedAnywhereIsReadAsItWasOrRefused) {
  const std::string before = content();
  const std::string bytes = read_file(path_);
  Random random(7);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    write_file(path_, damaged(bytes, random));
    const std::string what = verdict(before);
    refused += what.starts_with("refused") ? 1 : 0;
    EXPECT_TRUE(what.empty() || what.starts_with("refused")) << what << " after damage " << i;
    std::filesystem::remove(path_ + "-journal");
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 300);  // some bytes are nobody's
}

TEST_F(Store, WithARowChangedByAnythingElseIsRefused) {
  const std::string before = content();
  const std::string bytes = read_file(path_);
  const std::vector<std::pair<std::string, std::vector<std::string>>> tables = {
      {"sweep", {"id", "name", "spec", "workloads", "checksum"}},
      {"member", {"sweep", "number", "workload", "choice", "key", "checksum"}},
      {"point",
       {"key", "workload", "config", "version", "status", "reason", "fault", "exceeded_s",
        "exceeded_mb", "quantities", "host", "wall_seconds", "result_digest", "checksum",
        "result"}},
      {"tally", {"sweeps", "members", "points", "keys", "checksum"}}};
  std::vector<std::string> statements = {
      "UPDATE point SET quantities = replace(quantities, '\"cycles\":', '\"cycles\":-')",
      "DELETE FROM tally",
      "INSERT INTO tally SELECT * FROM tally",
      "DROP TABLE tally",
      "INSERT INTO member SELECT 2, number, workload, choice, key, checksum FROM member",
      "CREATE TRIGGER t AFTER INSERT ON point BEGIN DELETE FROM member; END",
      "PRAGMA user_version=4",
      "PRAGMA application_id=1"};
  for (const auto& [table, columns] : tables) {
    for (const std::string& column : columns) {
      for (const char* value : {"''", "'[]'", "'{}'", "-645", "7", "'done'", "X'00ff'",
                                "(SELECT %c FROM %t ORDER BY rowid DESC)", "%c || ' '"}) {
        std::string text = value;
        for (const auto& [mark, name] : {std::pair{"%c", column}, std::pair{"%t", table}}) {
          for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
            text.replace(at, 2, name);
          }
        }
        statements.push_back("UPDATE OR REPLACE " + table + " SET " + column + " = " + text +
                             " WHERE rowid = (SELECT min(rowid) FROM " + table + ")");
      }
    }
    if (table == "tally") continue;
    for (const char* which : {"min", "max"}) {
      statements.push_back("DELETE FROM " + table + " WHERE rowid = (SELECT " + which +
                           "(rowid) FROM " + table + ")");
    }
    statements.push_back("DELETE FROM " + table);
  }
  int refused = 0;
  for (const std::string& statement : statements) {
    write_file(path_, bytes);
    if (!execute(path_, statement)) continue;
    const std::string what = verdict(before);
    refused += what.starts_with("refused") ? 1 : 0;
    EXPECT_TRUE(what.starts_with("refused") || (what.empty() && statement.starts_with("UPDATE")))
        << what << " after " << statement;
  }
  EXPECT_GT(refused, 200);
}

// With checksums made right again, as by another program: no crash, and no nonsense.
TEST_F(Store, ThatHoldsWhatNoSweepWritesIsRefused) {
  SweepStore store(path_);
  auto all = store.members(1);
  all[3].choice = {};
  store.put_members(1, {all[3]});
  EXPECT_USER_ERROR(store.read(1), AllOf(HasSubstr("s.sqlite"), HasSubstr("point 3: expected 2")));
  all[3].choice = {"1", "77"};
  store.put_members(1, {all[3]});
  EXPECT_USER_ERROR(store.read(1), HasSubstr("mac.multipliers has no value '77'"));
  all[3].choice = {"1", "4"};
  all[3].workload = "nobody";
  store.put_members(1, {all[3]});
  EXPECT_USER_ERROR(store.read(1), HasSubstr("no workload 'nobody'"));
  SweepRecord record = *all[0].record;
  for (const double bad : {-645.0, 1e308 * 10}) {
    record.values["cycles"] = bad;
    store.put({{{"new" + std::to_string(bad), "net", Json::object(), "v"}, record}});
    EXPECT_USER_ERROR(store.record("new" + std::to_string(bad)), HasSubstr("s.sqlite"));
  }
}

TEST_F(Store, APointIsOneProcesssUntilItHasARecordOrTheProcessEnds) {
  SweepStore store(path_);
  EXPECT_THAT(store.claim({"a", members("s.sqlite")[0].key}),
              ElementsAre(Claim::kMine, Claim::kFinished));
  const pid_t child = ::fork();
  if (child == 0) {
    SweepStore other(path_);
    const bool good = other.claim({"a", "b"}) == std::vector{Claim::kTaken, Claim::kMine};
    write_file(folder_.file("answer"), good ? "good" : "bad");
    ::pause();
    ::_exit(0);
  }
  while (!std::filesystem::exists(folder_.file("answer"))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(read_file(folder_.file("answer")), "good");
  EXPECT_THAT(store.claim({"b"}), ElementsAre(Claim::kTaken));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(store.claim({"b"}), ElementsAre(Claim::kMine));
  store.put({{{"b", "net", Json::object(), "v"}, *members("s.sqlite")[0].record}});
  EXPECT_THAT(store.claim({"b"}), ElementsAre(Claim::kFinished));
}

TEST_F(Store, KeepsARecordButForAFailure) {
  SweepStore store(path_);
  SweepRecord record = *members("s.sqlite")[0].record;
  const SweepSubject subject{"k", "net", Json::object(), "v"};
  SweepRecord failure;
  failure.status = "failed";
  store.put({{subject, failure}});
  store.put({{subject, record}});
  EXPECT_EQ(store.record("k")->status, "done");
  store.put({{subject, failure}});
  record.values["cycles"] = 5;
  store.put({{subject, record}});
  EXPECT_NE(store.record("k")->values.value_of("cycles"), 5);
  EXPECT_EQ(store.forget_failed({"k"}), 0);
}

TEST_F(Store, TellsSweepsOfOneTextApartByNameAndByWhereTheirWorkloadsAre) {
  SweepStore store(path_);
  EXPECT_EQ(store.enter(spec_), 1);
  SweepSpec other = spec_;
  other.name = "another";
  EXPECT_EQ(store.enter(other), 2);
  other.workloads[0].path = folder_.file("elsewhere/net.yaml");
  EXPECT_EQ(store.enter(other), 3);
  EXPECT_EQ(store.enter(spec_), 1);
  EXPECT_EQ(store.read(2).spec.name, "another");
  EXPECT_THAT(store.read(3).members, testing::IsEmpty());
}

}  // namespace
}  // namespace escalate
