#include "common/stack_marks.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace escalate {

#if defined(__SANITIZE_ADDRESS__)
[[gnu::noinline, gnu::no_sanitize_address]] void forget_marks_of_stack(std::size_t bytes) {
  constexpr std::size_t kUsed = 4096;  // more than what lies above this frame
  char* const here = static_cast<char*>(__builtin_frame_address(0));
  const std::size_t left = bytes > kUsed ? bytes - kUsed : 0;
  __asan_unpoison_memory_region(here - left, left);
}
#else
void forget_marks_of_stack(std::size_t) {}
#endif

}  // namespace escalate
