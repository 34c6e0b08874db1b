// What the two kinds of layers with weights share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/yaml_line.h"
#include "workloads/yaml_map.h"

namespace escalate {

// UserError naming the node unless it has as many values as follow from its channels.

void check_per_channel(const Node& node);
void check_weights(const Node& node, const Shape& in, std::int64_t expected);
/// `channels` and `taps` of each kernel.
void check_decomposition(const Node& node, std::int64_t channels, std::int64_t taps);

/// InternalError: a FloatExecutor runs such layers.
[[noreturn]] void run_without_weights(const Node& node);

/// Those of the kind and all that say how weights are drawn.
void check_weighted_keys(const YamlMap& map, std::vector<std::string> keys);
/// Form, terms and densities, where they are not as a workload that was written has them.
void write_yaml_values(YamlLine& line, const Node& node);

}  // namespace escalate
