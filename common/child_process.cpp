#include "common/child_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>

#include "common/error.h"
#include "common/interruption.h"

namespace escalate {
namespace {

// The first byte of what a child writes says what it is.
enum Kind : char { kText = 'T', kUserError = 'U', kInternalError = 'I', kLimit = 'L' };

void write_all(int file, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the parent is gone
    done += std::size_t(written);
  }
}

constexpr int kPatience_ms = 20;  // between interruption points

/// Returns when one of `files` has something to read or is closed: 0 or more; below 0 if a signal
/// came first.
int wait_to_read(std::vector<pollfd>& files) {
  for (;;) {
    const int ready = ::poll(files.data(), nfds_t(files.size()), kPatience_ms);
    if (ready != 0) return ready;
    interruption_point();
  }
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 1 << 16> part;
  for (;;) {
    const ssize_t got = ::read(file, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), std::size_t(got));
  }
}

std::string answer_of(const std::function<std::string()>& work, int megabytes) {
  try {
    return std::string(1, kText) + work();
  } catch (const std::bad_alloc&) {
    if (megabytes == 0)
      return std::string(1, kUserError) + "out of memory: needs more than there is";
    return std::string(1, kLimit) + fmt::format("needed more than {} MiB of memory", megabytes);
  } catch (const UserError& error) {
    return std::string(1, kUserError) + error.what();
  } catch (const std::exception& error) {
    return std::string(1, kInternalError) + error.what();
  }
}

void apply(ChildProcess::Limits limits) {
  if (limits.seconds > 0) ::alarm(unsigned(limits.seconds));
#if defined(__SANITIZE_ADDRESS__)
  constexpr bool kBoundsMemory = false;  // AddressSanitizer reserves more than any machine has
#else
  constexpr bool kBoundsMemory = true;
#endif
  if (kBoundsMemory && limits.megabytes > 0) {
    const rlim_t bytes = (rlim_t(limits.megabytes) + rlim_t(limits.shared_megabytes)) << 20;
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_AS, &limit);
  }
}

}  // namespace

ChildProcess::ChildProcess(const std::function<std::string()>& work, Limits limits)
    : seconds_(limits.seconds) {
  std::array<int, 2> ends;
  if (::pipe(ends.data()) != 0) throw UserError(system_failure("start another process", errno));
  std::fflush(nullptr);  // or the child would print it again
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(ends[0]);
    forget_interruptions();
    apply(limits);
    write_all(ends[1], answer_of(work, limits.megabytes));
    std::fflush(nullptr);
    ::_exit(0);
  }
  const int error = errno;
  ::close(ends[1]);
  if (pid_ < 0) {
    ::close(ends[0]);
    throw UserError(system_failure("start another process", error));
  }
  pipe_ = ends[0];
}

ChildProcess::~ChildProcess() {
  if (pipe_ >= 0) ::close(pipe_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::size_t ChildProcess::wait_for_any(const std::vector<std::unique_ptr<ChildProcess>>& children) {
  std::vector<pollfd> files;
  for (const auto& child : children) files.push_back({child->pipe_, POLLIN, 0});
  if (wait_to_read(files) < 0) return children.size();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].revents != 0) return i;
  }
  return children.size();
}

std::string ChildProcess::wait() {
  std::vector<pollfd> file = {{pipe_, POLLIN, 0}};
  while (wait_to_read(file) < 0) interruption_point();
  const std::string answer = read_all(pipe_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  // What a child wrote that did not get to its end may be half an answer.
  if (answer.empty() || status != 0) {
    if (seconds_ > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
      throw LimitExceeded(LimitExceeded::Of::kTime, fmt::format("took longer than {} s", seconds_));
    }
    throw InternalError(WIFSIGNALED(status) ? fmt::format("a child process was ended by signal {}",
                                                          WTERMSIG(status))
                                            : "a child process ended without an answer");
  }
  if (answer[0] == kUserError) throw UserError(answer.substr(1));
  if (answer[0] == kLimit) throw LimitExceeded(LimitExceeded::Of::kMemory, answer.substr(1));
  if (answer[0] == kInternalError) throw InternalError(answer.substr(1));
  return answer.substr(1);
}

std::string in_child_process(const std::function<std::string()>& work) {
  return ChildProcess(work).wait();
}

}  // namespace escalate
