// Which vector and bit-manipulation instructions the hot loops may use, decided at run time.
#pragma once

#include <string_view>
#include <vector>

namespace escalate {

/// Levels in ascending order of speed; each includes the ones before it. All give identical
/// results.
enum class HostSimd {
  kPortable,  ///< baseline of the compiler's target (x86-64: SSE2)
  kAvx2,      ///< AVX2, BMI1/2 and POPCNT, but bits gathered by a butterfly (PEXT is microcoded)
  kAvx2Pext,  ///< the same, and PEXT takes a cycle
};

/// The best level this processor runs; asked once, then remembered.
HostSimd best_host_simd();

/// All levels this processor runs, slowest first.
std::vector<HostSimd> available_host_simd();

/// "portable", "avx2" or "avx2+pext".
std::string_view to_string(HostSimd set);

}  // namespace escalate
