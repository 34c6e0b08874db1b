#include "common/atomic_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <thread>

#include "common/error.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;
constexpr mode_t kNewFileMode = 0666;  // less the user's umask

/// How long the other end of a pipe may take to open it.
constexpr int kPatienceMs = 5000;
constexpr int kPeriodMs = 20;
constexpr int kMostLinks = 40;  ///< in a chain, as in Linux

/// The number of "/dev/stdout", "/dev/fd/3", "/proc/self/fd/3"; -1 for other paths.
int descriptor_of(const std::filesystem::path& path) {
  const std::string name = path.lexically_normal().string();
  if (name == "/dev/stdout") return STDOUT_FILENO;
  if (name == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"}) {
    if (!name.starts_with(folder)) continue;
    const std::string_view number = std::string_view(name).substr(folder.size());
    int descriptor = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), descriptor);
    if (error == std::errc{} && end == number.data() + number.size()) return descriptor;
  }
  return -1;
}

/// Where a chain of symbolic links leads, so that renaming replaces the file and not the link; the
/// last one may lead to nothing. A descriptor's link is not followed.
std::filesystem::path follow_links(std::filesystem::path path) {
  for (int i = 0; i < kMostLinks && descriptor_of(path) < 0; ++i) {
    std::error_code error;
    const std::filesystem::path next = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return path;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// Keeps signals from ending the program between two steps that belong together.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_{};
};

/// A file open to be read.
class Input {
 public:
  explicit Input(const std::string& path) : path_(path) {
    // O_NONBLOCK: open() would wait for a pipe's writer, for ever if there is none.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int number = descriptor_of(follow_links(path));
    if (descriptor_ < 0 && number >= 0) descriptor_ = ::fcntl(number, F_DUPFD_CLOEXEC, 3);
    if (descriptor_ < 0) fail();
    ::fstat(descriptor_, &status_);
    is_named_pipe_ = number < 0 && S_ISFIFO(status_.st_mode);
  }
  ~Input() { ::close(descriptor_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  bool is_regular() const { return S_ISREG(status_.st_mode); }
  std::int64_t size() const { return status_.st_size; }

  /// Bytes read into `block`; 0 at the end.
  std::size_t read(std::string& block) const {
    for (int waited = 0;;) {
      const ssize_t got = ::read(descriptor_, block.data(), block.size());
      if (got > 0) has_begun_ = true;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) {  // there is a writer, which needs some time
        has_begun_ = true;
        pollfd ready{descriptor_, POLLIN, 0};
        ::poll(&ready, 1, -1);
        continue;
      }
      if (got < 0) fail();
      if (got > 0 || !is_named_pipe_ || has_begun_) return static_cast<std::size_t>(got);
      if (waited >= kPatienceMs) {
        throw UserError({path_, 0, ""}, "is a pipe that nobody writes to");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(kPeriodMs));
      waited += kPeriodMs;
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw UserError({path_, 0, ""}, system_failure("read this file", errno));
  }

  std::string path_;
  int descriptor_ = -1;
  struct stat status_ = {};
  bool is_named_pipe_ = false;
  mutable bool has_begun_ = false;  ///< there was a writer
};

/// Opens a pipe to write, once somebody reads it; -1 if nobody does for a while.
int open_pipe(const char* path) {
  for (int waited = 0;; waited += kPeriodMs) {
    const int descriptor = ::open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0) {
      ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
      return descriptor;
    }
    if (errno != ENXIO || waited >= kPatienceMs) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(kPeriodMs));
  }
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(follow_links(path)) {
  if (path.empty()) throw UserError("expected the name of a file to write, got nothing");
  if (open_existing()) return;
  check_name();
  struct stat existing = {};
  const bool exists = ::stat(target_.c_str(), &existing) == 0;
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail("write this file");
  open_unnamed();
  if (!is_unnamed_) open_temporary();
  if (exists) ::fchmod(descriptor_, existing.st_mode & 07777);
}

/// What renaming would find out only after the work.
void AtomicFile::check_name() const {
  const std::filesystem::path target(target_);
  if (target.filename().empty()) {
    throw UserError({path_, 0, ""}, "expected a file to write, but this names a folder");
  }
  std::error_code ignored;
  if (std::filesystem::is_symlink(target, ignored)) {
    errno = ELOOP;
    fail("write this file");
  }
  if (target.filename().string().size() > NAME_MAX) {
    errno = ENAMETOOLONG;
    fail("write this file");
  }
}

/// Opens what is there and no ordinary file; false if it is one, or nothing.
bool AtomicFile::open_existing() {
  const int number = descriptor_of(target_);
  struct stat existing = {};
  if (number < 0 && ::stat(target_.c_str(), &existing) != 0) return false;
  if (S_ISDIR(existing.st_mode)) {
    throw UserError({path_, 0, ""}, "expected a file to write, but this is a folder");
  }
  if (number < 0 && S_ISREG(existing.st_mode)) return false;
  is_direct_ = true;
  if (number >= 0) {
    descriptor_ = ::fcntl(number, F_DUPFD_CLOEXEC, 3);
  } else if (S_ISFIFO(existing.st_mode)) {
    descriptor_ = open_pipe(target_.c_str());
    if (descriptor_ < 0 && errno == ENXIO) {
      throw UserError({path_, 0, ""}, "is a pipe that nobody reads");
    }
  } else {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  }
  if (descriptor_ < 0) fail("write this file");
  return true;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_name_.empty()) ::unlink(temporary_name_.c_str());
}

/// A file of no name is gone when the program ends, however it ends.
void AtomicFile::open_unnamed() {
  const std::string folder = folder_of(target_).string();
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kNewFileMode);
  is_unnamed_ = descriptor_ >= 0;
  if (!is_unnamed_ && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EROFS)) {
    fail("write this file");
  }
}

