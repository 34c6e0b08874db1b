#include "sweep/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <thread>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/random.h"
#include "sweep/summary.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/sweep/formula.h"

namespace escalate {
namespace {

using testing::HasSubstr;

class Sweep : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_.file("net.yaml"), "");
    write_file(folder_.file("s.yaml"),
               "workloads: [net.yaml]\n"
               "axes: {blocks: [1, 2, 4, 8], mac.multipliers: [1, 2, 3, 4, 5]}\n"
               "constraints: [adder_inputs <= 1536]\n");
    spec_ = read_sweep_spec(folder_.file("s.yaml"));
  }
  static std::string csv(const SweepSpec& spec, const std::string& path) {
    SweepStore store(path);
    return all_points(spec, store.members(store.sweeps().at(0).first)).csv();
  }
  SweepCounts run(const std::string& path, SweepEvaluator& evaluator, int jobs = 3) {
    SweepStore store(path);
    SweepOptions options;
    options.quiet = true;
    LocalEngine engine(evaluator, jobs, {spec_.timeout_s, spec_.memory_mb});
    return run_sweep(spec_, store, evaluator, engine, options);
  }
  // Kills runs at random instants, later and later ones, until one gets to the end; returns how
  // many there were.
  int run_and_kill(SweepEvaluator& evaluator) {
    Random random(5);
    for (int kills = 0; kills < 500; ++kills) {
      const pid_t child = ::fork();
      if (child == 0) {
        run(folder_.file("killed.sqlite"), evaluator, 2);
        ::_exit(0);
      }
      std::this_thread::sleep_for(
          std::chrono::milliseconds(1 + random.below(40 + 5 * std::uint64_t(kills))));
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      if (WIFEXITED(status)) return kills;
    }
    ADD_FAILURE() << "never got to the end";
    return 0;
  }
  TemporaryFolder folder_;
  SweepSpec spec_;
};

TEST_F(Sweep, RecordsWhatIsDoneWhatFailsAndWhatIsExcluded) {
  Formula formula;
  const SweepCounts counts = run(folder_.file("s.sqlite"), formula);
  EXPECT_EQ(counts.points, 20);
  EXPECT_EQ(counts.excluded, 5);  // eight blocks
  EXPECT_EQ(counts.failed, 6);    // three and four multipliers
  EXPECT_EQ(counts.done, 9);
  const std::string text = csv(spec_, folder_.file("s.sqlite"));
  EXPECT_THAT(text, HasSubstr("three is not to be had"));
  EXPECT_THAT(text, HasSubstr("signal 6"));
  EXPECT_THAT(text, HasSubstr("expected adder_inputs <= 1536"));
}

TEST_F(Sweep, RepeatsNothingThatIsFinished) {
  Formula formula;
  run(folder_.file("s.sqlite"), formula);
  EXPECT_EQ(run(folder_.file("s.sqlite"), formula).ran, 0);
  SweepStore store(folder_.file("s.sqlite"));
  EXPECT_EQ(store.forget_failed(), 6);
  EXPECT_EQ(run(folder_.file("s.sqlite"), formula).ran, 6);
}

TEST_F(Sweep, KilledAtAnyInstantItGoesOnAndEndsAsIfItHadNotBeen) {
  Formula formula(3);
  run(folder_.file("whole.sqlite"), formula);
  EXPECT_GT(run_and_kill(formula), 2);
  EXPECT_EQ(run(folder_.file("killed.sqlite"), formula).ran, 0);
  EXPECT_EQ(csv(spec_, folder_.file("killed.sqlite")), csv(spec_, folder_.file("whole.sqlite")));
}

TEST_F(Sweep, ASearchTriesTheBaseAndRunsNoChoiceTwice) {
  write_file(folder_.file("s.yaml"),
             "workloads: [net.yaml]\nbase: {blocks: 7}\n"
             "axes: {blocks: {range: [1, 20, 1]}, mac.multipliers: {range: [1, 9, 1]}}\n"
             "strategy: nsga2\npopulation: 8\ngenerations: 8\n");
  spec_ = read_sweep_spec(folder_.file("s.yaml"));
  Formula formula;
  run(folder_.file("s.sqlite"), formula);
  SweepStore store(folder_.file("s.sqlite"));
  const auto members = store.members(1);
  EXPECT_THAT(members.at(0).choice, testing::ElementsAre("7", "5"));
  std::set<SweepChoice> choices;
  for (const SweepMember& member : members) EXPECT_TRUE(choices.insert(member.choice).second);
  // Both ends of the front are better than where it began.
  const auto front = pareto_front(spec_, feasible(spec_, members));
  const auto& base = members.at(0).record->values;
  EXPECT_LT(front.front().record->values.value_of("cycles"), base.value_of("cycles"));
  EXPECT_LT(front.back().record->values.value_of("energy_pj"), base.value_of("energy_pj"));
}

