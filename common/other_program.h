// Runs another program and takes what it says.
#pragma once

#include <string>
#include <vector>

namespace escalate {

struct ProgramAnswer {
  int error = 0;     ///< errno if the program could not be started
  int status = 0;    ///< as of waitpid(); 0: done
  std::string text;  ///< standard output and error, without newlines at the end
};

/// Runs `words`, the first of which is a program of the PATH, and waits for its end. InternalError
/// where the system has no pipe.
ProgramAnswer ask_program(std::vector<std::string> words);

}  // namespace escalate
