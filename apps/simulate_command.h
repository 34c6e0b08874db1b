// `escalate simulate`: cycles, energy and checked outputs of a network on the machine.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_simulate(const std::vector<std::string>& args);

}  // namespace escalate