// NSGA-II over the same machines, killed likewise.
TEST_F(Sweep, AKilledSearchGoesOnAndEndsAsIfItHadNotBeen) {
  write_file(folder_.file("s.yaml"),
             "workloads: [net.yaml]\n"
             "axes: {blocks: {range: [1, 20, 1]}, mac.multipliers: {range: [1, 9, 1]}}\n"
             "constraints: [adder_inputs <= 3072]\n"
             "strategy: nsga2\npopulation: 12\ngenerations: 6\n");
  spec_ = read_sweep_spec(folder_.file("s.yaml"));
  Formula formula(3);
  const SweepCounts whole = run(folder_.file("whole.sqlite"), formula);
  EXPECT_GT(whole.points, 24);
  EXPECT_LE(whole.points, 72);
  EXPECT_GT(run_and_kill(formula), 2);
  EXPECT_EQ(run(folder_.file("killed.sqlite"), formula).ran, 0);
  EXPECT_EQ(csv(spec_, folder_.file("killed.sqlite")), csv(spec_, folder_.file("whole.sqlite")));
}

std::string reasons(const std::string& path) {
  SweepStore store(path);
  std::string text;
  for (const SweepMember& member : store.members(store.sweeps().at(0).first)) {
    text += member.record->reason + "\n";
  }
  return text;
}

TEST_F(Sweep, APointThatTakesTooLongIsEnded) {
  write_file(folder_.file("s.yaml"), "workloads: [net.yaml]\ntimeout_s: 1\naxes: {blocks: [1]}\n");
  spec_ = read_sweep_spec(folder_.file("s.yaml"));
  Formula slow(20000);
  EXPECT_EQ(run(folder_.file("s.sqlite"), slow).failed, 1);
  EXPECT_THAT(reasons(folder_.file("s.sqlite")), HasSubstr("took longer than 1 s"));
}

#if !defined(__SANITIZE_ADDRESS__)  // which reserves more address space than any bound
class Glutton : public Formula {
 public:
  SweepRecord evaluate(const SweepPoint& point) override {
    const std::vector<char> much(std::size_t(point.settings.config.machine.blocks) << 30, 'x');
    SweepRecord record = Formula::evaluate(point);
    record.values["energy_pj"] += much[1];
    return record;
  }
};

TEST_F(Sweep, APointThatTakesTooMuchMemoryIsEndedAndTheSweepGoesOn) {
  write_file(folder_.file("s.yaml"),
             "workloads: [net.yaml]\nmemory_mb: 1500\naxes: {blocks: [2, 1]}\n");
  spec_ = read_sweep_spec(folder_.file("s.yaml"));
  Glutton glutton;
  const SweepCounts counts = run(folder_.file("s.sqlite"), glutton);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.done, 1);
  EXPECT_THAT(reasons(folder_.file("s.sqlite")), HasSubstr("needed more than 1500 MiB of memory"));
}
#endif

TEST_F(Sweep, EqualPointsOfTwoSweepsRunOnce) {
  Formula formula;
  run(folder_.file("s.sqlite"), formula);
  write_file(folder_.file("t.yaml"),
             "workloads: [net.yaml]\naxes: {blocks: [2, 4], mac.multipliers: [1, 6]}\n");
  spec_ = read_sweep_spec(folder_.file("t.yaml"));
  EXPECT_EQ(run(folder_.file("s.sqlite"), formula).ran, 2);
}

TEST_F(Sweep, AFileThatIsNoStoreIsRefused) {
  write_file(folder_.file("no.sqlite"), "this is text, and rather more of it than a header takes");
  EXPECT_USER_ERROR(SweepStore(folder_.file("no.sqlite")), HasSubstr("no.sqlite"));
}

TEST_F(Sweep, TheParetoFrontHasThePointsThatNoOtherBeats) {
  Formula formula;
  run(folder_.file("s.sqlite"), formula);
  SweepStore store(folder_.file("s.sqlite"));
  const auto good = feasible(spec_, store.members(1));
  ASSERT_EQ(good.size(), 9U);
  const auto front = pareto_front(spec_, good);
  ASSERT_EQ(front.size(), 3U);  // one multiplier with 4, 2 and 1 blocks
  for (const SweepMember& member : front) EXPECT_EQ(member.choice[1], "1");
  EXPECT_EQ(front[0].choice[0], "4");
  EXPECT_THAT(sensitivity(spec_, store.members(1)).csv(),
              HasSubstr("net,mac.multipliers,1,3,matched,1.000x,1.000x"));
}

}  // namespace
}  // namespace escalate
