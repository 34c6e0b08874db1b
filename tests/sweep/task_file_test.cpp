#include "sweep/task_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/atomic_file.h"
#include "sweep/plan.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/sweep/formula.h"

namespace escalate {
namespace {

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
  rc::check([&] {
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
  });
  EXPECT_TRUE(true);
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
