#include "apps/sweep_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "apps/common_options.h"
#include "apps/energy_option.h"
#include "apps/machine_run.h"
#include "apps/output.h"
#include "apps/sweep_run.h"
#include "common/console.h"
#include "common/error.h"
#include "escalate/inside/sweep_evaluator.h"
#include "report/documents.h"
#include "report/html_page.h"
#include "sweep/runner.h"
#include "sweep/slurm_engine.h"
#include "sweep/summary.h"
#include "sweep/sweep_json.h"
#include "sweep/task_file.h"
#include "sweep/together.h"

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

struct SweepArguments {
  CommonOptions common;
  std::string store;
  std::string energy;
  std::string name;
  std::int64_t number = 0;  ///< number of a sweep in the store; 0: not given
  std::int64_t drop_pick = -1;
  bool show = false;
  bool retry = false;
  bool worker = false;
  bool jobs_given = false;
  EngineName engine = EngineName::kLocal;
  int task_points = 50;
  int share_memory = NetworkEvaluator::kShareMegabytes;
  std::vector<std::string> sbatch;
};

void print_best(const SweepSpec& spec, const std::vector<SweepMember>& members,
                const Screen& screen) {
  put("best points\n{}", best_points(spec, members, kBestPoints).text(screen));
  put("\nPareto front\n{}", front_table(spec, members).text(screen));
  if (!together(spec, members).empty()) {
    put("\nPareto fronts of all networks together\n{}", together_table(spec, members).text(screen));
  }
  put("\nsensitivity: geometric means by value of an axis, relative to its best one\n{}",
      sensitivity(spec, members).text(screen));
}

/// Tables of what is known: none of a sweep without a point that is done.
void print_summary(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  const Screen screen = screen_of(stdout);
  const auto has_status = [&](const char* status) {
    return std::any_of(members.begin(), members.end(), [&](const SweepMember& one) {
      return one.record && one.record->status == status;
    });
  };
  if (has_status("done")) print_best(spec, members, screen);
  if (has_status("failed")) {
    put("\nfailed points by reason\n{}", failures(spec, members).text(screen));
  }
}

/// The sweep of the store with that name or number, or its only one.
std::int64_t chosen_sweep(const SweepStore& store, const SweepArguments& options) {
  std::vector<std::int64_t> chosen;
  std::string all;
  for (const auto& [id, name] : store.sweeps()) {
    all += fmt::format("{}{} '{}'", all.empty() ? "" : ", ", id, name);
    const bool has_name = options.name.empty() || name == options.name;
    const bool has_number = options.number == 0 || id == options.number;
    if (has_name && has_number) chosen.push_back(id);
  }
  if (chosen.size() == 1) return chosen[0];
  if (all.empty()) throw UserError({options.store, 0, ""}, "the store has no sweep");
  throw UserError({options.store, 0, "--name, --number"},
                  fmt::format("expected one of the store's sweeps: {}", all));
}

/// The sweep as `report` shows it.
LabelledSweep labelled_sweep(const StoredSweep& sweep, const std::string& output) {
  return {std::filesystem::path(output).stem().string(), sweep_to_json(sweep.spec, sweep.members)};
}

Documents documents(const StoredSweep& sweep, const std::string& output) {
  return {
      {FileForm::kJson, [&] { return json_document(sweep_to_json(sweep.spec, sweep.members)); }},
      {FileForm::kCsv, [&] { return all_points(sweep.spec, sweep.members).csv(); }},
      {FileForm::kHtml, [&] { return html_page({}, {labelled_sweep(sweep, output)}); }},
      {FileForm::kMarkdown, [&] { return markdown_document(labelled_sweep(sweep, output)); }}};
}

void present(const SweepArguments& options, const StoredSweep& sweep, Outputs& outputs) {
  outputs.write("output", documents(sweep, options.common.output));
  outputs.commit();
  if (options.common.json) {
    put_text(json_document(sweep_to_json(sweep.spec, sweep.members)));
  } else if (!options.common.quiet) {
    print_summary(sweep.spec, sweep.members);
    std::map<std::string, std::int64_t> counts;
    for (const SweepMember& member : sweep.members) {
      ++counts[member.record ? member.record->status : "to do"];
    }
    put("\n{}: {} points, {} done, {} failed, {} excluded, {} to do\n", options.store,
        sweep.members.size(), counts["done"], counts["failed"], counts["excluded"],
        counts["to do"]);
  }
}

int show_store(const SweepArguments& options, Outputs& outputs) {
  const SweepStore store(options.store, StoreAccess::kRead);
  present(options, store.read(chosen_sweep(store, options)), outputs);
  return static_cast<int>(ExitStatus::kDone);
}

/// The points that the specification asks for now; the store may have fewer, or another program's.
int show_specification(const SweepArguments& options, const SweepSpec& spec, Outputs& outputs) {
  const SweepStore store(options.store, StoreAccess::kRead);
  NetworkEvaluator evaluator(options.drop_pick);
  StoredPoints points = stored_points(spec, store, evaluator);
  present(options, {spec, std::move(points.members)}, outputs);
  warn_of_others(points, options.store, evaluator, "--show");
  return static_cast<int>(ExitStatus::kDone);
}

