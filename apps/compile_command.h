// `escalate compile` and `escalate disassemble`: programs of the accelerator.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_compile(const std::vector<std::string>& args);
int run_disassemble(const std::vector<std::string>& args);

}  // namespace escalate
