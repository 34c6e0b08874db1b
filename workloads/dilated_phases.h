// Dilated convolutions as convolutions of every d-th row and column.
#pragma once

#include <vector>

#include "workloads/integer_network.h"

namespace escalate {

/// Appends to `nodes` what a dilated convolution comes to, and returns the index of its output.
/// Output rows of one remainder of d / gcd(d, stride) meet input rows of one remainder of d only:
/// each such phase is a selection of rows and columns and a convolution without dilation, with the
/// same weights; a last selection puts their outputs in order. As many multiplications as the
/// dilated convolution has, and every accumulator is the same; the weights are stored once a phase.
int append_phases(const IntegerNode& dilated, std::vector<IntegerNode>& nodes);

}  // namespace escalate
