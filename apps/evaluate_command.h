// `escalate evaluate`: accuracy of a network, and densities of what its layers read.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_evaluate(const std::vector<std::string>& args);

}  // namespace escalate
