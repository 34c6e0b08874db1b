// Work in a child process: what keeps state for a whole process (SystemC's kernel does) can be done
// many times, and several times at once.
#pragma once

#include <functional>
#include <string>

namespace escalate {

/// A forked copy of this process that works out a text.
class ChildProcess {
 public:
  /// Starts `work` in a child. InternalError if there cannot be one.
  explicit ChildProcess(const std::function<std::string()>& work);
  /// Ends the child if it has not been waited for.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for the text. A UserError or InternalError of the child is thrown here; an InternalError
  /// says so if the child was ended by a signal.
  std::string wait();

 private:
  int pid_ = -1;
  int pipe_ = -1;
};

/// `work` in a child of its own, waited for.
std::string in_child_process(const std::function<std::string()>& work);

}  // namespace escalate
