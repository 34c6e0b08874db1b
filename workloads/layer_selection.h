// Which layers of a network a command line's patterns name (`--layers PATTERN`, `--direct LAYER`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workloads/graph.h"
#include "workloads/integer_network.h"

namespace escalate {

/// For each name whether it matches one of `patterns`, in which * stands for any text and ? for any
/// one character; all of them if there are no patterns. Throws UserError with key `option` for a
/// pattern that matches no name.
std::vector<bool> select_names(const std::vector<std::string>& names,
                               const std::vector<std::string>& patterns, std::string_view option);

/// The same for a network's nodes by index; its input is no layer and never selected.
std::vector<bool> select_layers(const Graph& graph, const std::vector<std::string>& patterns,
                                std::string_view option = "--layers");
std::vector<bool> select_layers(const IntegerNetwork& network,
                                const std::vector<std::string>& patterns,
                                std::string_view option = "--layers");

}  // namespace escalate
