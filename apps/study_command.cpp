#include "apps/study_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "apps/common_options.h"
#include "apps/output.h"
#include "apps/sweep_run.h"
#include "common/atomic_file.h"
#include "common/console.h"
#include "common/error.h"
#include "study/study.h"
#include "sweep/summary.h"

namespace escalate {
namespace {

struct StudyArguments {
  CommonOptions common;
  std::string folder;
  std::string store;
  bool draw_only = false;
};

/// The sweeps' points, and how running them went.
struct Sweeps {
  std::vector<std::vector<SweepMember>> members;
  std::vector<SweepCounts> counts;

  std::int64_t num_ran() const {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                           [](std::int64_t sum, const SweepCounts& one) { return sum + one.ran; });
  }
  bool are_stopped() const { return !counts.empty() && counts.back().stopped; }
};

/// Runs one sweep after the other into the store. Stopped, it leaves the rest.
Sweeps run_all(const StudyArguments& options, const StudySweeps& study) {
  stop_sweeps_on_signals();
  SweepStore store(options.store);
  NetworkEvaluator evaluator;
  Sweeps sweeps;
  for (const StudySweep& sweep : study.all) {
    if (!options.common.quiet) tell("{}\n", sweep.name);
    SweepOptions how;
    how.quiet = options.common.quiet;
    sweeps.counts.push_back(run_sweep_here(sweep.spec, store, evaluator, options.common.jobs, how));
    if (sweeps.are_stopped()) return sweeps;
    sweeps.members.push_back(store.members(sweeps.counts.back().sweep));
  }
  store.check_there();
  return sweeps;
}

/// The points that the store has, whoever ran them.
Sweeps read_all(const StudyArguments& options, const StudySweeps& study) {
  const SweepStore store(options.store, StoreAccess::kRead);
  NetworkEvaluator evaluator;
  Sweeps sweeps;
  for (const StudySweep& sweep : study.all) {
    StoredPoints points = stored_points(sweep.spec, store, evaluator);
    warn_of_others(points, options.store, evaluator, "--draw-only");
    sweeps.members.push_back(std::move(points.members));
  }
  return sweeps;
}

/// How many points there are, and why which of them failed.
void print_summary(const Study& study, const StudyPoints& points) {
  const Screen screen = screen_of(stdout);
  if (!study.sweeps->all.empty()) put("{}", status_table(points).text(screen));
  for (std::size_t i = 0; i < study.sweeps->all.size(); ++i) {
    const auto& members = points.members(i);
    const bool has_failed = std::any_of(members.begin(), members.end(), [](const auto& member) {
      return member.record && member.record->status == "failed";
    });
    if (!has_failed) continue;
    put("\nfailed points of {} by reason\n{}", study.sweeps->all[i].name,
        failures(study.sweeps->all[i].spec, members).text(screen));
  }
}

/// Writes figures and tables into the folder, all or none.
void write(const StudyArguments& options, const Study& study, const StudyPoints& points,
           Outputs& outputs) {
  for (const StudyFile& file : study_files(study, points)) {
    outputs.write_file((std::filesystem::path(options.folder) / file.name).string(), file.text);
  }
  outputs.commit();
}

/// A study without sweeps draws what it finds in the folder.
void check_options(const CommandLine& line, const Study& study, const StudyArguments& options) {
  if (study.sweeps->all.empty()) {
    line.refuse({"store", "draw-only"}, "the study has no sweep");
  }
  if (options.draw_only) line.refuse({"jobs"}, "--draw-only runs no points");
}

}  // namespace

int run_study(const std::vector<std::string>& args) {
  StudyArguments options;
  CommandLine line(
      "study", "FOLDER",
      "Runs the sweeps that FOLDER/study.yaml names into one store, and makes the "
      "figures and tables that it\ndeclares (docs/sweeps.md). A study that was stopped "
      "goes on where it was.");
  line.common(options.common, {CommonOption::kJobs, CommonOption::kQuiet})
      .option({"store", "FILE", "SQLite file (default: FOLDER/study.sqlite)"}, options.store)
      .flag({"draw-only", "", "run nothing, draw what the store has"}, options.draw_only);
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  options.folder = line.operands()[0];
  if (options.store.empty()) {
    options.store = (std::filesystem::path(options.folder) / "study.sqlite").string();
  }
  const Study study = read_study(options.folder);
  check_options(line, study, options);
  for (const std::string& file : study_file_names(study)) {
    check_writable((std::filesystem::path(options.folder) / file).string());
  }
  Sweeps sweeps;
  if (!study.sweeps->all.empty()) {
    sweeps = options.draw_only ? read_all(options, *study.sweeps) : run_all(options, *study.sweeps);
  }
  if (sweeps.are_stopped()) return static_cast<int>(status_of(sweeps.counts.back()));
  const StudyPoints points(*study.sweeps, std::move(sweeps.members));
  Outputs outputs(line);
  write(options, study, points, outputs);
  if (!options.common.quiet) {
    print_summary(study, points);
    if (!sweeps.counts.empty()) put("\n{} ran now\n", sweeps.num_ran());
  }
  ExitStatus status = ExitStatus::kDone;
  for (const SweepCounts& counts : sweeps.counts) status = std::max(status, status_of(counts));
  return static_cast<int>(status);
}

}  // namespace escalate
