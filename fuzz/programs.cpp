// Compiled programs: edited field by field with a right checksum, and run if verify() lets them.
#include <systemc>

#include "common/error.h"
#include "compiler/program_file.h"
#include "fuzz/mutations.h"
#include "fuzz/small.h"
#include "fuzz/targets.h"
#include "model/simulation.h"
#include "workloads/draw.h"

namespace escalate {
namespace {

constexpr std::size_t kHeaderBytes = 24;

/// A SystemC simulation of its own while it lives.
class OwnSimulation {
 public:
  OwnSimulation() { set(new sc_core::sc_simcontext); }
  ~OwnSimulation() {
    delete sc_core::sc_curr_simcontext;
    set(nullptr);
  }
  OwnSimulation(const OwnSimulation&) = delete;
  OwnSimulation& operator=(const OwnSimulation&) = delete;

 private:
  static void set(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context;
  }
};

// A machine that is built in a moment, and whose DRAM does not take thousands of cycles a burst.
bool is_small(const MachineConfig& machine) {
  const std::int64_t rows = std::int64_t{machine.blocks} * machine.slices * machine.rows;
  return rows <= 64 && machine.global_buffer_bytes <= 1 << 21 &&
         machine.output_bank_words <= 1 << 14 && machine.dma.directory_entries <= 1 << 18 &&
         machine.dram.channels * machine.dram.banks <= 256 && machine.clock_mhz >= 10 &&
         machine.dram.burst_ns <= 100 && machine.dram.row_hit_ns <= 1000 &&
         machine.dram.activate_ns <= 1000 && machine.dram.precharge_ns <= 1000;
}

void run_program(const Program& program) {
  if (!is_small(program.machine) || !is_small(program.network) || program.batch > 4) return;
  std::vector<Activations> images;
  for (int i = 0; i < program.batch; ++i) images.push_back(synthetic_input(program.network, i));
  SimulationOptions options;
  options.verify = Verify::kAll;
  options.program_file = "fuzz.program";
  const OwnSimulation simulation;
  simulate(program, images, options);
}

void read_program(const std::string& bytes) {
  const Program program = parse_program(bytes, "fuzz.program");
  disassemble(program);
  // What was read is written and read again.
  const std::string again = program_file(program_to_json(program));
  ensure(program_file(program_to_json(parse_program(again, "again.program"))) == again,
         "a program comes back from its file");
  run_program(program);
}

// The content of a file, whatever its checksum; null if it is none.
Json content_of(const std::string& bytes) {
  if (bytes.size() < kHeaderBytes) return nullptr;
  try {
    return parse_msgpack(std::string_view(bytes).substr(kHeaderBytes), "");
  } catch (const UserError&) {
    return nullptr;
  }
}

std::string mutated_program(const std::string& bytes, std::uint64_t seed) {
  Json content = content_of(bytes);
  Random random(seed);
  for (std::uint64_t i = random.below(2) + 1; i > 0; --i) mutate_json(content, random);
  return program_file(content);
}

void read_content(const std::string& bytes) { read_program(program_file(content_of(bytes))); }

// Bytes of MessagePack, the checksum made right.
void read_with_right_checksum(const std::string& bytes) {
  try {
    const Json content = parse_msgpack(bytes, "");
    read_program(program_file(content));
  } catch (const UserError&) {
  }
}

}  // namespace

FuzzTarget program_target() {
  return {"program", "a compiled program of a right checksum, run if it can be", run<read_content>,
          mutated_program};
}

FuzzTarget program_bytes_target() {
  return {"program_bytes", "the MessagePack of a program", run<read_with_right_checksum>, nullptr};
}

}  // namespace escalate
