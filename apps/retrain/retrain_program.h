// What escalate-retrain does.
#pragma once

#include <string>
#include <vector>

namespace escalate {

/// `escalate retrain ARGS...`
int run_retrain_program(const std::vector<std::string>& args);

}  // namespace escalate
