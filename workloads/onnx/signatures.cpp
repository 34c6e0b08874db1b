#include "workloads/onnx/signatures.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/suggestions.h"

namespace escalate {
namespace {

using Attribute = onnx::AttributeProto;
using Counts = std::vector<OnnxOperator::Count>;

constexpr int kMany = std::numeric_limits<int>::max();

Counts always(int least, int most) { return {{kFirstOpset, least, most}}; }
Counts one() { return always(1, 1); }

std::vector<OnnxOperator> make_operators() {
  const OnnxOperator::Attribute auto_pad{"auto_pad", Attribute::STRING};
  const OnnxOperator::Attribute kernel_shape{"kernel_shape", Attribute::INTS};
  const OnnxOperator::Attribute pads{"pads", Attribute::INTS};
  const OnnxOperator::Attribute strides{"strides", Attribute::INTS};
  return {{"Conv",
           {auto_pad,
            {"dilations", Attribute::INTS},
            {"group", Attribute::INT},
            kernel_shape,
            pads,
            strides},
           always(2, 3),
           one()},
          {"Gemm",
           {{"alpha", Attribute::FLOAT},
            {"beta", Attribute::FLOAT},
            {"transA", Attribute::INT},
            {"transB", Attribute::INT}},
           {{kFirstOpset, 3, 3}, {11, 2, 3}},
           one()},
          {"MatMul", {}, always(2, 2), one()},
          {"MaxPool",
           {auto_pad,
            {"ceil_mode", Attribute::INT, 10},
            {"dilations", Attribute::INTS, 10},
            kernel_shape,
            pads,
            {"storage_order", Attribute::INT, 8},
            strides},
           one(),
           {{kFirstOpset, 1, 1}, {8, 1, 2}}},
          {"AveragePool",
           {auto_pad,
            {"ceil_mode", Attribute::INT, 10},
            {"count_include_pad", Attribute::INT},
            {"dilations", Attribute::INTS, 19},
            kernel_shape,
            pads,
            strides},
           one(),
           one()},
          {"GlobalAveragePool", {}, one(), one()},
          {"ReduceMean",
           {{"axes", Attribute::INTS, kFirstOpset, 17},
            {"keepdims", Attribute::INT},
            {"noop_with_empty_axes", Attribute::INT, 18}},
           {{kFirstOpset, 1, 1}, {18, 1, 2}},
           one()},
          {"Add", {}, always(2, 2), one()},
          {"Concat", {{"axis", Attribute::INT}}, always(1, kMany), one()},
          {"Pad",
           {{"mode", Attribute::STRING},
            {"pads", Attribute::INTS, kFirstOpset, 10},
            {"value", Attribute::FLOAT, kFirstOpset, 10}},
           {{kFirstOpset, 1, 1}, {11, 2, 3}, {18, 2, 4}},
           one()},
          {"Relu", {}, one(), one()},
          {"Clip",
           {{"max", Attribute::FLOAT, kFirstOpset, 10}, {"min", Attribute::FLOAT, kFirstOpset, 10}},
           {{kFirstOpset, 1, 1}, {11, 1, 3}},
           one()},
          {"BatchNormalization",
           {{"epsilon", Attribute::FLOAT},
            {"momentum", Attribute::FLOAT},
            {"spatial", Attribute::INT, kFirstOpset, 8},
            {"training_mode", Attribute::INT, 14}},
           always(5, 5),
           {{kFirstOpset, 1, 5}, {14, 1, 3}}},
          {"Flatten", {{"axis", Attribute::INT}}, one(), one()},
          {"Reshape", {{"allowzero", Attribute::INT, 14}}, always(2, 2), one()},
          {"Squeeze",
           {{"axes", Attribute::INTS, kFirstOpset, 12}},
           {{kFirstOpset, 1, 1}, {13, 1, 2}},
           one()},
          {"Unsqueeze",
           {{"axes", Attribute::INTS, kFirstOpset, 12}},
           {{kFirstOpset, 1, 1}, {13, 2, 2}},
           one()},
          {"Shape", {{"end", Attribute::INT, 15}, {"start", Attribute::INT, 15}}, one(), one()},
          {"Gather", {{"axis", Attribute::INT}}, always(2, 2), one()},
          {"Identity", {}, one(), one()},
          {"Dropout",
           {{"ratio", Attribute::FLOAT, kFirstOpset, 11}, {"seed", Attribute::INT, 12}},
           {{kFirstOpset, 1, 1}, {12, 1, 3}},
           always(1, 2)},
          {"Constant",
           {{"sparse_value", Attribute::SPARSE_TENSOR, 11},
            {"value", Attribute::TENSOR},
            {"value_float", Attribute::FLOAT, 12},
            {"value_floats", Attribute::FLOATS, 12},
            {"value_int", Attribute::INT, 12},
            {"value_ints", Attribute::INTS, 12},
            {"value_string", Attribute::STRING, 12},
            {"value_strings", Attribute::STRINGS, 12}},
           always(0, 0),
           one()},
          {"Softmax", {{"axis", Attribute::INT}}, one(), one()}};
}

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
  static const std::vector<OnnxOperator> operators = make_operators();
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
