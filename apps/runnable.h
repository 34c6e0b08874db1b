// Whether the machine can run a network: asked of the compiler before anybody waits for a result.
#pragma once

#include <optional>
#include <string>

#include "compiler/program.h"
#include "workloads/graph.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Why the default machine cannot run `network` although a larger one can; nothing if it can.
/// Throws the compiler's UserError if no machine can.
std::optional<std::string> needs_larger_machine(const IntegerNetwork& network);

/// The same of a network that has no integers yet: its layers are compiled with drawn values.
std::optional<std::string> needs_larger_machine(const Graph& graph, int terms, int pointwise_terms);

}  // namespace escalate
