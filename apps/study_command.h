// `escalate study`: runs the sweeps of a folder, and makes figures and tables of them.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_study(const std::vector<std::string>& args);

}  // namespace escalate
