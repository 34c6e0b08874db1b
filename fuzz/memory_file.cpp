#include "fuzz/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "common/error.h"

namespace escalate {

MemoryFile::MemoryFile(const std::string& bytes) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  ensure(file_ >= 0, "the system makes files in memory");
  path_ = "/proc/self/fd/" + std::to_string(file_);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(file_, bytes.data() + done, bytes.size() - done);
    ensure(written > 0, "a file in memory takes its bytes");
    done += std::size_t(written);
  }
}

MemoryFile::~MemoryFile() { ::close(file_); }

}  // namespace escalate
