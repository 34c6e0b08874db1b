// Tensors that a workload names in place of drawn ones (Node::npy_files).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/npy.h"

namespace escalate {

/// The file that the layer names as `key`. UserError unless its shape is `expected`.
NpyFile open_tensor(const Node& node, const std::string& key,
                    const std::vector<std::int64_t>& expected);

/// Elements of an int8 or bool file stay as they are. Those of a float32 file are scaled to a
/// largest magnitude of 127 and rounded. UserError, in which the tensor is called `what`, for other
/// types and for values that are not finite.
std::vector<std::int8_t> read_scaled(const NpyFile& file, const std::string& what);

/// Whole numbers within [-most, most], from int8 or float32; UserError for others.
std::vector<std::int8_t> read_whole(const NpyFile& file, const std::string& what, int most);

}  // namespace escalate
