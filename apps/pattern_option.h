// N:M patterns on a command line.
#pragma once

#include <string>

#include "workloads/nm_pattern.h"

namespace escalate {

/// The pattern that `option` (its long name) gives as `text`; UserError that names the option.
NmPattern pattern_option(const std::string& option, const std::string& text);

}  // namespace escalate
