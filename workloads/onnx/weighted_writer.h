// Layers with weights as ONNX nodes.
#pragma once

#include "workloads/onnx/layer_writer.h"

namespace escalate {

/// A Conv or Gemm, or two convolutions and a batch norm of a decomposed layer, whose metadata say
/// what they are together. UserError naming a layer without weights.
void write_weighted_onnx(OnnxLayerWriter& writer, int node);

}  // namespace escalate
