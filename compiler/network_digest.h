// A name for what a network is, whatever it and its file are called.
#pragma once

#include <string>

#include "workloads/integer_network.h"

namespace escalate {

/// SHA-256 over all of the network but its name: layers, weights, scales and drawn tensors, as they
/// stand in a program file.
std::string network_digest(const IntegerNetwork& network);

}  // namespace escalate
