#include "apps/retrain_command.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "common/error.h"

namespace escalate {

int run_retrain(const std::vector<std::string>& args) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  const fs::path program =
      fs::read_symlink("/proc/self/exe", unknown).parent_path() / "escalate-retrain";
  if (!fs::exists(program)) {
    throw UserError(
        "retrain needs libtorch, and this program was built without it: install the package "
        "libtorch-dev, then run scripts/build again");
  }
  std::vector<std::string> all = {program.string()};
  all.insert(all.end(), args.begin(), args.end());
  std::vector<char*> pointers;
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  // Threads that wait for work must not keep a processor busy; OpenMP reads this when it is loaded.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::execv(program.c_str(), pointers.data());
  throw UserError({program.string()}, system_failure("start it", errno));
}

}  // namespace escalate
