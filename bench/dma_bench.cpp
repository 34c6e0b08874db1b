// DMA and DRAM modules under SystemC: nanoseconds per request, beside those of the bare timing.
#include <benchmark/benchmark.h>

#include <vector>

#include "buffers/dram_target.h"
#include "buffers/transaction/dma_module.h"
#include "interconnect/systemc_run.h"

namespace escalate {
namespace {

constexpr int kBytes = 1 << 22;

benchmark::Counter per_request(const MachineConfig& machine) {
  return benchmark::Counter(
      double(kBytes) / machine.dma.request_bytes,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void timing(benchmark::State& state) {
  const MachineConfig machine;
  for (auto _ : state) {
    DramTiming dram(machine.dram);
    for (int at = 0; at < kBytes; at += machine.dma.request_bytes) {
      benchmark::DoNotOptimize(dram.advance(at));
      dram.arrive(std::uint64_t(at), machine.dma.request_bytes, false, at);
    }
  }
  state.counters["request"] = per_request(machine);
}

// One elaboration serves all iterations, as it does all layers of a network.
void modules(benchmark::State& state) {
  const MachineConfig machine;
  static SparseMemory memory;
  static DramTarget dram("dram", machine, memory);
  static DmaModule load("load", machine, DmaDirection::kLoad);
  static const bool bound = (load.socket.bind(dram.socket), true);
  benchmark::DoNotOptimize(bound);
  std::vector<std::uint8_t> bytes(kBytes);
  const std::vector<DmaTransfer> transfers = {{0, bytes}};
  const Clock clock(machine);
  for (auto _ : state) {
    load.start(transfers);
    run_simulation();
    // On to the next clock edge, if the last event was between two.
    const Picoseconds rest = simulated_time() % clock.period();
    if (rest != 0) run_simulation_for(clock.period() - rest);
    load.restart();
    dram.restart();
  }
  state.counters["request"] = per_request(machine);
}

BENCHMARK(timing)->Unit(benchmark::kMicrosecond);
BENCHMARK(modules)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace escalate

BENCHMARK_MAIN();
