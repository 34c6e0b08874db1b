// A loop whose rounds are independent, on several threads.
#pragma once

#include <cstdint>
#include <functional>

namespace escalate {

/// Calls body(i) once for each i of 0..count-1, on up to `jobs` threads (1: on the calling one, in
/// order). What a round does must not depend on others. If rounds throw, no further ones start, and
/// the exception of the smallest i is thrown when all threads have ended. The calling thread has
/// its interruption points meanwhile: what ends there ends the loop in the same way.
void parallel_for(std::int64_t count, int jobs, const std::function<void(std::int64_t)>& body);

}  // namespace escalate
