#include "common/process_identity.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace escalate {
namespace {

std::string boot() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  std::error_code ignored;
  return id + " " + std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
}

/// In ticks since the boot; empty if there is no such process, or it only waits to be buried.
std::string start_of(std::string_view process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  std::getline(file, line);
  // The name in parentheses may hold anything.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream rest(line.substr(name_end + 1));
  std::string state, field;
  rest >> state;
  if (state == "Z" || state == "X") return "";
  constexpr int kStartAfterState = 19;  // proc(5): field 22, the state is field 3
  for (int i = 0; i < kStartAfterState; ++i) rest >> field;
  return rest ? field : "";
}

}  // namespace

std::string process_identity() {
  const std::string process = std::to_string(::getpid());
  return fmt::format("{} {} {}", boot(), process, start_of(process));
}

bool surely_runs(const std::string& identity) {
  const std::string here = boot() + " ";
  if (!identity.starts_with(here)) return false;
  std::istringstream rest(identity.substr(here.size()));
  std::string process, start;
  rest >> process >> start;
  if (start.empty() || process.find_first_not_of("0123456789") != std::string::npos) return false;
  return start_of(process) == start;
}

}  // namespace escalate
