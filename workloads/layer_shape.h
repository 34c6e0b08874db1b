// What a layer computes with, in words: enough to tell whether two layers are the same work.
#pragma once

#include <string>

#include "workloads/integer_network.h"

namespace escalate {

/// "64x56x56 to 64x28x28, kernel 3x3, stride 2, pad 1, groups 64"; a stride of 1, padding of 0 and
/// one group are left out, as is the kernel of what has no window.
std::string shape_text(const Shape& in, const Shape& out, const Window& window, int groups);

/// Shape of node `i`; the shapes of several inputs are joined by " + ".
std::string shape_text(const IntegerNetwork& network, int i);

}  // namespace escalate
