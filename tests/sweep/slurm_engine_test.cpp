#include "sweep/slurm_engine.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "sweep/digest.h"
#include "sweep/task_file.h"
#include "tests/support/expect_user_error.h"
#include "tests/sweep/formula_sweep.h"

namespace escalate {
namespace {

using testing::HasSubstr;

// Runs the tasks of an array as processes, and loses some as a real one does.
class FakeSlurm : public SlurmClient {
 public:
  explicit FakeSlurm(SweepEvaluator& evaluator) : evaluator_(evaluator) {}
  ~FakeSlurm() override { cancel(""); }

  std::string submit(const SlurmArray& array) override {
    const std::string folder = std::filesystem::path(array.script).parent_path();
    tasks_submitted.push_back(array.tasks);
    for (int i = 0; i < array.tasks; ++i) {
      if (lose_task && lose_task(int(tasks_submitted.size()), i)) continue;
      const pid_t child = ::fork();
      if (child == 0) {
        run_task_file(folder + "/task-" + std::to_string(i) + ".json", evaluator_, 1,
                      [this, asked = 0]() mutable {
                        if (++asked == die_after) ::raise(SIGKILL);
                        return false;
                      });
        ::_exit(0);
      }
      children_.insert(child);
    }
    return std::to_string(tasks_submitted.size());
  }
  std::optional<int> unfinished(const std::string&) override {
    for (auto child = children_.begin(); child != children_.end();) {
      const bool ended = ::waitpid(*child, nullptr, WNOHANG) > 0;
      child = ended ? children_.erase(child) : std::next(child);
    }
    ++questions;
    if (silent_every > 0 && questions % silent_every == 0) return std::nullopt;
    return int(children_.size());
  }
  void cancel(const std::string& job) override {
    if (!job.empty()) cancelled.push_back(job);
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    children_.clear();
  }

  std::vector<int> tasks_submitted;
  std::vector<std::string> cancelled;
  std::function<bool(int round, int task)> lose_task;
  int die_after = 0;  ///< a task is killed after its loop has gone round so often; 0: never
  int silent_every = 0;
  int questions = 0;

