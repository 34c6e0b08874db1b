// `escalate compare`: other accelerators on the same networks.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_compare(const std::vector<std::string>& args);

}  // namespace escalate
