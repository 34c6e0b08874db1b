// `escalate report`: results as tables, pages and documents, and where their energy comes from.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_report(const std::vector<std::string>& args);

}  // namespace escalate
