// What a training that was stopped goes on from: one file, whole or not at all.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>

#include "common/json.h"

namespace escalate {

struct Checkpoint {
  Json info;                                  ///< where the training stands
  std::string network;                        ///< ONNX: structure of the network in training
  std::map<std::string, at::Tensor> tensors;  ///< float or double
};

/// Writes through an AtomicFile. Layout: a line with format and version, a line of JSON (`info`,
/// sizes), the ONNX bytes, the tensors' values one after the other in the order of their names.
void write_checkpoint(const Checkpoint& checkpoint, const std::string& path);

/// Throws UserError naming the file if it is no whole checkpoint.
Checkpoint read_checkpoint(const std::string& path);

}  // namespace escalate
