// Where a network may end before its last node with weights: decoders of boxes and text have some.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "workloads/onnx/file.h"

namespace escalate {

class OnnxEnding {
 public:
  explicit OnnxEnding(OnnxFile& file) : file_(file) {}

  /// Whether the host may compute node `i` and all that is made from it: every operator is one that
  /// it knows, and it is a recurrent layer or what follows has at most 1% of the file's weights.
  bool may_begin_at(int i);

  /// Weights of those of `nodes` that have some, and of all nodes of the file.
  std::int64_t weights_of(const std::set<int>& nodes);
  std::int64_t all_weights();

 private:
  const onnx::NodeProto& node(int i) const { return file_.graph().node(i); }
  std::int64_t weights(int i);
  std::int64_t constant_size(const std::string& value, int depth);

  OnnxFile& file_;
  std::int64_t all_ = -1;
};

}  // namespace escalate
