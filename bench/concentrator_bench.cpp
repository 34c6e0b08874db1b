// The innermost loop of the transaction view: nanoseconds per item, an item being one
// (activation vector, basis kernel, output channel), that is one intermediate element.
//
//   popcount       matches only: a lower bound of the work, blind to the concentrator
//   gather         activation masks gathered and packed, element by element, with PEXT
//   concentrator   CaBatch on each instruction set: exact steps of 16 lanes, L<3,2>
//   one_by_one     the same by dilute() and concentrate(), as used for checked outputs
//
// Ends with the check that the concentrator stands no worse to the popcount loop than required.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "pe/transaction/ca_batch.h"
#include "pe/transaction/dilution.h"

namespace escalate {
namespace {

constexpr int kChunk = 64;
constexpr int kEntries = 64;
constexpr int kRows = 384;
constexpr int kLanes = 16;
constexpr double kActivationDensity = 0.4;
const char* const kPattern = "L<3,2>";

// At 256 channels: the concentrator's time over the popcount loop's, at most. 1.5 times the ratios
// of an element-by-element loop with PEXT (ns per item on Zen 5: 0.57 popcount, 7.1 and 23 exact).
struct Requirement {
  double coefficient_density;
  double ratio;
};
constexpr Requirement kRequirements[] = {{0.05, 1.5 * 7.1 / 0.57}, {0.20, 1.5 * 23 / 0.57}};

std::uint64_t random_word(std::mt19937_64& random, double density) {
  std::bernoulli_distribution one(density);
  std::uint64_t word = 0;
  for (int bit = 0; bit < kChunk; ++bit) word |= std::uint64_t{one(random)} << bit;
  return word;
}

struct Items {
  Items(int channels, double coefficient_density)
      : num_chunks(channels / kChunk), tile(num_chunks, kChunk) {
    std::mt19937_64 random(1);
    for (int entry = 0; entry < kEntries; ++entry) {
      auto& maps = entries.emplace_back();
      for (int c = 0; c < num_chunks; ++c) maps.push_back(random_word(random, kActivationDensity));
    }
    for (int row = 0; row < kRows; ++row) {
      std::vector<std::uint64_t> maps;
      for (int c = 0; c < num_chunks; ++c) maps.push_back(random_word(random, coefficient_density));
      coefficients.insert(coefficients.end(), maps.begin(), maps.end());
      tile.add_row(maps, std::vector<std::uint64_t>(num_chunks, 0));
    }
  }

