#include "sweep/task_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/atomic_file.h"
#include "sweep/digest.h"
#include "sweep/plan.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/sweep/formula.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

SweepRecord sample(int number) {
  SweepRecord record;
  record.status = "done";
  record.values["cycles"] = 0.1 * number;
  record.result["text"] = "line\nand \"quotes\"";
  record.host = "n1";
  record.wall_seconds = 1.25;
  return record;
}

TEST(TaskFile, RecordsComeBackAsTheyWere) {
  const auto records = records_of_lines(record_line("a", sample(1)) + record_line("b", sample(2)));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(record_to_json(records.at("a")), record_to_json(sample(1)));
  EXPECT_EQ(record_to_json(records.at("b")), record_to_json(sample(2)));
}

// Cut off at any byte, or with any byte changed, no record comes back that was not written.
TEST(TaskFile, DamagedRecordsDoNotComeBack) {
  const std::string text = record_line("a", sample(1)) + record_line("b", sample(2));
  EXPECT_TRUE(rc::check([&] {
    std::string damaged = text;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    if (*rc::gen::arbitrary<bool>()) {
      damaged.resize(at);
    } else {
      damaged[at] = char(damaged[at] ^ *rc::gen::inRange(1, 128));
    }
    const auto records = records_of_lines(damaged);
    RC_ASSERT(records.size() < 2U || at + 1 == text.size());
    for (const auto& [key, record] : records) {
      RC_ASSERT(record_to_json(record) == record_to_json(sample(key == "a" ? 1 : 2)));
    }
  }));
}

TEST(TaskFile, AWholeLineThatIsNoRecordIsRefused) {
  const auto line = [](const std::string& text) { return checksum_of({text}) + " " + text + "\n"; };
  const Json good = Json::parse(record_line("a", sample(1)).substr(17));
  EXPECT_EQ(records_of_lines(line(good.dump()), "r.jsonl").size(), 1U);
  std::vector<std::string> bad = {"",
                                  "{",
                                  "7",
                                  "[]",
                                  "{}",
                                  "{\"key\": 7}",
                                  "{\"key\": \"a\"}",
                                  "{\"key\": \"a\", \"record\": {}}"};
  for (const auto& [name, values] : std::vector<std::pair<std::string, std::vector<Json>>>{
           {"status", {Json("best"), Json(3), Json()}},
           {"reason", {Json(3)}},
           {"fault", {Json("no")}},
           {"exceeded_s", {Json(1e300), Json(0.5), Json(std::uint64_t{1} << 63)}},
           {"exceeded_mb", {Json(-1e19), Json("1")}},
           {"values",
            {Json(3), Json::array(), Json{{"cycles", "x"}}, Json{{"cycles", -645}},
             Json{{"cycels", 3}}, Json{{"cycles", nullptr}}}},
           {"result", {Json(3), Json()}},
           {"wall_seconds", {Json(-1), Json("1")}}}) {
    for (const Json& value : values) {
      Json changed = good;
      changed["record"][name] = value;
      bad.push_back(changed.dump());
    }
  }
  for (const std::string& text : bad) {
    EXPECT_USER_ERROR(records_of_lines(line(text), "r.jsonl"), HasSubstr("r.jsonl"));
  }
}

class TaskFolder : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_.file("net.yaml"), "");
    write_file(folder_.file("s.yaml"),
               "workloads: [net.yaml]\nbase: {rows: 3}\naxes: {blocks: [1, 2]}\n");
    file_.spec = read_sweep_spec(folder_.file("s.yaml"));
    file_.version = "formula";
    file_.results = folder_.file("results");
    for (const SweepChoice& choice : choices_of(file_.spec)) {
      file_.tasks.push_back(
          {"key" + choice[0], {file_.spec.workloads[0], choice, settings_of(file_.spec, choice)}});
    }
    write_task_file(path_, file_);
  }
  TemporaryFolder folder_;
  std::string path_ = folder_.file("task.json");
  TaskFile file_;
};

TEST_F(TaskFolder, ATaskFileSaysWhatIsToRun) {
  const TaskFile read = read_task_file(path_);
  EXPECT_EQ(read.version, file_.version);
  EXPECT_EQ(read.results, file_.results);
  ASSERT_EQ(read.tasks.size(), 2U);
  EXPECT_EQ(read.tasks[1].key, "key2");
  EXPECT_EQ(read.tasks[1].point.workload, file_.spec.workloads[0]);
  EXPECT_EQ(read.tasks[1].point.settings.config.machine.blocks, 2);
  EXPECT_EQ(read.tasks[1].point.settings.config.machine.rows, 3);
  EXPECT_USER_ERROR(read_task_file(folder_.file("s.yaml")), HasSubstr("s.yaml"));
}

TEST_F(TaskFolder, WhatNoSweepWritesIsRefusedByName) {
  const Json good = read_json(path_);
  const auto refused = [&](const Json& json, const std::string& what) {
    write_json(path_, json);
    EXPECT_USER_ERROR(read_task_file(path_), AllOf(HasSubstr("task.json"), HasSubstr(what)));
  };
  const auto with = [&](const std::string& pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    return changed;
  };
  refused(Json::parse(R"({"schema": 5})"), "schema");
  refused(Json::array(), "schema");
  refused(with("/schema", nullptr), "schema");
  refused(with("/points/0/choice", Json{"1", "8", "1"}), "expected 1 values, one of each axis");
  refused(with("/points/0/choice", Json::array()), "found 0");
  refused(with("/points/0/choice", Json{"x"}), "axis blocks has no value 'x'");
  refused(with("/points/0/choice", 7), "");
  refused(with("/points/0/workload", "nobody"), "no workload 'nobody'");
  refused(with("/points/0", 7), "");
  refused(with("/points", 7), "");
  refused(with("/spec", "name: small s\n"), "workloads");
  refused(with("/spec", 7), "");
  refused(with("/workloads", Json::array({"/a", "/b"})), "fewer");
  refused(with("/workloads", Json::array({7})), "");
  refused(with("/version", 7), "");
  refused(with("/results", Json::object()), "");
}

TEST_F(TaskFolder, ItsPointsAreRunAndTheirRecordsWritten) {
  Formula formula;
  run_task_file(path_, formula, 2, [] { return false; });
  const auto records = records_of_lines(read_file(file_.results));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records.at("key2").values.value_of("energy_pj"), 20);
}

TEST_F(TaskFolder, AnotherProgramDoesNotRunIt) {
  file_.version = "another";
  write_task_file(path_, file_);
  Formula formula;
  EXPECT_USER_ERROR(run_task_file(path_, formula, 1, [] { return false; }),
                    HasSubstr("expected formula, found another"));
}

}  // namespace
}  // namespace escalate
