// What is left over when a file has been read: layers that lead nowhere, and pairs that are one.
#pragma once

#include <vector>

#include "workloads/onnx/network.h"

namespace escalate {

/// Joins functions of functions, selections of selections, and factors of sums, where nothing else
/// reads the inner layer; then removes what leads to none of `outputs`. Returns where those are.
std::vector<int> tidy(OnnxNetwork& network, const std::vector<int>& outputs);

}  // namespace escalate
