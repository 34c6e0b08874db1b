#include "fuzz/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "common/error.h"

namespace escalate {
namespace {

/// Empty files that nobody uses: to make one takes longer than most readers do.
std::vector<int>& spare_files() {
  static std::vector<int> files;
  return files;
}

int empty_file() {
  std::vector<int>& spare = spare_files();
  if (!spare.empty()) {
    const int file = spare.back();
    spare.pop_back();
    return file;
  }
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  ensure(file >= 0, "the system makes files in memory");
  return file;
}

}  // namespace

MemoryFile::MemoryFile(const std::string& bytes)
    : file_(empty_file()), path_("/proc/self/fd/" + std::to_string(file_)) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written =
        ::pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    ensure(written > 0, "a file in memory takes its bytes");
    done += std::size_t(written);
  }
}

MemoryFile::~MemoryFile() {
  if (::ftruncate(file_, 0) == 0) {
    spare_files().push_back(file_);
  } else {
    ::close(file_);
  }
}

}  // namespace escalate
