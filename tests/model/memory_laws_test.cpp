// A layer is not slower on a machine that has more of a memory.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/random_run.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

// With more memory the compiler has every choice that it has with less, but it chooses by an
// estimate. What it takes may be this much slower, and a few cycles more of a short layer. Memories
// that are smaller still are left out, and depthwise layers of 1x1 kernels: of these the estimate
// may be a third off.
constexpr double kTolerance = 0.15;
constexpr Cycle kFewCycles = 60;

struct Memory {
  const char* key;
  int& size;
  std::vector<int> sizes;  // rising
};

std::vector<Memory> memories_of(MachineConfig& machine) {
  constexpr int kKib = 1024;
  return {
      {"global_buffer_bytes",
       machine.global_buffer_bytes,
       {32 * kKib, 48 * kKib, 64 * kKib, 96 * kKib, 128 * kKib, 192 * kKib, 256 * kKib, 512 * kKib,
        1024 * kKib}},
      {"coefficient_bank_bytes", machine.coefficient_bank_bytes, {2048, 4096, 8192, 16384, 32768}},
      {"output_bank_words", machine.output_bank_words, {512, 1024, 2048, 4096, 8192}},
      {"mac.line_buffer_words", machine.mac.line_buffer_words, {64, 128, 256, 512}},
      {"ring.chunks", machine.ring.chunks, {8, 16, 32, 64}}};
}

/// As on a command line.
std::string drawn_layer() {
  const int height = draw::one_of({7, 14, 20, 28, 56});
  const bool is_depthwise = draw::once_in(2);
  const int kernel = is_depthwise ? draw::one_of({3, 5}) : draw::one_of({1, 3, 5});
  const int stride = draw::one_of({1, 1, 2});
  const auto density = [] { return 0.1 * draw::between(1, 10); };
  const std::string common = fmt::format("R={},H={},stride={},activation_density={},density={}",
                                         kernel, height, stride, density(), density());
  if (is_depthwise) {
    const int channels = draw::one_of({8, 32, 96, 144});
    return fmt::format("C={0},K={0},groups={0},{1}", channels, common);
  }
  const int channels = draw::one_of({3, 16, 64, 100});
  const int outputs = draw::one_of({8, 32, 100});
  if (channels == 3) return fmt::format("C=3,K={},form=direct,{}", outputs, common);
  return fmt::format("C={},K={},{}", channels, outputs, common);
}

/// None if the layer does not fit.
std::optional<Cycle> cycles(const IntegerNetwork& network, const MachineConfig& machine) {
  try {
    SimulationOptions options;
    options.verify = Verify::kNone;
    const Program program = compile(network, machine, 1);
    return simulated(program, drawn_images(network, 1), options).layers.at(0).cycles;
  } catch (const UserError&) {
    return std::nullopt;
  }
}

void expect_more_memory_not_to_be_slower() {
  const std::string layer = drawn_layer();
  const IntegerNetwork network = draw_network(parse_quick_layer(layer), {}).network;
  MachineConfig machine;
  std::vector<Memory> memories = memories_of(machine);
  // Of five cases, three are of the buffer that most depends on.
  Memory& memory = memories[std::size_t(std::max(0, draw::between(-5, 4)))];
  const int least = draw::between(0, int(memory.sizes.size()) - 2);
  const int more = draw::between(least + 1, int(memory.sizes.size()) - 1);
  RC_LOG() << layer << ", " << memory.key << " " << memory.sizes[std::size_t(least)] << ", "
           << memory.sizes[std::size_t(more)] << "\n";
  memory.size = memory.sizes[std::size_t(least)];
  const std::optional<Cycle> before = cycles(network, machine);
  RC_PRE(before.has_value());
  memory.size = memory.sizes[std::size_t(more)];
  const std::optional<Cycle> after = cycles(network, machine);
  RC_ASSERT(after.has_value());
  RC_LOG() << *before << ", then " << *after << " cycles\n";
  RC_ASSERT(double(*after) <= double(*before) * (1 + kTolerance) + double(kFewCycles));
}

TEST(MemoryLaws, MoreMemoryMakesNoLayerSlower) {
  EXPECT_TRUE(rc::check(expect_more_memory_not_to_be_slower));
}

TEST(LongMemoryLaws, MoreMemoryMakesNoLayerSlower) {
  EXPECT_TRUE(rc::check(expect_more_memory_not_to_be_slower));
}

// Layers that once took up to twice as long.
TEST(MemoryLaws, MoreMemoryMakesDepthwiseLayersFaster) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=96,K=96,R=3,H=56,groups=96,activation_density=0.5"), {})
          .network;
  MachineConfig machine;
  Cycle before = 0;
  for (const int bytes : {32768, 65536, 98304, 131072, 262144, 1048576}) {
    machine.global_buffer_bytes = bytes;
    const std::optional<Cycle> now = cycles(network, machine);
    ASSERT_TRUE(now.has_value());
    if (before > 0) {
      EXPECT_LE(double(*now), 1.02 * double(before)) << bytes;
    }
    before = *now;
  }
}

}  // namespace
}  // namespace escalate
