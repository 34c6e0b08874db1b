// The whole program in a child process, as from a shell: status, standard output and error.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/commands.h"
#include "common/atomic_file.h"
#include "common/child_process.h"
#include "tests/support/temporary_folder.h"

namespace escalate {

struct CommandRun {
  int status = 0;
  std::string out, error;
};

inline CommandRun command_run(const std::vector<std::string>& args) {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const std::string error = folder.file("error");
  const std::string status = in_child_process([&] {
    if (std::freopen(out.c_str(), "w", stdout) == nullptr) return std::string("-1");
    if (std::freopen(error.c_str(), "w", stderr) == nullptr) return std::string("-1");
    const int result = run_command_line(args, all_commands());
    std::fflush(nullptr);
    return std::to_string(result);
  });
  return {std::stoi(status), read_file(out), read_file(error)};
}

}  // namespace escalate
