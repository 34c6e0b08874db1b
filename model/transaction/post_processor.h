// The post-processing unit: empties output banks, requantises, adds, pools, and writes activations
// to the global buffer (docs/microarchitecture.md, section 12; docs/quantization.md).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "buffers/global_buffer.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/isa.h"
#include "machine/requantize.h"
#include "model/output_path.h"
#include "model/transaction/block_memories.h"

namespace escalate {

class PostProcessor {
 public:
  PostProcessor(const MachineConfig& machine, GlobalBuffer& buffer, const BlockMemories& blocks,
                OutputPath& outputs)
      : machine_(machine), buffer_(buffer), blocks_(blocks), outputs_(outputs) {}

  void load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes);
  void load_parameters(const LoadSlopedParameters& load, std::span<const std::uint8_t> bytes);
  void load_table(const LoadTable& load, std::span<const std::uint8_t> bytes);

  /// Each does its work at once and returns the cycles that it takes.
  std::int64_t execute(const Drain& op);
  std::int64_t execute(const Pool& op);
  std::int64_t execute(const Add& op);
  std::int64_t execute(const Fill& op);

  const MachineCounters& counters() const { return counters_; }
  void restart() { counters_ = {}; }

 private:
  struct Parameters {
    std::int32_t bias = 0;
    FixedPoint factor;
    FixedPoint negative;  ///< of sums below 0
  };
  void write(std::int64_t address, std::span<const std::int8_t> values);
  void count_read(std::int64_t address, int channels);
  std::int64_t busy(std::int64_t cycles);
  void look_up(int bank, std::span<std::int8_t> values);
  void drain_group(const Drain& op, int group);

  MachineConfig machine_;
  GlobalBuffer& buffer_;
  const BlockMemories& blocks_;
  OutputPath& outputs_;
  std::array<std::vector<Parameters>, 2> parameters_;
  std::array<std::vector<std::int8_t>, 2> tables_;
  MachineCounters counters_;
  std::vector<std::int8_t> values_;
};

}  // namespace escalate
