#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <thread>

#include "common/random.h"
#include "tests/support/expect_user_error.h"
#include "tests/sweep/formula_sweep.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Sweep : public FormulaSweep {
 protected:
  // Kills runs at random instants, later and later ones, until one gets to the end; returns how
  // many there were.
  int run_and_kill(SweepEvaluator& evaluator) {
    Random random(5);
    for (int kills = 0; kills < 500; ++kills) {
      const pid_t child = ::fork();
      if (child == 0) {
        run_locally("killed.sqlite", evaluator, 2);
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
};

TEST_F(Sweep, RecordsWhatIsDoneWhatFailsAndWhatIsExcluded) {
  Formula formula;
  const SweepCounts counts = run_locally("s.sqlite", formula);
  EXPECT_EQ(counts.points, 20);
  EXPECT_EQ(counts.excluded, 5);  // eight blocks
  EXPECT_EQ(counts.failed, 6);    // three and four multipliers
  EXPECT_EQ(counts.done, 9);
  const std::string text = csv("s.sqlite");
  EXPECT_THAT(text, HasSubstr("three is not to be had"));
  EXPECT_THAT(text, HasSubstr("signal 6"));
  EXPECT_THAT(text, HasSubstr("expected adder_inputs <= 1536"));
}

TEST_F(Sweep, RepeatsNothingThatIsFinished) {
  Formula formula;
  run_locally("s.sqlite", formula);
  EXPECT_EQ(run_locally("s.sqlite", formula).ran, 0);
  SweepStore store(folder_.file("s.sqlite"));
  EXPECT_EQ(store.forget_failed(), 6);
  EXPECT_EQ(run_locally("s.sqlite", formula).ran, 6);
}

TEST_F(Sweep, KilledAtAnyInstantItGoesOnAndEndsAsIfItHadNotBeen) {
  Formula formula(3);
  run_locally("whole.sqlite", formula);
  EXPECT_GT(run_and_kill(formula), 2);
  EXPECT_EQ(run_locally("killed.sqlite", formula).ran, 0);
  EXPECT_EQ(csv("killed.sqlite"), csv("whole.sqlite"));
}

TEST_F(Sweep, ASearchTriesTheBaseAndRunsNoChoiceTwice) {
  write_spec(
      "base: {blocks: 7}\n"
      "axes: {blocks: {range: [1, 20, 1]}, mac.multipliers: {range: [1, 9, 1]}}\n"
      "strategy: nsga2\npopulation: 8\ngenerations: 8\n");
  Formula formula;
  run_locally("s.sqlite", formula);
  const auto tried = members("s.sqlite");
  EXPECT_THAT(tried.at(0).choice, testing::ElementsAre("7", "5"));
  std::set<SweepChoice> choices;
  for (const SweepMember& member : tried) EXPECT_TRUE(choices.insert(member.choice).second);
  // Both ends of the front are better than where it began.
  const auto front = pareto_front(spec_, feasible(spec_, tried));
  const auto& base = tried.at(0).record->values;
  EXPECT_LT(front.front().record->values.value_of("cycles"), base.value_of("cycles"));
  EXPECT_LT(front.back().record->values.value_of("energy_pj"), base.value_of("energy_pj"));
}

// NSGA-II over the same machines, killed likewise.
TEST_F(Sweep, AKilledSearchGoesOnAndEndsAsIfItHadNotBeen) {
  write_spec(
      "axes: {blocks: {range: [1, 20, 1]}, mac.multipliers: {range: [1, 9, 1]}}\n"
      "constraints: [adder_inputs <= 3072]\n"
      "strategy: nsga2\npopulation: 12\ngenerations: 6\n");
  Formula formula(3);
  const SweepCounts whole = run_locally("whole.sqlite", formula);
  EXPECT_GT(whole.points, 24);
  EXPECT_LE(whole.points, 72);
  EXPECT_GT(run_and_kill(formula), 2);
  EXPECT_EQ(run_locally("killed.sqlite", formula).ran, 0);
  EXPECT_EQ(csv("killed.sqlite"), csv("whole.sqlite"));
}

std::string reasons(const std::vector<SweepMember>& members) {
  std::string text;
  for (const SweepMember& member : members) text += member.record->reason + "\n";
  return text;
}

TEST_F(Sweep, APointThatTakesTooLongIsEnded) {
  write_spec("timeout_s: 1\naxes: {blocks: [1]}\n");
  Formula slow(20000);
  EXPECT_EQ(run_locally("s.sqlite", slow).failed, 1);
  EXPECT_THAT(reasons(members("s.sqlite")), HasSubstr("took longer than 1 s"));
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
  write_spec("memory_mb: 1500\naxes: {blocks: [2, 1]}\n");
  Glutton glutton;
  const SweepCounts counts = run_locally("s.sqlite", glutton);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.done, 1);
  EXPECT_THAT(reasons(members("s.sqlite")), HasSubstr("needed more than 1500 MiB of memory"));
}
#endif

TEST_F(Sweep, EqualPointsOfTwoSweepsRunOnce) {
  Formula formula;
  run_locally("s.sqlite", formula);
  write_spec("axes: {blocks: [2, 4], mac.multipliers: [1, 6]}\n");
  EXPECT_EQ(run_locally("s.sqlite", formula).ran, 2);
}

TEST_F(Sweep, AFileThatIsNoStoreIsRefused) {
  write_file(folder_.file("no.sqlite"), "this is text, and rather more of it than a header takes");
  EXPECT_USER_ERROR(SweepStore(folder_.file("no.sqlite")), HasSubstr("no.sqlite"));
}

TEST_F(Sweep, TheParetoFrontHasThePointsThatNoOtherBeats) {
  Formula formula;
  run_locally("s.sqlite", formula);
  const auto good = feasible(spec_, members("s.sqlite"));
  ASSERT_EQ(good.size(), 9U);
  const auto front = pareto_front(spec_, good);
  ASSERT_EQ(front.size(), 3U);  // one multiplier with 4, 2 and 1 blocks
  for (const SweepMember& member : front) EXPECT_EQ(member.choice[1], "1");
  EXPECT_EQ(front[0].choice[0], "4");
  EXPECT_THAT(sensitivity(spec_, members("s.sqlite")).csv(),
              HasSubstr("net,mac.multipliers,1,3,matched,1.000x,1.000x,0,1\n"));
}

TEST_F(Sweep, ValuesWithoutAFeasiblePointStayInTheSensitivity) {
  Formula formula;
  run_locally("s.sqlite", formula);
  EXPECT_THAT(sensitivity(spec_, members("s.sqlite")).csv(),
              AllOf(HasSubstr("net,blocks,8,0,none,-,-,0,5\n"),
                    HasSubstr("net,mac.multipliers,3,0,none,-,-,3,1\n")));
}

TEST_F(Sweep, SaysWhyPointsFailedTheCommonestReasonFirst) {
  Formula formula;
  write_spec("axes: {blocks: [1, 2, 4, 8], mac.multipliers: [3, 5], ca.chunk: [64, 48]}\n");
  run_locally("s.sqlite", formula);
  const auto tried = members("s.sqlite");
  ASSERT_THAT(tried.at(1).record->reason, HasSubstr("ca.chunk"));
  EXPECT_EQ(failures(spec_, tried).csv(),
            "points,reason,which\n8," + tried[1].record->reason +
                ",\"1, 3, 5, ... (blocks=1, mac.multipliers=3, ca.chunk=48)\"\n"
                "4,three is not to be had,"
                "\"0, 4, 8, ... (blocks=1, mac.multipliers=3, ca.chunk=64)\"\n");
}

}  // namespace
}  // namespace escalate
