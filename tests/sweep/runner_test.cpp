#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <sstream>
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
  LocalEngine engine(formula, 1, {spec_.timeout_s, spec_.memory_mb});
  SweepOptions options = quiet();
  options.retry_failed = true;
  EXPECT_EQ(run_sweep(spec_, store, formula, engine, options).ran, 6);
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

TEST_F(Sweep, APointThatEndedAtABoundRunsAgainWithAHigherOne) {
  write_spec("timeout_s: 1\naxes: {blocks: [1]}\n");
  Formula slow(1500);
  EXPECT_EQ(run_locally("s.sqlite", slow).failed, 1);
  EXPECT_EQ(run_locally("s.sqlite", slow).ran, 0);
  write_spec("timeout_s: 20\naxes: {blocks: [1]}\n");
  EXPECT_EQ(run_locally("s.sqlite", slow).done, 1);
  write_spec("timeout_s: 1\naxes: {blocks: [1]}\n");
  EXPECT_EQ(run_locally("s.sqlite", slow).ran, 0);
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

// Writes down what it evaluates.
class Counting : public Formula {
 public:
  Counting(std::string log, int milliseconds) : Formula(milliseconds), log_(std::move(log)) {}
  SweepRecord evaluate(const SweepPoint& point) override {
    const std::string line = point.choice[0] + " " + point.choice[1] + "\n";
    const int file = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    const auto written = ::write(file, line.data(), line.size());
    ::close(file);
    if (written < 0) throw InternalError("no log");
    return Formula::evaluate(point);
  }
  std::vector<std::string> lines() const {
    std::istringstream text(read_file(log_));
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }

 private:
  std::string log_;
};

class Together : public Sweep {
 protected:
  // So many sweeps of one store at once, each a process; kills some of them at random instants.
  void run_together(SweepEvaluator& evaluator, int sweeps, int killed) {
    Random random(11);
    std::vector<pid_t> children;
    for (int i = 0; i < sweeps; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        try {
          run_locally("s.sqlite", evaluator, 1);
          ::_exit(csv("s.sqlite") == whole_ ? 0 : 3);
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s\n", error.what());
          ::_exit(4);
        }
      }
      children.push_back(child);
    }
    for (int i = 0; i < killed; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1 + random.below(80)));
      ::kill(children[std::size_t(i)], SIGKILL);
    }
    for (int i = 0; i < sweeps; ++i) {
      int status = 0;
      ::waitpid(children[std::size_t(i)], &status, 0);
      if (i >= killed) {
        EXPECT_EQ(status, 0) << "of sweep " << i;
      }
    }
    EXPECT_EQ(csv("s.sqlite"), whole_);
  }
  void SetUp() override {
    Formula formula;
    run_locally("whole.sqlite", formula);
    whole_ = csv("whole.sqlite");
  }
  std::string whole_;
};

TEST_F(Together, TenSweepsOfANewStoreRunEachPointOnce) {
  Counting counting(folder_.file("log"), 3);
  run_together(counting, 10, 0);
  const auto lines = counting.lines();
  EXPECT_EQ(lines.size(), 15U);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), 15U);
}

TEST_F(Together, SweepsOfAnOldStoreRunWhatItLacks) {
  Counting counting(folder_.file("log"), 3);
  const std::string all = spec_.text;
  write_spec(all.substr(all.find('\n') + 1));
  SweepSpec part = spec_;
  part.axes[0].values = {"1", "2"};
  SweepStore store(folder_.file("s.sqlite"));
  LocalEngine engine(counting, 1, {part.timeout_s, part.memory_mb});
  EXPECT_EQ(run_sweep(part, store, counting, engine, quiet()).ran, 10);
  run_together(counting, 3, 0);
  EXPECT_EQ(counting.lines().size(), 15U);
}

TEST_F(Together, KilledOnesLeaveTheirPointsToTheOthers) {
  Counting counting(folder_.file("log"), 10);
  run_together(counting, 4, 2);
  const auto lines = counting.lines();
  // A point of a killed sweep may have run twice, no other.
  EXPECT_LE(lines.size(), 15U + 2U);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), 15U);
  EXPECT_EQ(run_locally("s.sqlite", counting).ran, 0);
}

TEST_F(Together, SearchesOfOneStoreAgree) {
  write_spec(
      "axes: {blocks: {range: [1, 20, 1]}, mac.multipliers: {range: [1, 9, 1]}}\n"
      "constraints: [adder_inputs <= 3072]\n"
      "strategy: nsga2\npopulation: 12\ngenerations: 4\n");
  Formula formula;
  run_locally("whole.sqlite", formula);
  SweepStore store(folder_.file("whole.sqlite"));
  whole_ = all_points(spec_, store.members(2)).csv();
  run_together(formula, 3, 1);
}

