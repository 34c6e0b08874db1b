#include "workloads/onnx/blockers.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "workloads/onnx/node.h"

namespace escalate {
namespace {

const char* words(OnnxBlockers::Where where) {
  switch (where) {
    case OnnxBlockers::Where::kHead:
      return "in the head";
    case OnnxBlockers::Where::kNetwork:
      return "in the network";
    case OnnxBlockers::Where::kTail:
      return "in the tail";
  }
  return "";
}

std::string times(int count) { return count == 1 ? "" : fmt::format(", {} times", count); }

}  // namespace

void OnnxBlockers::add(const onnx::NodeProto& node, const std::string& message, Where where) {
  const auto known = std::find_if(all_.begin(), all_.end(), [&](const Blocker& blocker) {
    return blocker.op == node.op_type() && blocker.where == where;
  });
  if (known != all_.end()) {
    ++known->count;
    return;
  }
  all_.push_back({node.op_type(),
                  fmt::format("node '{}' ({})", OnnxNode::name_of(node), node.op_type()), message,
                  where});
}

void OnnxBlockers::refuse_if_any() const {
  if (all_.empty()) return;
  const Blocker& first = all_.front();
  std::string message = first.message;
  if (all_.size() > 1 || first.count > 1) {
    message += fmt::format(" ({}{})", words(first.where), times(first.count));
    for (std::size_t i = 1; i < all_.size(); ++i) {
      const Blocker& other = all_[i];
      message += fmt::format("; {}: {} ({}{})", other.place, other.message, words(other.where),
                             times(other.count));
    }
  }
  throw UserError(SourcePlace{"", 0, first.place}, message);
}

}  // namespace escalate
