// The memories of a machine and their bytes, and which parameters a changed one follows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/named_values.h"
#include "common/table.h"
#include "energy/component.h"
#include "energy/cost_model.h"
#include "machine/config.h"

namespace escalate {

/// `count` equal memories, SRAM or registers.
struct MemorySize {
  std::string name;
  bool is_sram = false;
  std::int64_t width_bits = 0, words = 0, count = 0;

  /// Of all of them.
  double bytes() const;
};

/// The memories of the list, in its order.
std::vector<MemorySize> memory_sizes(const MachineComponents& machine);

/// Bytes of each by its name.
NamedValues<double> memory_bytes(const MachineComponents& machine);

/// Name, bytes, number, words and bits of each, and what it is made of; the last line is the total.
Table memory_table(const MachineComponents& machine, const CostModel& costs);

/// A memory of other bytes than the default machine's, and settings that change it alone.
struct ChangedMemory {
  std::string name;
  double bytes = 0, default_bytes = 0;
  std::vector<std::string> settings;  ///< "ca.chunk=32"; empty: only several together change it
};

/// All of them, in the order of the machine's memories. UserError as of accelerator_components().
std::vector<ChangedMemory> changed_memories(const MachineConfig& machine, const CostModel& costs);

/// "ring_values: 24.6 kB instead of 49.2 kB, by ca.chunk=32", a line each.
std::string changed_memories_text(const std::vector<ChangedMemory>& changed);

}  // namespace escalate
