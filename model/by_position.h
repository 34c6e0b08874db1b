// A tensor position by position, as the machine's memories have it.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/integer_network.h"

namespace escalate {

/// The values [C][H][W] of a tensor as [H][W][C], in place of what `values` holds.
void set_by_position(const Activations& tensor, std::vector<std::int8_t>& values);

}  // namespace escalate
