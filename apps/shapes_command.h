#pragma once

#include <string>
#include <vector>

namespace escalate {

/// `escalate shapes`: what a network is made of, also as a workload.
int run_shapes(const std::vector<std::string>& args);

}  // namespace escalate
