// `escalate compress`: from a trained network to a decomposed one with int8 activations.
#pragma once

#include <string>
#include <vector>

namespace escalate {

int run_compress(const std::vector<std::string>& args);

}  // namespace escalate
