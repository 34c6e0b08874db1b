#include "common/freed_memory.h"

#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace escalate {

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kGigabyte = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, kGigabyte);
  ::mallopt(M_TRIM_THRESHOLD, kGigabyte);
#endif
}

}  // namespace escalate
