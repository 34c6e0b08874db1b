#include "workloads/onnx/signatures.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/suggestions.h"

namespace escalate {
namespace {

using Attribute = onnx::AttributeProto;
constexpr int kMany = std::numeric_limits<int>::max();

// Files of the first versions of the format leave the type to the field that is filled.
bool is_of_type(const Attribute& attribute, Attribute::AttributeType type) {
  if (attribute.type() != Attribute::UNDEFINED) return attribute.type() == type;
  switch (type) {
    case Attribute::INT:
      return attribute.has_i();
    case Attribute::FLOAT:
      return attribute.has_f();
    case Attribute::STRING:
      return attribute.has_s();
    case Attribute::TENSOR:
      return attribute.has_t();
    case Attribute::INTS:
      return attribute.ints_size() > 0;
    case Attribute::FLOATS:
      return attribute.floats_size() > 0;
    default:
      return false;
  }
}

std::string attribute_fault(const Attribute& attribute, const OnnxOperator& known, int opset) {
  const auto* found = known.find(attribute.name(), opset);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const auto& candidate : known.attributes) {
      if (known.find(candidate.name, opset) != nullptr) names.push_back(candidate.name);
    }
    const std::string nearest = nearest_word(attribute.name(), names);
    return fmt::format("has the attribute '{}', which is none of {}'s in opset {}{}",
                       attribute.name(), known.name, opset,
                       nearest.empty() ? "" : "; did the file mean '" + nearest + "'?");
  }
  if (!attribute.ref_attr_name().empty() || !is_of_type(attribute, found->type)) {
    return fmt::format("its attribute '{}' is not of type {}", attribute.name(),
                       Attribute::AttributeType_Name(found->type));
  }
  return "";
}

std::string count_fault(const char* what, int number, const OnnxOperator::Count& count) {
  if (number >= count.least && number <= count.most) return "";
  const std::string range = count.most == kMany ? fmt::format("at least {}", count.least)
                            : count.least == count.most
                                ? fmt::format("{}", count.least)
                                : fmt::format("{} to {}", count.least, count.most);
  return fmt::format("has {} {}; expected {}", number, what, range);
}

// Trailing empty names stand for nothing.
template <class Names>
int num_named(const Names& names) {
  int size = names.size();
  while (size > 0 && names.Get(size - 1).empty()) --size;
  return size;
}

}  // namespace

const OnnxOperator::Count& OnnxOperator::count_in(int opset, const std::vector<Count>& counts) {
  const Count* holds = &counts.front();
  for (const Count& count : counts) {
    if (count.since <= opset) holds = &count;
  }
  return *holds;
}

const OnnxOperator::Attribute* OnnxOperator::find(const std::string& attribute, int opset) const {
  for (const Attribute& candidate : attributes) {
    if (candidate.name == attribute && candidate.since <= opset && opset <= candidate.until) {
      return &candidate;
    }
  }
  return nullptr;
}

const std::vector<OnnxOperator>& onnx_operators() {
  static const std::vector<OnnxOperator> operators = onnx_signature_table();
  return operators;
}

const OnnxOperator* find_onnx_operator(const std::string& name) {
  const auto& all = onnx_operators();
  const auto found = std::find_if(all.begin(), all.end(), [&](const OnnxOperator& candidate) {
    return candidate.name == name;
  });
  return found == all.end() ? nullptr : &*found;
}

std::string signature_fault(const onnx::NodeProto& node, const OnnxOperator& known, int opset) {
  if (opset < known.since || opset > known.until) {
    return fmt::format("is no operator of opset {}; expected {} to {}", opset, known.since,
                       known.until);
  }
  for (int i = 0; i < node.attribute_size(); ++i) {
    const std::string fault = attribute_fault(node.attribute(i), known, opset);
    if (!fault.empty()) return fault;
    for (int j = 0; j < i; ++j) {
      if (node.attribute(j).name() == node.attribute(i).name()) {
        return fmt::format("has the attribute '{}' twice", node.attribute(i).name());
      }
    }
  }
  const auto& inputs = OnnxOperator::count_in(opset, known.inputs);
  const auto& outputs = OnnxOperator::count_in(opset, known.outputs);
  const std::string fault = count_fault("inputs", num_named(node.input()), inputs);
  return fault.empty() ? count_fault("outputs", num_named(node.output()), outputs) : fault;
}

}  // namespace escalate
