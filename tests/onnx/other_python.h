// A Python with an ONNX package that is not ours, if there is one.
#pragma once

#include <string>

namespace escalate {

struct ShellRun {
  int status = 0;
  std::string text;  ///< standard output and error
};

ShellRun run_shell(const std::string& command);

/// The command of a Python that can import a package: $ESCALATE_ONNX_PYTHON, that of
/// scripts/onnx_oracle, or the system's; empty if none can.
std::string python_with(const std::string& package);

}  // namespace escalate
