// Lets GoogleTest name an instruction set.
#pragma once

#include <ostream>

#include "common/host_simd.h"

namespace escalate {

inline void PrintTo(HostSimd set, std::ostream* out) { *out << to_string(set); }

}  // namespace escalate
