// `escalate explain`: what limits a run, and which larger parameters would make it faster.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_explain(const std::vector<std::string>& args);

}  // namespace escalate
