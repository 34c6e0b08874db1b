// Both views of the machine on layers of ResNet-20: simulated row-cycles (states of PE rows) per
// second of one core, and how much faster the transaction view is.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "compiler/compile.h"
#include "model/simulation.h"
#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

struct Workload {
  Workload() {
    const std::string file =
        std::string(ESCALATE_SOURCE_DIR) + "/workloads/zoo/resnet20-cifar10.yaml";
    const IntegerNetwork network = draw_network(read_yaml_workload(file), {}).network;
    program = compile(network, {});
    images = {synthetic_input(network, 0)};
  }
  Program program;
  std::vector<Activations> images;
};

const Workload& workload() {
  static const Workload known;
  return known;
}

struct Work {
  std::int64_t row_cycles = 0;
  double seconds = 0;  ///< of one core
};

// Processor time of child processes that have ended.
double child_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return double(time.tv_sec) + 1e-6 * double(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Runs in child processes, as SystemC's modules are for good; their processor time counts, so that
// what else the host does matters little.
Work simulate_in(View view) {
  SimulationOptions options;
  options.view = view;
  options.verify = Verify::kNone;
  options.layers = {1, 10, 18};
  options.jobs = 2;
  const double before = child_seconds();
  const SimulationOutcome outcome = simulate(workload().program, workload().images, options);
  Work work;
  work.seconds = child_seconds() - before;
  for (const LayerRun& run : outcome.layers) work.row_cycles += run.row_states.total();
  return work;
}

void row_cycles(benchmark::State& state, View view) {
  std::int64_t simulated = 0;
  for ([[maybe_unused]] auto _ : state) {
    const Work work = simulate_in(view);
    simulated += work.row_cycles;
    state.SetIterationTime(work.seconds);
  }
  state.counters["row_cycles"] = benchmark::Counter(double(simulated), benchmark::Counter::kIsRate);
}

void factor(benchmark::State& state) {
  double transaction = 0, cycle = 0;
  for ([[maybe_unused]] auto _ : state) {
    const double fast = simulate_in(View::kTransaction).seconds;
    const double slow = simulate_in(View::kCycle).seconds;
    state.SetIterationTime(fast + slow);
    transaction += fast;
    cycle += slow;
  }
  state.counters["cycle_over_transaction"] = cycle / transaction;
}

BENCHMARK_CAPTURE(row_cycles, transaction_view, View::kTransaction)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK_CAPTURE(row_cycles, cycle_view, View::kCycle)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK(factor)->Unit(benchmark::kMillisecond)->UseManualTime();

}  // namespace
}  // namespace escalate

BENCHMARK_MAIN();
