// The program as a user starts it, from a shell: its streams and limits are what the line makes
// them.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "common/atomic_file.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {

struct ShellRun {
  int status = 0;  ///< of the line; 128 + N where a signal ended it, as shells have it
  std::string out, error;
};

/// Runs a line of bash in `folder`, where `$escalate` is the program. What the line sends nowhere
/// else is in `out` and `error`.
inline ShellRun shell_run(const std::string& folder, const std::string& line) {
  const TemporaryFolder kept;
  const std::string script = kept.write(
      "script", "export escalate=" + build_folder() + "/escalate\ncd '" + folder + "'\n" + line);
  const std::string command =
      "bash '" + script + "' >'" + kept.file("out") + "' 2>'" + kept.file("error") + "' </dev/null";
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): the line is the test's
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          read_file(kept.file("out")), read_file(kept.file("error"))};
}

}  // namespace escalate