TEST_F(Sweep, RetriesTheFailedPointsOfItsOwnSpecificationOnly) {
  Formula formula;
  run_locally("s.sqlite", formula);
  write_spec("axes: {blocks: [2], mac.multipliers: [3, 6]}\n");
  SweepStore store(folder_.file("s.sqlite"));
  LocalEngine engine(formula, 1, {spec_.timeout_s, spec_.memory_mb});
  SweepOptions options = quiet();
  options.retry_failed = true;
  EXPECT_EQ(run_sweep(spec_, store, formula, engine, options).ran, 2);
  for (const SweepMember& member : store.members(1)) EXPECT_TRUE(member.record);
}

TEST_F(Sweep, CountsFaultsOfTheProgramAmongTheFailed) {
  Formula formula;
  const SweepCounts counts = run_locally("s.sqlite", formula);
  EXPECT_EQ(counts.failed, 6);
  EXPECT_EQ(counts.faults, 3);  // those that crash, not those that are refused
}

class Broken : public Formula {
 public:
  SweepRecord evaluate(const SweepPoint& point) override {
    SweepRecord record = Formula::evaluate(point);
    record.values["cycles"] = point.settings.config.machine.blocks == 1 ? -1 : 0.0 / 0.0;
    return record;
  }
};

TEST_F(Sweep, NonsenseIsNoResult) {
  write_spec("axes: {blocks: [1, 2]}\n");
  Broken broken;
  EXPECT_EQ(run_locally("s.sqlite", broken).faults, 2);
  EXPECT_THAT(reasons(members("s.sqlite")),
              AllOf(HasSubstr("expected cycles of 0 or more, found -1"), HasSubstr("cycles\n")));
}

class Halved : public Formula {
 public:
  SweepRecord evaluate(const SweepPoint& point) override {
    SweepRecord record = Formula::evaluate(point);
    if (point.settings.config.machine.blocks == 2) return record;
    record.values["ca_utilization"] = 0.5;
    return record;
  }
};

// As where a resource is free: what is not there is no 0, which would be the best.
TEST_F(Sweep, APointWithoutAQuantityThatIsAskedForIsNotFeasible) {
  Halved halved;
  write_spec("axes: {blocks: [1, 2]}\nobjectives: [ca_utilization]\n");
  EXPECT_EQ(run_locally("s.sqlite", halved).done, 2);
  EXPECT_EQ(feasible(spec_, members("s.sqlite")).size(), 1U);
  write_spec("axes: {blocks: [1, 2]}\nconstraints: [ca_utilization <= 0.6]\n");
  SweepStore store(folder_.file("s.sqlite"));
  EXPECT_EQ(feasible(spec_, stored_points(spec_, store, halved).members).size(), 1U);
}

// C42: what the specification now says, whether or not it has been run since it was changed.
TEST_F(Sweep, OfAChangedSpecificationHasThePointsThatItNowAsksFor) {
  Formula formula;
  run_locally("s.sqlite", formula);
  const StoredPoints same = stored_points(spec_, SweepStore(folder_.file("s.sqlite")), formula);
  EXPECT_EQ(all_points(spec_, same.members).csv(), csv("s.sqlite"));
  write_spec("axes: {mac.multipliers: [7, 5], blocks: [4, 16]}\n");
  const SweepStore store(folder_.file("s.sqlite"), StoreAccess::kRead);
  const StoredPoints points = stored_points(spec_, store, formula);
  EXPECT_EQ(points.version, "formula");
  ASSERT_EQ(points.members.size(), 4U);
  for (const SweepMember& member : points.members) {
    EXPECT_EQ(member.record.has_value(), member.choice == (SweepChoice{"5", "4"}));
  }
}

class Later : public Formula {
 public:
  std::string version() const override { return "later"; }
};

TEST_F(Sweep, OfAnotherProgramIsShownAsSuch) {
  Formula formula;
  Later later;
  run_locally("s.sqlite", formula);
  SweepStore store(folder_.file("s.sqlite"));
  const StoredPoints points = stored_points(spec_, store, later);
  EXPECT_EQ(points.version, "formula");
  EXPECT_EQ(all_points(spec_, points.members).csv(), csv("s.sqlite"));
  EXPECT_EQ(run_locally("s.sqlite", later).ran, 15);
  EXPECT_EQ(stored_points(spec_, store, later).version, "later");
}

TEST_F(Sweep, ASearchIsShownAsFarAsItWent) {
  write_spec(
      "axes: {blocks: {range: [1, 20, 1]}, mac.multipliers: [5, 6, 7]}\n"
      "strategy: nsga2\npopulation: 8\ngenerations: 3\n");
  Formula formula;
  run_locally("s.sqlite", formula);
  const SweepStore store(folder_.file("s.sqlite"));
  const auto whole = stored_points(spec_, store, formula).members;
  EXPECT_EQ(all_points(spec_, whole).csv(), csv("s.sqlite"));
  spec_.generations = 5;
  const auto more = stored_points(spec_, store, formula).members;
  EXPECT_GT(more.size(), whole.size());
  EXPECT_FALSE(more.back().record);
}

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
