#include "workloads/zoo.h"

#include <filesystem>
#include <sstream>
#include <system_error>

namespace escalate {

std::vector<std::string> embedded_networks() {
  std::vector<std::string> names;
  std::istringstream list(ESCALATE_ZOO);
  for (std::string name; std::getline(list, name, ' ');) names.push_back(name);
  return names;
}

bool is_zoo_name(const std::string& path) {
  if (path.empty() || embedded_network(path + ".yaml").empty()) return false;
  std::error_code ignored;
  return !std::filesystem::is_regular_file(path, ignored);
}

}  // namespace escalate
