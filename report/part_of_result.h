// Some layers of a result.
#pragma once

#include <string>
#include <vector>

#include "report/result.h"

namespace escalate {

/// A result of the layers whose names match one of `patterns` (* and ?) alone, with their sums as
/// its total; all of it without patterns. UserError that names `option` for a pattern that matches
/// none.
Result part_of_result(const Result& result, const std::vector<std::string>& patterns,
                      const std::string& option);

}  // namespace escalate
