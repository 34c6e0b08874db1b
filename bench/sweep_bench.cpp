// Sweeps next to single runs: points a minute on one core and on all, how much of the cores that
// uses, and what a point costs next to `escalate simulate` without its start-up (reading and
// drawing the network). Everything in one run, as ratios. Other work on the machine lowers the
// parallel efficiency; that of the engine alone is the share of time that its jobs had a point.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "apps/network_source.h"
#include "apps/simulate_command.h"
#include "common/atomic_file.h"
#include "common/child_process.h"
#include "escalate/inside/sweep_evaluator.h"
#include "sweep/runner.h"

namespace escalate {
namespace {

struct Seconds {
  double wall = 0;
  double cpu = 0;     ///< of this process and of children that have ended
  double points = 0;  ///< wall time of all points
};

Seconds now() {
  Seconds seconds;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds.cpu += double(time.tv_sec) + 1e-6 * double(time.tv_usec);
    }
  }
  const auto clock = std::chrono::steady_clock::now().time_since_epoch();
  seconds.wall = std::chrono::duration<double>(clock).count();
  return seconds;
}

Seconds time_of(const std::function<void()>& work) {
  const Seconds before = now();
  work();
  const Seconds after = now();
  return {after.wall - before.wall, after.cpu - before.cpu, 0};
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "escalate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The best of several runs of `simulate`, less the best of several of its start-up.
double cpu_of_simulate(const std::string& network, const Folder& folder) {
  double whole = 1e30, start_up = 1e30;
  for (int i = 0; i < 3; ++i) {
    const auto in_child = [](const std::function<void()>& work) {
      return time_of([&] {
               in_child_process([&] {
                 work();
                 return std::string();
               });
             })
          .cpu;
    };
    whole = std::min(
        whole, in_child([&] {
          run_simulate({network, "--quiet", "--verify", "none", "-o", folder.file("result.json")});
        }));
    start_up = std::min(start_up, in_child([&] {
                          CommonOptions common;
                          common.quiet = true;
                          load_network(network, common, {});
                        }));
  }
  return whole - start_up;
}

// Points that differ in what costs no time to simulate.
Seconds sweep(const std::string& network, int points, int jobs, const Folder& folder) {
  write_file(folder.file("s.yaml"),
             fmt::format("workloads: [{}]\nverify: none\n"
                         "axes: {{dram.refresh_ns: {{range: [351, {}, 1]}}}}\n",
                         network, 350 + points));
  const std::string store_path = folder.file(fmt::format("{}.sqlite", jobs));
  std::filesystem::remove(store_path);
  const SweepSpec spec = read_sweep_spec(folder.file("s.yaml"));
  SweepStore store(store_path);
  NetworkEvaluator evaluator;
  LocalEngine engine(evaluator, jobs, {spec.timeout_s, spec.memory_mb});
  SweepOptions options;
  options.quiet = true;
  std::int64_t id = 0;
  Seconds seconds = time_of([&] {
    const SweepCounts counts = run_sweep(spec, store, evaluator, engine, options);
    if (counts.done != points) throw std::runtime_error("not all points are done");
    id = counts.sweep;
  });
  for (const SweepMember& member : store.members(id)) {
    seconds.points += member.record->wall_seconds;
  }
  return seconds;
}

void measure(const std::string& name, int points_a_core) {
  const std::string network = std::string(ESCALATE_SOURCE_DIR) + "/workloads/zoo/" + name + ".yaml";
  const Folder folder;
  const int cores = int(std::thread::hardware_concurrency());
  const double single = cpu_of_simulate(network, folder);
  const Seconds one = sweep(network, points_a_core, 1, folder);
  const Seconds all = sweep(network, points_a_core * cores, cores, folder);
  const double rate_of_one = points_a_core / one.wall;
  const double rate_of_all = points_a_core * cores / all.wall;
  fmt::print(
      "{:<18} {:6.1f} points/min on one core, {:7.1f} on {} cores: parallel efficiency {:.2f}, "
      "jobs at work {:.3f} of the time\n",
      name, 60 * rate_of_one, 60 * rate_of_all, cores, rate_of_all / rate_of_one / cores,
      all.points / all.wall / cores);
  fmt::print(
      "{:<18} CPU time of a point {:.3f} s ({:.3f} s with {} jobs), {:.2f}x of simulate "
      "without its start-up ({:.3f} s)\n",
      "", one.cpu / points_a_core, all.cpu / points_a_core / cores, cores,
      one.cpu / points_a_core / single, single);
}

}  // namespace
}  // namespace escalate

int main() {
  escalate::measure("resnet18-cifar10", 20);
  escalate::measure("resnet50-imagenet", 6);
}
