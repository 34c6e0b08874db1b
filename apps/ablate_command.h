// `escalate ablate`: what each mechanism of the machine is worth on a network.
#pragma once

#include <string>
#include <vector>

namespace escalate {

/// Runs the command; returns an ExitStatus.
int run_ablate(const std::vector<std::string>& args);

}  // namespace escalate