SweepCounts run_on_engine(const SweepArguments& options, const SweepSpec& spec, SweepStore& store) {
  const bool is_local = options.engine == EngineName::kLocal;
  NetworkEvaluator evaluator(options.drop_pick, is_local ? options.share_memory : 0);
  SweepOptions sweep;
  sweep.quiet = options.common.quiet;
  sweep.retry_failed = options.retry;
  if (is_local) return run_sweep_here(spec, store, evaluator, options.common.jobs, sweep);
  sweep.stop = are_sweeps_stopped;
  SlurmClient client;
  SlurmEngine::Options slurm;
  slurm.folder = options.store + ".slurm";
  slurm.worker = {std::filesystem::read_symlink("/proc/self/exe").string(), "sweep", "--worker",
                  fmt::format("--share-memory={}", options.share_memory)};
  slurm.version = evaluator.version();
  slurm.most_at_once = options.jobs_given ? options.common.jobs : 0;
  slurm.points_per_task = options.task_points;
  slurm.sbatch = options.sbatch;
  SlurmEngine engine(spec, client, slurm);
  return run_sweep(spec, store, evaluator, engine, sweep);
}

int run_worker(const SweepArguments& options, const std::string& path) {
  stop_sweeps_on_signals();
  NetworkEvaluator evaluator(-1, options.share_memory);
  run_task_file(path, evaluator, options.common.jobs, are_sweeps_stopped);
  return static_cast<int>(are_sweeps_stopped() ? ExitStatus::kCheckFailed : ExitStatus::kDone);
}

int run(const SweepArguments& options, const SweepSpec& spec, Outputs& outputs) {
  SweepStore store(options.store);
  stop_sweeps_on_signals();
  const SweepCounts counts = run_on_engine(options, spec, store);
  present(options, {spec, store.members(counts.sweep)}, outputs);
  if (!options.common.quiet && !options.common.json) put("{} ran now\n", counts.ran);
  store.check_there();
  return static_cast<int>(status_of(counts));
}

/// An option that only one way of calling the command takes is refused in the others.
void check_options(const CommandLine& line, bool is_store, const SweepArguments& options) {
  if (is_store) {
    line.refuse({"store"}, "the store is given already");
    line.refuse({"energy"}, "its points have their energies");
  } else {
    line.refuse({"name", "number"}, "it chooses one of the sweeps of a store");
  }
  if (options.show) {
    line.refuse({"engine", "task-points", "sbatch", "jobs", "retry-failed", "share-memory"},
                "--show runs no points");
  }
  if (options.engine == EngineName::kLocal) {
    line.refuse({"task-points", "sbatch"}, "it is of --engine slurm");
  } else {
    line.refuse({"drop-pick"}, "it is of --engine local");
  }
}

}  // namespace

int run_sweep_command(const std::vector<std::string>& args) {
  SweepArguments options;
  CommandLine line("sweep", "SPEC.yaml|STORE.sqlite",
                   "Runs a network on many machines. What is finished is kept in a store: a sweep "
                   "that was stopped goes on\nwhere it was. With --show, a store is enough.");
  line.common(options.common, {CommonOption::kJobs, CommonOption::kOutput, CommonOption::kJson,
                               CommonOption::kQuiet})
      .option({"store", "FILE", "SQLite file (default: beside SPEC, ending in .sqlite)"},
              options.store)
      .flag({"show", "", "run nothing, show what the store has"}, options.show)
      .option({"name", "NAME", "with --show: which sweep of a store with several"}, options.name)
      .option({"number", "N", "with --show: the same, where several have one name", "", 1},
              options.number)
      .flag({"retry-failed", "", "run points of the specification again that failed"},
            options.retry)
      .option({"share-memory", "MIB",
               "memory for what points have in common (default 256), 0: each runs on its own", "",
               0, 1 << 20},
              options.share_memory)
      .option({"engine", "ENGINE",
               "local: processes of this machine; slurm: job arrays, at most --jobs tasks at once"},
              options.engine)
      .option({"task-points", "N", "with slurm: points of a task", "", 1}, options.task_points)
      .option({"sbatch", "OPTION", "with slurm: option for sbatch, as --sbatch=--time=60"},
              options.sbatch)
      .flag({"worker", "", "run a task file of --engine slurm (its jobs call this)"},
            options.worker);
  add_classes_to(line, options.energy);
  add_drop_pick_to(line, options.drop_pick);
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  const std::string& path = line.operands()[0];
  options.jobs_given = line.given("jobs");
  if (options.worker) {
    line.refuse({"output", "json", "store", "energy", "show", "name", "number", "retry-failed",
                 "engine", "task-points", "sbatch"},
                "--worker runs a task file, and writes its results beside it");
    return run_worker(options, path);
  }
  const bool is_stored = is_store(path);
  check_options(line, is_stored, options);
  Outputs outputs(line);
  outputs.add("output", options.common.output,
              {FileForm::kJson, FileForm::kCsv, FileForm::kHtml, FileForm::kMarkdown});
  if (is_stored) {
    if (!options.show) {
      throw UserError({path, 0, ""}, "a store cannot be run: expected a specification, or --show");
    }
    options.store = path;
    return show_store(options, outputs);
  }
  const SweepSpec spec = read_sweep_spec(path, options.energy);
  if (options.store.empty()) {
    options.store = std::filesystem::path(path).replace_extension(".sqlite").string();
  }
  return options.show ? show_specification(options, spec, outputs) : run(options, spec, outputs);
}

}  // namespace escalate
