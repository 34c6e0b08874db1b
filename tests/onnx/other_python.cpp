#include "tests/onnx/other_python.h"

#include <cstdlib>

#include "../support/temporary_folder.h"
#include "common/atomic_file.h"
#include "tests/support/places.h"

namespace escalate {

ShellRun run_shell(const std::string& command) {
  const TemporaryFolder folder;
  const int status = std::system((command + " > '" + folder.file("text") + "' 2>&1").c_str());
  return {status, read_file(folder.file("text"))};
}

std::string python_with(const std::string& package) {
  const char* named = std::getenv("ESCALATE_ONNX_PYTHON");
  for (const std::string& python :
       {std::string(named == nullptr ? "" : named),
        source_folder() + "/build/onnx-oracle/bin/python", std::string("python3")}) {
    if (!python.empty() && run_shell(python + " -c 'import " + package + "'").status == 0) {
      return python;
    }
  }
  return "";
}

}  // namespace escalate
