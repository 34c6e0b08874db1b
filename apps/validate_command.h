// `escalate validate`: the models of other accelerators beside the figures that their papers print.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_validate(const std::vector<std::string>& args);

}  // namespace escalate
