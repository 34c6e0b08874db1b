// `escalate config`: the reference of all parameters of the machine.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_config(const std::vector<std::string>& args);

}  // namespace escalate
