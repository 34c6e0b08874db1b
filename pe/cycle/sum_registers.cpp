#include "pe/cycle/sum_registers.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {

void SumRegistersClocked::add(int p, int q, std::int32_t value) {
  const auto known = std::find_if(sums_.begin(), sums_.end(),
                                  [&](const Sum& sum) { return sum.p == p && sum.q == q; });
  if (known != sums_.end()) {
    known->value += value;
    return;
  }
  ensure(int(sums_.size()) < count_, "sums of a row of the kernel fit into their registers");
  sums_.push_back({p, q, value});
}

}  // namespace escalate
