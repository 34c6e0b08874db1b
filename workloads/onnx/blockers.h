// What stands against an ONNX file: operators that cannot be read, told all at once.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace escalate {

class OnnxBlockers {
 public:
  enum class Where { kHead, kNetwork, kTail };

  /// Of an operator that stands against the file several times at one place, the first message is
  /// kept.
  void add(const onnx::NodeProto& node, const std::string& message, Where where);
  bool empty() const { return all_.empty(); }
  void clear() { all_.clear(); }

  /// UserError at the first node, which names all others, and where and how often each operator is.
  void refuse_if_any() const;

 private:
  struct Blocker {
    std::string op, place, message;
    Where where;
    int count = 1;
  };
  std::vector<Blocker> all_;
};

}  // namespace escalate
