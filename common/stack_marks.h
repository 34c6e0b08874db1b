// What AddressSanitizer remembers of a stack.
#pragma once

#include <cstddef>

namespace escalate {

/// For the first function of a stack of `bytes` that is neither the process's nor a thread's: the
/// sanitizer still has its marks of an earlier stack that lay in the same memory and was given back
/// without unwinding, and would take them for errors. Without the sanitizer it does nothing.
void forget_marks_of_stack(std::size_t bytes);

}  // namespace escalate
