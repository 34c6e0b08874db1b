#include "common/shared_counter.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>

#include "common/error.h"

namespace escalate {

SharedCounter::SharedCounter() {
  void* const memory =
      ::mmap(nullptr, sizeof(Number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw UserError(system_failure("share memory", errno));
  number_ = new (memory) Number(0);
}

SharedCounter::~SharedCounter() { ::munmap(number_, sizeof(Number)); }

}  // namespace escalate