 private:
  SweepEvaluator& evaluator_;
  std::set<pid_t> children_;
};

class OnSlurm : public FormulaSweep {
 protected:
  OnSlurm() {
    Formula formula;
    run_locally("local.sqlite", formula);
  }
  SweepCounts run(Formula& formula, SlurmClient& client, SweepOptions options = quiet()) {
    SlurmEngine::Options slurm;
    slurm.folder = folder_.file("slurm");
    slurm.worker = {"unused"};
    slurm.version = formula.version();
    slurm.points_per_task = 4;
    slurm.poll_s = 0.002;
    SlurmEngine engine(spec_, client, slurm);
    SweepStore store(folder_.file("slurm.sqlite"));
    return run_sweep(spec_, store, formula, engine, options);
  }
};

TEST_F(OnSlurm, GivesWhatLocalProcessesGive) {
  Formula formula;
  FakeSlurm slurm(formula);
  const SweepCounts counts = run(formula, slurm);
  EXPECT_EQ(counts.ran, 15);
  EXPECT_THAT(slurm.tasks_submitted, testing::ElementsAre(4));  // of four points at most
  EXPECT_EQ(csv("slurm.sqlite"), csv("local.sqlite"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("slurm")));
}

TEST_F(OnSlurm, SubmitsWhatWasLostAgain) {
  Formula formula;
  FakeSlurm slurm(formula);
  slurm.silent_every = 3;
  slurm.lose_task = [](int round, int task) { return round <= 2 && task > 0; };
  run(formula, slurm);
  // Eleven of fifteen are left, then nine, now in tasks of two and of one.
  EXPECT_THAT(slurm.tasks_submitted, testing::ElementsAre(4, 6, 9));
  EXPECT_EQ(csv("slurm.sqlite"), csv("local.sqlite"));
}

TEST_F(OnSlurm, KeepsWhatKilledTasksHadFinished) {
  Formula formula;
  FakeSlurm slurm(formula);
  slurm.die_after = 5;  // with two points done
  const SweepCounts counts = run(formula, slurm);
  EXPECT_EQ(counts.ran, 15);
  // Eight of fifteen are done, then the rest in tasks of two.
  EXPECT_THAT(slurm.tasks_submitted, testing::ElementsAre(4, 4));
  EXPECT_EQ(csv("slurm.sqlite"), csv("local.sqlite"));
}

TEST_F(OnSlurm, PointsThatNothingComesBackFromHaveFailed) {
  Formula formula;
  FakeSlurm slurm(formula);
  slurm.lose_task = [](int, int) { return true; };
  const SweepCounts counts = run(formula, slurm);
  EXPECT_EQ(counts.failed, 15);
  // Tasks of four, of two, and of one three times.
  EXPECT_THAT(slurm.tasks_submitted, testing::ElementsAre(4, 8, 15, 15, 15));
  EXPECT_THAT(csv("slurm.sqlite"), HasSubstr("3 tasks of Slurm ended without a result"));
}

TEST_F(OnSlurm, StoppedItCancelsItsJobAndGoesOnLater) {
  Formula formula(100);
  FakeSlurm slurm(formula);
  SweepOptions options = quiet();
  options.stop = [&slurm] { return slurm.questions >= 2; };
  const SweepCounts counts = run(formula, slurm, options);
  EXPECT_TRUE(counts.stopped);
  EXPECT_LT(counts.ran, 15);
  EXPECT_THAT(slurm.cancelled, testing::ElementsAre("1"));
  EXPECT_EQ(run(formula, slurm).ran, 15 - counts.ran);
  EXPECT_EQ(csv("slurm.sqlite"), csv("local.sqlite"));
}

// The sweep itself was killed while its job ran: what the tasks wrote is not run again.
TEST_F(OnSlurm, TakesOverWhatAKilledSweepLeft) {
  Formula formula;
  FakeSlurm first(formula);
  run(formula, first);
  SweepStore store(folder_.file("slurm.sqlite"));
  std::string lines;
  for (const SweepMember& member : store.members(1, true)) {
    if (member.number % 2 == 0) lines += record_line(member.key, *member.record);
  }
  std::filesystem::remove(folder_.file("slurm.sqlite"));
  std::filesystem::create_directories(folder_.file("slurm/round-1"));
  write_file(folder_.file("slurm/round-1/job"), "77");
  write_file(folder_.file("slurm/round-1/results-0.jsonl"), lines + lines.substr(0, 100));
  FakeSlurm second(formula);
  run(formula, second);
  EXPECT_THAT(second.cancelled, testing::ElementsAre("77"));
  EXPECT_THAT(second.tasks_submitted, testing::ElementsAre(2));  // seven points are left
  EXPECT_EQ(csv("slurm.sqlite"), csv("local.sqlite"));
}

// One that has all points leaves none to submit, and its job alone.
TEST_F(OnSlurm, ASecondSweepOfTheStoreWaitsForTheFirst) {
  Formula slow(30);
  const pid_t first = ::fork();
  if (first == 0) {
    FakeSlurm slurm(slow);
    ::_exit(run(slow, slurm).ran == 15 ? 0 : 1);
  }
  while (!std::filesystem::exists(folder_.file("slurm/round-1/job"))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FakeSlurm second(slow);
  EXPECT_EQ(run(slow, second).ran, 0);
  EXPECT_THAT(second.tasks_submitted, testing::IsEmpty());
  EXPECT_THAT(second.cancelled, testing::IsEmpty());
  int status = 0;
  ::waitpid(first, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(csv("slurm.sqlite"), csv("local.sqlite"));
}

TEST_F(OnSlurm, AFolderThatAnotherSweepHoldsIsLeftToIt) {
  std::filesystem::create_directories(folder_.file("slurm/round-1"));
  write_file(folder_.file("slurm/round-1/job"), "77");
  const int lock = ::open(folder_.file("slurm/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  Formula formula;
  FakeSlurm slurm(formula);
  EXPECT_USER_ERROR(run(formula, slurm), HasSubstr("another sweep has its jobs there"));
  EXPECT_THAT(slurm.cancelled, testing::IsEmpty());
  ::close(lock);
  EXPECT_EQ(run(formula, slurm).ran, 15);
}

TEST_F(OnSlurm, AResultFileOfSomethingElseIsNamed) {
  std::filesystem::create_directories(folder_.file("slurm/round-1"));
  const std::string text = "{}";
  write_file(folder_.file("slurm/round-1/results-0.jsonl"), checksum_of({text}) + " {}\n");
  Formula formula;
  FakeSlurm slurm(formula);
  EXPECT_USER_ERROR(run(formula, slurm), HasSubstr("round-1/results-0.jsonl"));
}

}  // namespace
}  // namespace escalate
