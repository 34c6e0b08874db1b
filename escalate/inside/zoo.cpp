#include "escalate/inside/zoo.h"

#include <sstream>

namespace escalate {

std::vector<std::string> embedded_networks() {
  std::vector<std::string> names;
  std::istringstream list(ESCALATE_ZOO);
  for (std::string name; std::getline(list, name, ' ');) names.push_back(name);
  return names;
}

}  // namespace escalate
