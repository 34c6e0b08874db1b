// Both views of the machine on layers of ResNet-20: simulated row-cycles (states of PE rows) per
// second, and how much faster the transaction view is.
#include <benchmark/benchmark.h>

#include <chrono>

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

// Returns the row-cycles simulated. Runs in child processes, as SystemC's modules are for good.
std::int64_t simulate_in(View view) {
  SimulationOptions options;
  options.view = view;
  options.verify = Verify::kNone;
  options.layers = {1, 10, 18};
  options.jobs = 2;
  const SimulationOutcome outcome = simulate(workload().program, workload().images, options);
  std::int64_t row_cycles = 0;
  for (const LayerRun& run : outcome.layers) row_cycles += run.row_states.total();
  return row_cycles;
}

void row_cycles(benchmark::State& state, View view) {
  std::int64_t simulated = 0;
  for ([[maybe_unused]] auto _ : state) simulated += simulate_in(view);
  state.counters["row_cycles"] = benchmark::Counter(double(simulated), benchmark::Counter::kIsRate);
}

void factor(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  std::chrono::duration<double> seconds[2] = {};
  for ([[maybe_unused]] auto _ : state) {
    for (const View view : {View::kTransaction, View::kCycle}) {
      const auto begin = Clock::now();
      benchmark::DoNotOptimize(simulate_in(view));
      seconds[view == View::kCycle ? 1 : 0] += Clock::now() - begin;
    }
  }
  state.counters["cycle_over_transaction"] = seconds[1] / seconds[0];
}

BENCHMARK_CAPTURE(row_cycles, transaction_view, View::kTransaction)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(row_cycles, cycle_view, View::kCycle)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(factor)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace escalate

BENCHMARK_MAIN();
