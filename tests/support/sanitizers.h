// What a test cannot ask of a program that is built with sanitizers.
#pragma once

namespace escalate {

/// AddressSanitizer reserves more address space than any bound on it leaves, and its companion for
/// undefined behaviour looks at objects through pipes, which take two files.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace escalate
