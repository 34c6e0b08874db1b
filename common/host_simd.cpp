#include "common/host_simd.h"

namespace escalate {
namespace {

HostSimd detect() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  const bool vector = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (!vector) return HostSimd::kPortable;
  // Before Zen 3, AMD runs PEXT in microcode, up to hundreds of cycles for a dense mask.
  const bool slow_pext = __builtin_cpu_is("bdver4") || __builtin_cpu_is("amdfam17h");
  return slow_pext ? HostSimd::kAvx2 : HostSimd::kAvx2Pext;
#else
  return HostSimd::kPortable;
#endif
}

}  // namespace

HostSimd best_host_simd() {
  static const HostSimd best = detect();
  return best;
}

std::vector<HostSimd> available_host_simd() {
  std::vector<HostSimd> sets;
  for (const auto set : {HostSimd::kPortable, HostSimd::kAvx2, HostSimd::kAvx2Pext}) {
    // A processor whose PEXT is slow still runs it, but we never ask it to.
    if (set <= best_host_simd()) sets.push_back(set);
  }
  return sets;
}

std::string_view to_string(HostSimd set) {
  switch (set) {
    case HostSimd::kPortable:
      return "portable";
    case HostSimd::kAvx2:
      return "avx2";
    case HostSimd::kAvx2Pext:
      return "avx2+pext";
  }
  return "";
}

}  // namespace escalate
