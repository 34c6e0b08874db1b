// `escalate sweep`: many machines, kept in a file, and what they say.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_sweep_command(const std::vector<std::string>& args);

}  // namespace escalate
