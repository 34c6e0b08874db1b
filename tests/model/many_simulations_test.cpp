// Simulations one after another in one process.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "common/error.h"
#include "common/named_values.h"
#include "model/simulation.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kFreedMemoryIsKept = true;  // for a while: its check for leaks tells of the rest
#else
constexpr bool kFreedMemoryIsKept = false;
#endif
constexpr int kRuns = kFreedMemoryIsKept ? 100 : 1000;

Program small_program() {
  return compile(draw_network(parse_quick_layer("C=16,K=8,R=3,H=4,density=0.3"), {}).network, {});
}

/// Everything a run says, as text.
std::string told(const SimulationOutcome& outcome) {
  std::string text;
  for (const LayerRun& run : outcome.layers) {
    text += std::to_string(run.cycles) + " ";
    for (const auto& [name, count] : named_counts(run.counters)) {
      text += name + "=" + std::to_string(count) + " ";
    }
  }
  for (const Activations& output : outcome.outputs) {
    text.append(output.values.begin(), output.values.end());
  }
  return text;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * double(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

class ManySimulations : public testing::Test {
 protected:
  SimulationOutcome run(View view = View::kTransaction) const {
    SimulationOptions options;
    options.view = view;
    return simulate(program_, images_, options);
  }

  Program program_ = small_program();
  std::vector<Activations> images_ = drawn_images(program_.network, 1);
};

TEST_F(ManySimulations, OfOneProcessAreEqualAndLeaveNoMemoryBehind) {
  const std::string first = told(run());
  double early = 0;
  for (int i = 0; i < kRuns; ++i) {
    if (i == 100) early = resident_mib();
    ASSERT_EQ(told(run()), first) << "run " << i;
  }
  if (!kFreedMemoryIsKept) {
    EXPECT_LT(resident_mib() - early, 3);
  }
}

TEST_F(ManySimulations, OfBothViewsTakeTurns) {
  const std::string first = told(run());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(told(run(View::kCycle)), first);
    EXPECT_EQ(told(run(View::kTransaction)), first);
  }
}

TEST_F(ManySimulations, GoOnAfterRunsThatThrow) {
  const std::string first = told(run());
  double early = 0;
  for (int i = 0; i < 100; ++i) {
    if (i == 30) early = resident_mib();
    SimulationOptions options;
    options.view = i % 2 == 0 ? View::kTransaction : View::kCycle;
    options.on_run = [](const LayerRun&) { throw UserError("enough"); };
    EXPECT_THROW(simulate(program_, images_, options), UserError);
    Program broken = program_;  // which waits for data that nobody loads
    broken.streams[std::size_t(Stream::kLoad)].clear();
    for (LayerCode& layer : broken.layers) {
      layer.begin[std::size_t(Stream::kLoad)] = layer.end[std::size_t(Stream::kLoad)] = 0;
    }
    EXPECT_THROW(simulate(broken, images_, {}), InternalError);
    ASSERT_EQ(told(run()), first);
  }
  if (!kFreedMemoryIsKept) {
    EXPECT_LT(resident_mib() - early, 3);
  }
}

TEST_F(ManySimulations, WithinOneAnotherDoNotMeet) {
  const std::string first = told(run());
  SimulationOptions options;
  std::string inner;
  options.on_run = [&](const LayerRun&) { inner = told(run()); };
  EXPECT_EQ(told(simulate(program_, images_, options)), first);
  EXPECT_EQ(inner, first);
}

TEST_F(ManySimulations, OfSeveralThreadsTakeTurns) {
  const std::string first = told(run());
  std::vector<std::string> others(4);
  std::vector<std::thread> threads;
  for (std::string& other : others) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) other = told(run());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& other : others) EXPECT_EQ(other, first);
}

}  // namespace
}  // namespace escalate
