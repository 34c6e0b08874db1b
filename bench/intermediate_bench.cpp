// Values of intermediate elements: nanoseconds per dot product of C channels.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "pe/transaction/intermediate.h"

namespace escalate {
namespace {

constexpr int kRows = 384;
constexpr int kVectors = 64;

void multiply(benchmark::State& state, int channels, HostSimd set) {
  std::mt19937 random(1);
  TernaryRows rows(channels);
  std::vector<std::int8_t> row(channels);
  for (int r = 0; r < kRows; ++r) {
    for (auto& value : row) value = std::int8_t(int(random() % 3) - 1);
    rows.add_row(row);
  }
  std::vector<std::int8_t> activations(std::size_t(rows.padded_channels()) * kVectors);
  for (auto& value : activations) value = std::int8_t(random());
  std::vector<std::int32_t> out(std::size_t(kRows) * kVectors);
  for (auto _ : state) {
    multiply_ternary(rows, 0, kRows, {activations.data(), rows.padded_channels(), kVectors},
                     out.data(), kRows, set);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.counters["item"] =
      benchmark::Counter(double(kRows) * kVectors, benchmark::Counter::kIsIterationInvariantRate |
                                                       benchmark::Counter::kInvert);
}

}  // namespace
}  // namespace escalate

int main(int argc, char** argv) {
  for (const int channels : {64, 256, 512}) {
    for (const auto set : {escalate::HostSimd::kPortable, escalate::best_host_simd()}) {
      const std::string name =
          "multiply/" + std::string(to_string(set)) + "/C:" + std::to_string(channels);
      benchmark::RegisterBenchmark(name.c_str(), escalate::multiply, channels, set)
          ->Unit(benchmark::kMicrosecond);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
