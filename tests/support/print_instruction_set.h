// Lets GoogleTest name an instruction set.
#pragma once

#include <ostream>

#include "common/instruction_set.h"

namespace escalate {

inline void PrintTo(InstructionSet set, std::ostream* out) { *out << to_string(set); }

}  // namespace escalate
