// Which nodes of an ONNX file are layers, and which the host computes in front of them and behind.
#pragma once

#include <variant>

#include "workloads/graph.h"
#include "workloads/onnx/branches.h"
#include "workloads/onnx/file.h"

namespace escalate {

/// The network of a file, with head and tail; or the first If whose condition is constant, which is
/// to be replaced (with_branch()) before the file is read. Throws UserError with all that stands
/// against it.
std::variant<Graph, OnnxBranch> partitioned(OnnxFile& file);

}  // namespace escalate
