#include "common/stack_marks.h"

#include <gtest/gtest.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace escalate {
namespace {

TEST(StackMarks, AreForgottenBelowTheCaller) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t kSize = 1024;
  char* const below = static_cast<char*>(__builtin_frame_address(0)) - (1 << 17);
  __asan_poison_memory_region(below, kSize);
  ASSERT_NE(__asan_region_is_poisoned(below, kSize), nullptr);
  forget_marks_of_stack(1 << 20);
  EXPECT_EQ(__asan_region_is_poisoned(below, kSize), nullptr);
#else
  GTEST_SKIP() << "AddressSanitizer alone has such marks";
#endif
}

}  // namespace
}  // namespace escalate
