#include "common/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "common/error.h"

namespace escalate {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;
constexpr mode_t kNewFileMode = 0666;  // less the user's umask

/// The file that a chain of symbolic links leads to, so that renaming replaces it and not the link.
std::string follow_links(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(follow_links(path)) {
  struct stat existing = {};
  const bool exists = ::stat(target_.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) {
    throw UserError({path_, 0, ""}, "expected a file to write, but this is a folder");
  }
  if (exists && !S_ISREG(existing.st_mode)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("write this file");
    return;
  }
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail("write this file");
  open_temporary();
  if (exists) ::fchmod(descriptor_, existing.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_name_.empty()) ::unlink(temporary_name_.c_str());
}

void AtomicFile::open_temporary() {
  const std::filesystem::path target(target_);
  const std::string stem = (target.parent_path() / ("." + target.filename().string())).string();
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    const std::string name =
        stem + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".tmp";
    descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode);
    if (descriptor_ >= 0) temporary_name_ = name;
    if (descriptor_ < 0 && errno != EEXIST) fail("write this file");
  }
}

void AtomicFile::write(std::string_view text) {
  ensure(descriptor_ >= 0, "a committed file is written to");
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void AtomicFile::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t written = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write this file");
    done += static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

void AtomicFile::commit() {
  ensure(descriptor_ >= 0, "a file is committed twice");
  flush();
  // Data first, then the name: after a power cut the name never shows half a file.
  if (!temporary_name_.empty() && ::fsync(descriptor_) != 0) fail("write this file");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail("write this file");
  if (temporary_name_.empty()) return;
  if (::rename(temporary_name_.c_str(), target_.c_str()) != 0) fail("write this file");
  temporary_name_.clear();
}

void AtomicFile::fail(std::string_view action) const {
  throw UserError({path_, 0, ""}, system_failure(action, errno));
}

void write_file(const std::string& path, std::string_view contents) {
  AtomicFile file(path);
  file.write(contents);
  file.commit();
}

void check_writable(const std::string& path) { AtomicFile probe(path); }

std::string read_file(const std::string& path) {
  const auto fail = [&] {
    const int error_number = errno;
    throw UserError({path, 0, ""}, system_failure("read this file", error_number));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (file == nullptr) fail();
  std::string contents;
  std::string block(kBufferBytes, '\0');
  std::size_t got = 0;
  while ((got = std::fread(block.data(), 1, block.size(), file.get())) > 0)
    contents.append(block, 0, got);
  if (std::ferror(file.get()) != 0) fail();  // a folder opens, but does not read
  return contents;
}

}  // namespace escalate
