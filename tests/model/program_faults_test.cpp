// Programs with a fault: a missing semaphore, a missing instruction, a flipped bit. Each must be
// refused, or be reported by the run, or do no harm.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/resource.h>

#include <array>

#include "common/child_process.h"
#include "compiler/verify.h"
#include "model/simulation.h"
#include "tests/model/random_run.h"

namespace escalate {
namespace {

enum class Fate { kRefused, kReported, kHarmless };

bool is_refused(const Program& program) {
  try {
    verify(program);
    return false;
  } catch (const UserError&) {
    return true;
  }
}

// A fault may make a run endless or enormous; neither may outlive the test.
void limit_process() {
  const rlimit cpu{20, 20};
  ::setrlimit(RLIMIT_CPU, &cpu);
#if !defined(__SANITIZE_ADDRESS__)  // which reserves more address space than any bound
  const rlimit memory{rlim_t{4} << 30, rlim_t{4} << 30};
  ::setrlimit(RLIMIT_AS, &memory);
#endif
}

// "right", or what is wrong with the values.
std::string values_of(const RandomRun& run) {
  limit_process();
  SimulationOptions options;
  options.verify = Verify::kAll;
  const SimulationOutcome outcome = simulate(run.program, run.images, options);
  if (outcome.verification.mismatches > 0) return outcome.verification.first_mismatch;
  if (outcome.pick_mismatches > 0) return "pick mismatches";
  for (std::size_t i = 0; i < run.images.size(); ++i) {
    if (outcome.outputs[i] != run_network(run.program.network, run.images[i]).back()) {
      throw InternalError("a wrong output that no check has found, by signal 0");
    }
  }
  return "right";
}

Fate fate_of(const RandomRun& run) {
  if (is_refused(run.program)) return Fate::kRefused;
  try {
    const std::string values = in_child_process([&] { return values_of(run); });
    return values == "right" ? Fate::kHarmless : Fate::kReported;
  } catch (const UserError&) {  // data that are none
    return Fate::kReported;
  } catch (const InternalError& error) {
    RC_LOG() << error.what() << "\n";
    RC_ASSERT(std::string(error.what()).find("by signal") == std::string::npos);
    return Fate::kReported;
  }
}

// A stream with instructions, and one of them.
std::pair<std::size_t, std::size_t> random_instruction(const Program& program) {
  std::vector<int> streams;
  for (int s = 0; s < kNumStreams; ++s) {
    if (!program.streams[std::size_t(s)].empty()) streams.push_back(s);
  }
  const auto stream = std::size_t(draw::one_of(streams));
  const auto size = int(program.streams[stream].size());
  return {stream, std::size_t(*rc::gen::resize(100, rc::gen::inRange(0, size)))};
}

// Takes the wait and the signal that it waits for away.
void remove_semaphore(Program& program, std::size_t to, std::size_t instruction, int from) {
  const auto& layers = program.layers;
  const auto layer = std::find_if(layers.begin(), layers.end(), [&](const LayerCode& code) {
    return int(instruction) < code.end[to];
  });
  int number = 0;
  for (int i = layer->begin[to]; i < int(instruction); ++i) {
    number += program.streams[to][std::size_t(i)].waits >> from & 1;
  }
  program.streams[to][instruction].waits &= std::uint8_t(~(1 << from));
  for (int i = layer->begin[std::size_t(from)];; ++i) {
    Instruction& signal = program.streams[std::size_t(from)][std::size_t(i)];
    if ((signal.signals >> to & 1) == 0 || number-- > 0) continue;
    signal.signals &= std::uint8_t(~(1 << to));
    return;
  }
}

// (stream, instruction, stream that signals) of every wait.
std::vector<std::array<int, 3>> waits_of(const Program& program) {
  std::vector<std::array<int, 3>> waits;
  for (int s = 0; s < kNumStreams; ++s) {
    const auto& stream = program.streams[std::size_t(s)];
    for (int i = 0; i < int(stream.size()); ++i) {
      for (int from = 0; from < kNumStreams; ++from) {
        if ((stream[std::size_t(i)].waits >> from & 1) != 0) waits.push_back({s, i, from});
      }
    }
  }
  return waits;
}

void expect_missing_semaphores_to_be_refused() {
  const RandomRun run = random_run(RandomLayers::kAll, 3);
  const auto waits = waits_of(run.program);
  RC_ASSERT(!waits.empty());
  for (int tries = 0; tries < 3; ++tries) {
    const auto which = *rc::gen::resize(100, rc::gen::inRange(0, int(waits.size())));
    const auto [stream, i, from] = waits[std::size_t(which)];
    Program program = run.program;
    Instruction& instruction = program.streams[std::size_t(stream)][std::size_t(i)];
    RC_LOG() << to_text(instruction) << " without " << from << "\n";
    instruction.waits &= std::uint8_t(~(1 << from));
    RC_ASSERT(is_refused(program));  // a signal is left over
    program = run.program;
    remove_semaphore(program, std::size_t(stream), std::size_t(i), from);
    // Others may imply it; if not, it is missed.
    RC_ASSERT(fate_of({program, run.images}) != Fate::kReported);
  }
}

TEST(ProgramFaults, AMissingWaitIsRefusedAndSoIsASemaphoreThatIsNeeded) {
  EXPECT_TRUE(rc::check(expect_missing_semaphores_to_be_refused));
}

TEST(LongProgramFaults, AMissingWaitIsRefusedAndSoIsASemaphoreThatIsNeeded) {
  EXPECT_TRUE(rc::check(expect_missing_semaphores_to_be_refused));
}

void expect_missing_instructions_to_be_found() {
  RandomRun run = random_run(RandomLayers::kAll, 3);
  const auto [stream, index] = random_instruction(run.program);
  std::vector<Instruction>& code = run.program.streams[stream];
  RC_LOG() << "without " << index << ": " << to_text(code[index]) << "\n";
  code.erase(code.begin() + std::ptrdiff_t(index));
  for (LayerCode& layer : run.program.layers) {
    if (layer.begin[stream] > int(index)) --layer.begin[stream];
    if (layer.end[stream] > int(index)) --layer.end[stream];
  }
  const Fate fate = fate_of(run);
  RC_CLASSIFY(fate == Fate::kRefused, "refused");
  RC_CLASSIFY(fate == Fate::kReported, "reported");
}

TEST(ProgramFaults, AMissingInstructionIsRefusedReportedOrHarmless) {
  EXPECT_TRUE(rc::check(expect_missing_instructions_to_be_found));
}

TEST(LongProgramFaults, AMissingInstructionIsRefusedReportedOrHarmless) {
  EXPECT_TRUE(rc::check(expect_missing_instructions_to_be_found));
}

// False if the code is none any more.
bool flip_bit(Program& program) {
  const auto [stream, index] = random_instruction(program);
  Instruction& instruction = program.streams[stream][index];
  std::vector<std::uint8_t> code = encode({&instruction, 1});
  const auto byte = std::size_t(*rc::gen::resize(100, rc::gen::inRange(0, int(code.size()))));
  code[byte] = std::uint8_t(code[byte] ^ 1 << draw::between(0, 7));
  RC_LOG() << "flipped: " << to_text(instruction) << "\n";
  try {
    const std::vector<Instruction> decoded = decode(code);
    if (decoded.size() != 1) return false;
    instruction = decoded[0];
  } catch (const UserError&) {
    return false;
  }
  RC_LOG() << "     to: " << to_text(instruction) << "\n";
  return true;
}

void expect_flipped_bits_to_be_found() {
  RandomRun run = random_run(RandomLayers::kAll, 3);
  if (!flip_bit(run.program)) return;
  const Fate fate = fate_of(run);
  RC_CLASSIFY(fate == Fate::kRefused, "refused");
  RC_CLASSIFY(fate == Fate::kReported, "reported");
}

TEST(ProgramFaults, AFlippedBitIsRefusedReportedOrHarmless) {
  EXPECT_TRUE(rc::check(expect_flipped_bits_to_be_found));
}

TEST(LongProgramFaults, AFlippedBitIsRefusedReportedOrHarmless) {
  EXPECT_TRUE(rc::check(expect_flipped_bits_to_be_found));
}

}  // namespace
}  // namespace escalate
