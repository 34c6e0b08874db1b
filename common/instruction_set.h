// Which vector and bit-manipulation instructions the hot loops may use, decided at run time.
#pragma once

#include <string_view>
#include <vector>

namespace escalate {

/// Levels in ascending order of speed; each includes the ones before it. All give identical
/// results.
enum class InstructionSet {
  kPortable,  ///< baseline of the compiler's target (x86-64: SSE2)
  kAvx2,      ///< AVX2, BMI1/2 and POPCNT, but bits gathered by a butterfly (PEXT is microcoded)
  kAvx2Pext,  ///< the same, and PEXT takes a cycle
};

/// The best level this processor runs; asked once, then remembered.
InstructionSet best_instruction_set();

/// All levels this processor runs, slowest first.
std::vector<InstructionSet> available_instruction_sets();

/// "portable", "avx2" or "avx2+pext".
std::string_view to_string(InstructionSet set);

}  // namespace escalate
