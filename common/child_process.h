// Work in a child process: what keeps state for a whole process (SystemC's kernel does) can be done
// many times, and several times at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"

namespace escalate {

/// A child took more of what ChildProcess::Limits bounds.
class LimitExceeded : public InternalError {
 public:
  enum class Of { kTime, kMemory };
  LimitExceeded(Of of, const std::string& message) : InternalError(message), of_(of) {}
  Of of() const { return of_; }

 private:
  Of of_;
};

/// A forked copy of this process that works out a text. Where it is waited for, there are
/// interruption points; the child has none of its parent's.
class ChildProcess {
 public:
  /// What a child may use; 0: no bound of its own.
  struct Limits {
    int seconds = 0;           ///< limit of time; SIGALRM ends the process then
    int megabytes = 0;         ///< limit of address space; an allocation beyond it fails
    int shared_megabytes = 0;  ///< address space beside it, which the child has from its parent
  };

  /// Starts `work` in a child. UserError if the system allows no more processes or open files.
  explicit ChildProcess(const std::function<std::string()>& work) : ChildProcess(work, Limits{}) {}
  ChildProcess(const std::function<std::string()>& work, Limits limits);
  /// Ends the child if it has not been waited for.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for the text. A UserError or InternalError of the child is thrown here, and an
  /// InternalError if the child was ended by a signal; LimitExceeded if that was a bound of its
  /// own.
  std::string wait();

  /// Blocks until one of `children` has an answer or has ended, so that its wait() will not block
  /// for long, and returns its index; children.size() if a signal came first.
  static std::size_t wait_for_any(const std::vector<std::unique_ptr<ChildProcess>>& children);

 private:
  int seconds_ = 0;
  int pid_ = -1;
  int pipe_ = -1;
};

/// `work` in a child of its own, waited for.
std::string in_child_process(const std::function<std::string()>& work);

}  // namespace escalate