std::string AtomicFile::temporary_name(int attempt) const {
  const std::filesystem::path target(target_);
  // Shortened, so that a long name leaves room for what is added.
  const std::string name = "." + target.filename().string().substr(0, NAME_MAX / 2);
  const std::string stem = (target.parent_path() / name).string();
  return stem + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".tmp";
}

void AtomicFile::open_temporary() {
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    const std::string name = temporary_name(attempt);
    descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode);
    if (descriptor_ >= 0) temporary_name_ = name;
    if (descriptor_ < 0 && errno != EEXIST) fail("write this file");
  }
}

/// A file without a name can be given a new name, not one that is taken: commit() renames it.
void AtomicFile::link_unnamed() {
  const std::string file = "/proc/self/fd/" + std::to_string(descriptor_);
  for (int attempt = 0; temporary_name_.empty(); ++attempt) {
    const std::string name = temporary_name(attempt);
    if (::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_name_ = name;
    } else if (errno != EEXIST) {
      fail("write this file");
    }
  }
}

void AtomicFile::write(std::string_view text) {
  ensure(descriptor_ >= 0 && !is_finished_, "a committed file is written to");
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

void AtomicFile::finish() {
  ensure(descriptor_ >= 0 && !is_finished_, "a file is committed twice");
  flush();
  // Data first, then the name: after a power cut the name never shows half a file.
  if (!is_direct_ && ::fsync(descriptor_) != 0) fail("write this file");
  is_finished_ = true;
}

void AtomicFile::commit() {
  if (!is_finished_) finish();
  ensure(descriptor_ >= 0, "a file is committed twice");
  const WithoutSignals whole;
  if (is_unnamed_) link_unnamed();
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail("write this file");
  if (is_direct_) return;
  if (::rename(temporary_name_.c_str(), target_.c_str()) != 0) fail("write this file");
  temporary_name_.clear();
}

void AtomicFile::fail(std::string_view action) const {
  throw UserError({path_, 0, ""}, system_failure(action, errno));
}

void commit_all(const std::vector<AtomicFile*>& files) {
  for (AtomicFile* file : files) file->finish();
  const WithoutSignals whole;
  for (AtomicFile* file : files) file->commit();
}

void write_file(const std::string& path, std::string_view contents) {
  AtomicFile file(path);
  file.write(contents);
  file.commit();
}

void check_writable(const std::string& path) {
  if (descriptor_of(follow_links(path)) < 0 && is_stream(path)) {
    if (::access(path.c_str(), W_OK) == 0)
      return;  // to open a pipe and close it would end its reader
    throw UserError({path, 0, ""}, system_failure("write this file", errno));
  }
  AtomicFile probe(path);
}

std::string resolved_path(const std::string& path) {
  const std::filesystem::path file = follow_links(path);
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(folder_of(file), error);
  if (error) return std::filesystem::absolute(file).lexically_normal().string();
  return (folder / file.filename()).lexically_normal().string();
}

bool is_stream(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

std::string read_file(const std::string& path, std::int64_t most_bytes) {
  const Input file(path);
  if (file.is_regular() && file.size() > most_bytes) {
    throw UserError({path, 0, ""}, "has " + std::to_string(file.size()) +
                                       " bytes; expected at most " + std::to_string(most_bytes));
  }
  std::string contents;
  try {
    if (file.is_regular()) contents.reserve(static_cast<std::size_t>(file.size()));
    std::string block(kBufferBytes, '\0');
    while (const std::size_t got = file.read(block)) {
      contents.append(block, 0, got);
      if (std::ssize(contents) > most_bytes) {
        throw UserError({path, 0, ""},
                        "has more bytes than the " + std::to_string(most_bytes) + " expected");
      }
    }
  } catch (const std::bad_alloc&) {
    throw UserError({path, 0, ""}, "needs " +
                                       std::to_string(std::max(file.size(), std::ssize(contents))) +
                                       " bytes of memory to be read, more than there is");
  }
  return contents;
}

std::string read_text_file(const std::string& path) {
  std::string text = read_file(path, kMostTextBytes);
  const std::size_t wrong = std::min(first_not_utf8(text), text.find('\0'));
  if (wrong >= text.size()) return text;
  const auto line = 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(wrong), '\n');
  throw UserError({path, static_cast<int>(line), ""}, "is no UTF-8 text here");
}

std::string first_bytes(const std::string& path, std::size_t count) {
  if (is_stream(path)) return "";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (file == nullptr) throw UserError({path, 0, ""}, system_failure("open", errno));
  std::string bytes(count, '\0');
  bytes.resize(std::fread(bytes.data(), 1, count, file.get()));
  return bytes;
}

}  // namespace escalate
