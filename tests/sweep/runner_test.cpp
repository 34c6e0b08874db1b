#include "sweep/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/random.h"
#include "sweep/summary.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

// Cycles from the settings alone; two settings make it fail.
class Formula : public SweepEvaluator {
 public:
  explicit Formula(int milliseconds = 0) : milliseconds_(milliseconds) {}
  std::string content(const SweepPoint& point) override {
    return point.workload + fields_to_json(point.settings.config).dump();
  }
  NamedValues<double> before(const SweepPoint& point) override {
    return {{"area_mm2", double(point.settings.config.machine.blocks)}};
  }
  void prepare(const SweepPoint&) override {}
  SweepRecord evaluate(const SweepPoint& point) override {
    const MachineConfig& machine = point.settings.config.machine;
    if (machine.mac.multipliers == 3) throw UserError("three is not to be had");
    if (machine.mac.multipliers == 4) std::abort();
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
    SweepRecord record;
    record.values["cycles"] = 1000.0 / machine.blocks + machine.mac.multipliers;
    record.values["energy_pj"] = 10.0 * machine.blocks;
    return record;
  }

 private:
  int milliseconds_;
};

class Sweep : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_.file("net.yaml"), "");
    write_file(folder_.file("s.yaml"),
               "workloads: [net.yaml]\n"
               "axes: {blocks: [1, 2, 4, 8], mac.multipliers: [1, 2, 3, 4, 5]}\n"
               "constraints: [area_mm2 <= 4]\n");
    spec_ = read_sweep_spec(folder_.file("s.yaml"));
  }
  static std::string csv(const SweepSpec& spec, const std::string& path) {
    SweepStore store(path);
    return all_points(spec, store.members(store.sweeps().at(0).first)).csv();
  }
  SweepCounts run(const std::string& path, SweepEvaluator& evaluator, int jobs = 3) {
    SweepStore store(path);
    SweepOptions options;
    options.jobs = jobs;
    options.quiet = true;
    return run_sweep(spec_, store, evaluator, options);
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
  EXPECT_THAT(text, HasSubstr("expected area_mm2 <= 4"));
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
  Random random(5);
  int kills = 0;
  for (bool done = false; !done; ++kills) {
    ASSERT_LT(kills, 500);
    const pid_t child = ::fork();
    if (child == 0) {
      run(folder_.file("killed.sqlite"), formula, 2);
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + random.below(40)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    done = WIFEXITED(status);
  }
  EXPECT_EQ(run(folder_.file("killed.sqlite"), formula).ran, 0);
  EXPECT_EQ(csv(spec_, folder_.file("killed.sqlite")), csv(spec_, folder_.file("whole.sqlite")));
}

TEST_F(Sweep, APointThatTakesTooLongIsEnded) {
  write_file(folder_.file("s.yaml"), "workloads: [net.yaml]\ntimeout_s: 1\naxes: {blocks: [1]}\n");
  spec_ = read_sweep_spec(folder_.file("s.yaml"));
  Formula slow(20000);
  EXPECT_EQ(run(folder_.file("s.sqlite"), slow).failed, 1);
}

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
