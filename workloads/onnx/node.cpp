#include "workloads/onnx/node.h"

#include <fmt/format.h>

#include "common/error.h"
#include "workloads/graph.h"

namespace escalate {

OnnxNode::OnnxNode(const onnx::NodeProto& proto, const OnnxOperator& known, int opset,
                   std::int64_t images)
    : proto_(proto), opset_(opset), images_(images) {
  const std::string fault = signature_fault(proto, known, opset);
  if (!fault.empty()) fail(fault);
  if (proto.output_size() == 0 || proto.output(0).empty()) fail("has no output");
}

void OnnxNode::fail(const onnx::NodeProto& proto, const std::string& message) {
  throw UserError(
      SourcePlace{"", 0, fmt::format("node '{}' ({})", name_of(proto), proto.op_type())}, message);
}

std::string OnnxNode::name_of(const onnx::NodeProto& proto) {
  return proto.name().empty() && proto.output_size() > 0 ? proto.output(0) : proto.name();
}

std::vector<std::string> OnnxNode::other_outputs() const {
  std::vector<std::string> names;
  for (int i = 1; i < proto_.output_size(); ++i) {
    if (!proto_.output(i).empty()) names.push_back(proto_.output(i));
  }
  return names;
}

const onnx::AttributeProto* OnnxNode::find(const std::string& attribute) const {
  asked_.insert(attribute);
  for (const auto& candidate : proto_.attribute()) {
    if (candidate.name() == attribute) return &candidate;
  }
  return nullptr;
}

void OnnxNode::expect_all_asked() const {
  for (const auto& attribute : proto_.attribute()) {
    if (!asked_.contains(attribute.name())) {
      fail(fmt::format("its attribute '{}' is not supported", attribute.name()));
    }
  }
}

std::int64_t OnnxNode::integer(const std::string& attribute, std::int64_t otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise : found->i();
}

bool OnnxNode::flag(const std::string& attribute, bool otherwise) const {
  const std::int64_t value = integer(attribute, otherwise ? 1 : 0);
  if (value != 0 && value != 1) fail(fmt::format("{} is {}; expected 0 or 1", attribute, value));
  return value == 1;
}

float OnnxNode::number(const std::string& attribute, float otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise : found->f();
}

std::string OnnxNode::text(const std::string& attribute, const std::string& otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise : found->s();
}

std::vector<int> OnnxNode::integers(const std::string& attribute,
                                    std::vector<int> otherwise) const {
  const auto* found = find(attribute);
  if (found == nullptr) return otherwise;
  std::vector<int> values;
  for (const std::int64_t value : found->ints()) values.push_back(extent(attribute, value));
  return values;
}

std::vector<std::int64_t> OnnxNode::longs(const std::string& attribute,
                                          std::vector<std::int64_t> otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise
                          : std::vector<std::int64_t>(found->ints().begin(), found->ints().end());
}

int OnnxNode::axis(const std::string& attribute, int otherwise, int rank) const {
  return axis_of(integer(attribute, otherwise), rank);
}

int OnnxNode::axis_of(std::int64_t value, int rank) const {
  if (value < -rank || value >= rank) {
    fail(fmt::format("has axis {}; expected {} to {}", value, -rank, rank - 1));
  }
  return int(value < 0 ? value + rank : value);
}

int OnnxNode::extent(const std::string& what, std::int64_t value) const {
  if (value < -kMostExtent || value > kMostElements) {
    fail(fmt::format("{} is {}; expected up to {}", what, value, kMostExtent));
  }
  return int(value);
}

}  // namespace escalate
