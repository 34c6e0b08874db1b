#include "apps/sweep_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "apps/common_options.h"
#include "apps/sweep_evaluator.h"
#include "common/atomic_file.h"
#include "common/error.h"
#include "sweep/runner.h"
#include "sweep/slurm_engine.h"
#include "sweep/summary.h"
#include "sweep/sweep_json.h"
#include "sweep/task_file.h"

namespace escalate {
namespace {

constexpr int kBestPoints = 3;

enum class EngineName { kLocal, kSlurm };

}  // namespace

template <>
struct EnumNames<EngineName> {
  static constexpr auto kNames = std::to_array<std::pair<EngineName, std::string_view>>(
      {{EngineName::kLocal, "local"}, {EngineName::kSlurm, "slurm"}});
};

namespace {

volatile std::sig_atomic_t interrupted = 0;

struct Options {
  CommonOptions common;
  std::string store;
  std::string name;
  bool show = false;
  bool retry = false;
  bool worker = false;
  bool jobs_given = false;
  EngineName engine = EngineName::kLocal;
  int task_points = 50;
  std::vector<std::string> sbatch;
};

void print_summary(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  const Screen screen = screen_of(stdout);
  fmt::print("best points\n{}", best_points(spec, members, kBestPoints).text(screen));
  fmt::print("\nPareto front\n{}", front_table(spec, members).text(screen));
  fmt::print("\nsensitivity: geometric means by value of an axis, relative to its best one\n{}",
             sensitivity(spec, members).text(screen));
  const bool has_failed = std::any_of(members.begin(), members.end(), [](const SweepMember& one) {
    return one.record && one.record->status == "failed";
  });
  if (has_failed) fmt::print("\nfailed points by reason\n{}", failures(spec, members).text(screen));
}

/// A sweep as the store has it.
struct StoredSweep {
  SweepSpec spec;
  std::vector<SweepMember> members;
};

StoredSweep read_stored(const SweepStore& store, const std::string& path, std::int64_t sweep) {
  StoredSweep stored{{}, store.members(sweep)};
  std::vector<std::string> workloads;
  for (const SweepMember& member : stored.members) {
    if (std::find(workloads.begin(), workloads.end(), member.workload) == workloads.end()) {
      workloads.push_back(member.workload);
    }
  }
  stored.spec = stored_sweep_spec(path, store.spec_text(sweep), workloads);
  return stored;
}

bool is_store(const std::string& path) {
  std::string begin(16, ' ');
  std::ifstream(path, std::ios::binary).read(begin.data(), std::streamsize(begin.size()));
  return begin == std::string("SQLite format 3\0", 16);
}

/// The sweep of the store with that name, or its only one.
std::int64_t chosen_sweep(const SweepStore& store, const Options& options) {
  const auto sweeps = store.sweeps();
  std::string names;
  for (const auto& [id, name] : sweeps) {
    if (name == options.name || (options.name.empty() && sweeps.size() == 1)) return id;
    names += (names.empty() ? "'" : ", '") + name + "'";
  }
  if (sweeps.empty()) throw UserError({options.store, 0, ""}, "the store has no sweep");
  throw UserError({options.store, 0, "--name"}, "expected one of the store's sweeps: " + names);
}

void check_output(const std::string& output) {
  if (output.empty()) return;
  if (!output.ends_with(".csv") && !output.ends_with(".json")) {
    throw UserError({"", 0, "--output"},
                    "expected a file that ends in .csv or .json, got '" + output + "'");
  }
  check_writable(output);
}

void tell(const Options& options, const StoredSweep& sweep) {
  const std::string& output = options.common.output;
  if (output.ends_with(".csv")) {
    write_file(output, all_points(sweep.spec, sweep.members).csv());
  } else if (!output.empty()) {
    write_json(output, sweep_to_json(sweep.spec, sweep.members));
  }
  if (options.common.json) {
    fmt::print("{}\n", sweep_to_json(sweep.spec, sweep.members).dump(2));
  } else if (!options.common.quiet) {
    print_summary(sweep.spec, sweep.members);
    std::map<std::string, std::int64_t> counts;
    for (const SweepMember& member : sweep.members) {
      ++counts[member.record ? member.record->status : "to do"];
    }
    fmt::print("\n{}: {} points, {} done, {} failed, {} excluded, {} to do\n", options.store,
               sweep.members.size(), counts["done"], counts["failed"], counts["excluded"],
               counts["to do"]);
  }
}

int show(const Options& options) {
  if (!std::filesystem::exists(options.store)) {
    throw UserError({options.store, 0, ""}, "there is no such store");
  }
  const SweepStore store(options.store);
  tell(options, read_stored(store, options.store, chosen_sweep(store, options)));
  return static_cast<int>(ExitStatus::kDone);
}

// Ctrl-C and SIGTERM end the run between points.
void stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return interrupted != 0; }

SweepCounts run_on_engine(const Options& options, const SweepSpec& spec, SweepStore& store) {
  NetworkEvaluator evaluator;
  SweepOptions sweep;
  sweep.quiet = options.common.quiet;
  sweep.stop = is_interrupted;
  if (options.engine == EngineName::kLocal) {
    LocalEngine engine(evaluator, options.common.jobs, {spec.timeout_s, spec.memory_mb});
    return run_sweep(spec, store, evaluator, engine, sweep);
  }
  SlurmClient client;
  SlurmEngine::Options slurm;
  slurm.folder = options.store + ".slurm";
  slurm.worker = {std::filesystem::read_symlink("/proc/self/exe").string(), "sweep", "--worker"};
  slurm.version = evaluator.version();
  slurm.most_at_once = options.jobs_given ? options.common.jobs : 0;
  slurm.points_per_task = options.task_points;
  slurm.sbatch = options.sbatch;
  SlurmEngine engine(spec, client, slurm);
  return run_sweep(spec, store, evaluator, engine, sweep);
}

int run_worker(const Options& options, const std::string& path) {
  stop_on_signals();
  NetworkEvaluator evaluator;
  run_task_file(path, evaluator, options.common.jobs, is_interrupted);
  return static_cast<int>(is_interrupted() ? ExitStatus::kCheckFailed : ExitStatus::kDone);
}

int run(const Options& options, const SweepSpec& spec) {
  SweepStore store(options.store);
  if (options.retry) store.forget_failed();
  stop_on_signals();
  const SweepCounts counts = run_on_engine(options, spec, store);
  tell(options, {spec, store.members(counts.sweep)});
  if (!options.common.quiet && !options.common.json) fmt::print("{} ran now\n", counts.ran);
  if (counts.stopped) {
    fmt::print(stderr, "escalate: stopped; the same command goes on where it was\n");
    return static_cast<int>(ExitStatus::kCheckFailed);
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace

int run_sweep_command(const std::vector<std::string>& args) {
  Options options;
  CommandLine line("sweep", "SPEC.yaml|STORE.sqlite",
                   "Runs a network on many machines. What is finished is kept in a store: a sweep "
                   "that was stopped goes on\nwhere it was. With --show, a store is enough.");
  line.common(options.common, {CommonOption::kJobs, CommonOption::kOutput, CommonOption::kJson,
                               CommonOption::kQuiet})
      .option({"store", "FILE", "SQLite file (default: beside SPEC, ending in .sqlite)"},
              options.store)
      .flag({"show", "", "run nothing, show what the store has"}, options.show)
      .option({"name", "NAME", "with --show: which sweep of a store with several"}, options.name)
      .flag({"retry-failed", "", "run points again that failed"}, options.retry)
      .option({"engine", "ENGINE",
               "local: processes of this machine; slurm: job arrays, at most --jobs tasks at once"},
              options.engine)
      .option({"task-points", "N", "with slurm: points of a task", "", 1}, options.task_points)
      .option({"sbatch", "OPTION", "with slurm: option for sbatch, as --sbatch=--time=60"},
              options.sbatch)
      .flag({"worker", "", "run a task file of --engine slurm (its jobs call this)"},
            options.worker);
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  const std::string& path = line.operands()[0];
  options.jobs_given = line.given("jobs");
  if (options.worker) return run_worker(options, path);
  check_output(options.common.output);
  if (is_store(path)) {
    if (!options.show) {
      throw UserError({path, 0, ""}, "a store cannot be run: expected a specification, or --show");
    }
    options.store = path;
    return show(options);
  }
  const SweepSpec spec = read_sweep_spec(path);
  if (options.store.empty()) {
    options.store = std::filesystem::path(path).replace_extension(".sqlite").string();
  }
  if (!options.show) return run(options, spec);
  if (options.name.empty()) options.name = spec.name;
  return show(options);
}

}  // namespace escalate
