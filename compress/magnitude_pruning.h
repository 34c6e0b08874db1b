// Unstructured pruning by magnitude without retraining: a stand-in for a network that was pruned
// with it, whose loss of accuracy is measured and not assumed.
#pragma once

#include "workloads/integer_network.h"

namespace escalate {

/// Keeps `kept` of the weights of each layer (rounded up, of equal ones the first), those of the
/// largest magnitude in real values; the others become 0. Layers that read the network's input and
/// depthwise layers stay as they are, as is usual, and so do biases and scales. 0 < kept <= 1.
/// Throws UserError for a decomposed layer: it has no weights of its own.
IntegerNetwork pruned_by_magnitude(IntegerNetwork network, double kept);

}  // namespace escalate
