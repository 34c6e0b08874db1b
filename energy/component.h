// What a machine is made of, and what it does, in the terms of energy: components of a class, a
// size and a count, and rules that say which counter is how many actions of which component. Any
// machine can list its own; nothing here knows ESCALATE.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/named_values.h"

namespace escalate {

/// `count` equal parts of a machine. Classes and their attributes (docs/energy.md):
///   "sram"           width [bits], depth [words]         actions read, write (of a whole word)
///   "register_file"  width, depth                        read, write
///   "adder"          width                               add
///   "multiplier"     width_a, width_b                    multiply
///   "logic"          mux2, gates, adder_bits, registers  operate (all of it once)
///   "wire"           width [bits], length_mm             transfer (of a whole word)
///   "dram"           width [bits]                        read, write (of a whole word)
///   "dram_device"    width, row_bytes, and               read, write (of a word within a row),
///                    bytes_per_ns of a channel           activate (a row), refresh (a channel),
///                                                        standby, open (a channel for a ns)
///   "dram_interface" width                               read, write (of a word over the pins)
struct Component {
  std::string name;   ///< unique in the machine; a user's table may give numbers for this name
  std::string group;  ///< under which energy and area are summed: "line_buffers"
  std::string kind;   ///< a class of the list above
  NamedValues<double> attributes;
  std::int64_t count = 1;
};

/// Each count of `counter` is `actions` actions of one of the component's instances (a fraction
/// where the counter counts parts of a word, several where one event reaches several instances).
struct ActionRule {
  std::string component;
  std::string action;
  std::string counter;
  double actions = 1;
};

struct MachineComponents {
  double clock_hz = 0;
  std::vector<Component> components;
  std::vector<ActionRule> rules;
};

}  // namespace escalate
