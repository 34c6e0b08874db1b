// The same network with nothing to skip: what the machine would take if it could not skip zeros.
#pragma once

#include <vector>

#include "workloads/integer_network.h"

namespace escalate {

/// A network whose ternary coefficients are all 1 where they are 0 in `network`, and, if
/// `activations`, so are the tensors that weighted layers read (channels of padding stay 0).
/// `tensors` are the outputs of all nodes for one image, as from run_network(); they become
/// substitutes of the nodes that make them, so that no layer's input depends on another layer. The
/// outputs mean nothing.
IntegerNetwork without_zeros(const IntegerNetwork& network, const std::vector<Activations>& tensors,
                             bool activations);

}  // namespace escalate
