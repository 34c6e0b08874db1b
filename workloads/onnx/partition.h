// Which nodes of an ONNX file are layers, and which the host computes in front of them and behind.
#pragma once

#include "workloads/graph.h"
#include "workloads/onnx/file.h"

namespace escalate {

/// The network of a file, with head and tail. Throws UserError with all that stands against it.
Graph partitioned(OnnxFile& file);

}  // namespace escalate
