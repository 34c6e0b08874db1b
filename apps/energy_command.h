// `escalate energy`: what each component of the machine costs, and where the numbers come from.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_energy(const std::vector<std::string>& args);

}  // namespace escalate
