// Conditions of ONNX files (If) that do not depend on the image.
#pragma once

#include <onnx/onnx_pb.h>

namespace escalate {

/// Which branch of a node the file's constants and shapes choose.
struct OnnxBranch {
  int node = 0;
  bool is_then = true;
};

/// The model with the nodes of that branch in the node's place. Throws UserError naming the node if
/// it has not the branch.
onnx::ModelProto with_branch(const onnx::ModelProto& model, const OnnxBranch& branch);

}  // namespace escalate
