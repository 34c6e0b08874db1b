#include "workloads/function_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace escalate {

std::vector<std::int8_t> function_table(const PointwiseFunction& function, double input_scale,
                                        double output_scale) {
  using Steps = std::numeric_limits<std::int8_t>;
  std::vector<std::int8_t> table;
  for (int c = 0; c < std::max(1, function.channels()); ++c) {
    for (int step = Steps::min(); step <= Steps::max(); ++step) {
      const double value = double(function(float(step * input_scale), c)) / output_scale;
      const double bounded =
          std::clamp(std::round(value), double(Steps::min()), double(Steps::max()));
      table.push_back(std::isnan(value) ? std::int8_t{0} : std::int8_t(bounded));
    }
  }
  return table;
}

}  // namespace escalate
