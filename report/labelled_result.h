// A result under the name by which it stands beside others.
#pragma once

#include <string>
#include <vector>

#include "report/result.h"

namespace escalate {

struct LabelledResult {
  std::string label;
  Result result;
};

/// Labels that differ: accelerator and network, and the file's name where those are the same.
std::vector<LabelledResult> labelled(std::vector<Result> results,
                                     const std::vector<std::string>& files);

}  // namespace escalate
