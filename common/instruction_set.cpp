#include "common/instruction_set.h"

namespace escalate {
namespace {

InstructionSet detect() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  const bool vector = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (!vector) return InstructionSet::kPortable;
  // Before Zen 3, AMD runs PEXT in microcode, up to hundreds of cycles for a dense mask.
  const bool slow_pext = __builtin_cpu_is("bdver4") || __builtin_cpu_is("amdfam17h");
  return slow_pext ? InstructionSet::kAvx2 : InstructionSet::kAvx2Pext;
#else
  return InstructionSet::kPortable;
#endif
}

}  // namespace

InstructionSet best_instruction_set() {
  static const InstructionSet best = detect();
  return best;
}

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets;
  for (const auto set :
       {InstructionSet::kPortable, InstructionSet::kAvx2, InstructionSet::kAvx2Pext}) {
    // A processor whose PEXT is slow still runs it, but we never ask it to.
    if (set <= best_instruction_set()) sets.push_back(set);
  }
  return sets;
}

std::string_view to_string(InstructionSet set) {
  switch (set) {
    case InstructionSet::kPortable:
      return "portable";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kAvx2Pext:
      return "avx2+pext";
  }
  return "";
}

}  // namespace escalate