  static constexpr double kCount = double(kEntries) * kRows;
  int num_chunks;
  std::vector<std::vector<std::uint64_t>> entries;
  std::vector<std::uint64_t> coefficients;  // [row][chunk]
  CoefficientTile tile;
};

#if defined(__x86_64__)
#define ESCALATE_BENCH_TARGET [[gnu::target("avx2,bmi,bmi2,popcnt")]]
#else
#define ESCALATE_BENCH_TARGET
#endif

// The number of chunks is a constant: the bound is to be as fast as it can be.
template <int kChunks>
ESCALATE_BENCH_TARGET std::uint64_t popcount_entry(const Items& items, const std::uint64_t* maps) {
  std::uint64_t bound = 0;
  const std::uint64_t* coefficients = items.coefficients.data();
  for (int row = 0; row < kRows; ++row) {
    int matches = 0;
    for (int c = 0; c < kChunks; ++c) {
      matches += __builtin_popcountll(maps[c] & coefficients[c]);
    }
    coefficients += kChunks;
    bound += std::uint64_t(matches + kLanes - 1) / kLanes;
  }
  return bound;
}

ESCALATE_BENCH_TARGET std::uint64_t gather_entry(const Items& items, const std::uint64_t* maps) {
  std::uint64_t packed[64] = {};
  std::uint64_t sum = 0;
  const std::uint64_t* coefficients = items.coefficients.data();
  for (int row = 0; row < kRows; ++row) {
    int slots = 0;
    std::uint64_t word = 0;
    for (int c = 0; c < items.num_chunks; ++c, ++coefficients) {
      if (*coefficients == 0) continue;
      const std::uint64_t bits = gather_bits_pext(*coefficients, maps[c]);
      const int shift = slots & 63;
      word |= bits << shift;
      packed[slots >> 6] = word;
      slots += __builtin_popcountll(maps[c]);
      if (shift + __builtin_popcountll(maps[c]) >= 64) word = bits >> 1 >> (63 - shift);
    }
    packed[slots >> 6] = word;
    benchmark::DoNotOptimize(packed);
    sum += std::uint64_t(slots);
  }
  return sum;
}

std::uint64_t popcount_all(const Items& items) {
  const auto popcount_one = items.num_chunks == 1   ? popcount_entry<1>
                            : items.num_chunks == 4 ? popcount_entry<4>
                                                    : popcount_entry<8>;
  std::uint64_t sum = 0;
  for (const auto& entry : items.entries) sum += popcount_one(items, entry.data());
  return sum;
}

std::uint64_t gather_all(const Items& items) {
  std::uint64_t sum = 0;
  for (const auto& entry : items.entries) sum += gather_entry(items, entry.data());
  return sum;
}

std::uint64_t batch_all(const Items& items, CaBatch& batch, CaBatchResult& result) {
  std::uint64_t steps = 0;
  for (const auto& entry : items.entries) {
    batch.load(entry);
    batch.run(items.tile, result);
    for (int row = 0; row < kRows; ++row) steps += result.steps[row];
  }
  return steps;
}

std::uint64_t one_by_one_all(const Items& items, const ConcentratorPattern& pattern) {
  std::uint64_t steps = 0;
  DilutedElement element;
  for (const auto& entry : items.entries) {
    for (int row = 0; row < kRows; ++row) {
      dilute(entry, items.tile, row, best_host_simd(), element);
      steps += std::uint64_t(concentrate(
          pattern, kLanes, element.active.words(), element.slots(), [](const SlotPick&) {},
          [](int, int) {}));
    }
  }
  return steps;
}

// The best of several runs, in ns per item: other jobs on the machine only ever add time.
double best_ns_per_item(const std::function<std::uint64_t()>& run) {
  double best = 1e30;
  for (int repeat = 0; repeat < 25; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(run());
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / Items::kCount);
  }
  return best;
}

void add(const std::string& name, const std::function<std::uint64_t()>& run) {
  benchmark::RegisterBenchmark(name.c_str(), [run](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(run());
    state.counters["item"] = benchmark::Counter(
        Items::kCount, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  })->Unit(benchmark::kMicrosecond);
}

void add_all(std::vector<std::unique_ptr<Items>>& kept) {
  for (const int channels : {64, 256, 512}) {
    for (const double density : {0.05, 0.20}) {
      const Items& items = *kept.emplace_back(std::make_unique<Items>(channels, density));
      const std::string suffix = fmt::format("/C:{}/density:{:.2f}", channels, density);
      if (best_host_simd() == HostSimd::kAvx2Pext) {
        add("popcount" + suffix, [&items] { return popcount_all(items); });
        add("gather" + suffix, [&items] { return gather_all(items); });
      }
      for (const HostSimd set : available_host_simd()) {
        auto batch = std::make_shared<CaBatch>(kLanes, ConcentratorPattern::parse(kPattern), set);
        auto result = std::make_shared<CaBatchResult>();
        add(fmt::format("concentrator/{}{}", to_string(set), suffix),
            [&items, batch, result] { return batch_all(items, *batch, *result); });
      }
      add("one_by_one" + suffix,
          [&items] { return one_by_one_all(items, ConcentratorPattern::parse(kPattern)); });
    }
  }
}

bool check_requirements() {
  if (best_host_simd() != HostSimd::kAvx2Pext) {
    fmt::print("requirement: stated for processors with a fast PEXT; not checked on this one\n");
    return true;
  }
  bool met = true;
  for (const Requirement& required : kRequirements) {
    const Items items(256, required.coefficient_density);
    const double popcount = best_ns_per_item([&] { return popcount_all(items); });
    for (const HostSimd set : available_host_simd()) {
      CaBatch batch(kLanes, ConcentratorPattern::parse(kPattern), set);
      CaBatchResult result;
      const double exact = best_ns_per_item([&] { return batch_all(items, batch, result); });
      const bool here = exact / popcount <= required.ratio;
      met = met && (here || set != HostSimd::kAvx2Pext);
      fmt::print(
          "requirement: C 256, coefficient density {:.2f}, {:9}: popcount {:.2f} ns, exact {:.2f} "
          "ns per item, ratio {:.1f} (at most {:.1f}): {}\n",
          required.coefficient_density, to_string(set), popcount, exact, exact / popcount,
          required.ratio, here ? "met" : "NOT MET");
    }
  }
  return met;
}

}  // namespace
}  // namespace escalate

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  std::vector<std::unique_ptr<escalate::Items>> kept;
  escalate::add_all(kept);
  benchmark::RunSpecifiedBenchmarks();
  return escalate::check_requirements() ? 0 : 1;
}
