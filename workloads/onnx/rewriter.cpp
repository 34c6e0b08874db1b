#include "workloads/onnx/rewriter.h"

#include <algorithm>

namespace escalate {

OnnxRewriter::OnnxRewriter(const onnx::ModelProto& model, std::string folder)
    : model_(model), folder_(std::move(folder)) {
  for (const auto& import : model.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") opset_ = int(import.version());
  }
  for (const auto& tensor : model.graph().initializer()) {
    names_.insert(tensor.name());
    constants_[tensor.name()] = &tensor;
  }
  for (const auto& node : model.graph().node()) {
    names_.insert(node.name());
    for (const std::string& output : node.output()) {
      names_.insert(output);
      makers_[output] = &node;
    }
    if (node.op_type() != "Constant" || node.output_size() == 0) continue;
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() == "value") constants_[node.output(0)] = &attribute.t();
    }
  }
}

std::optional<OnnxTensor> OnnxRewriter::constant(const std::string& name) const {
  const auto found = constants_.find(name);
  if (found != constants_.end()) return onnx_tensor(*found->second, folder_);
  for (const auto& tensor : made_.initializer()) {
    if (tensor.name() == name) return onnx_tensor(tensor);
  }
  return std::nullopt;
}

const onnx::NodeProto* OnnxRewriter::maker(const std::string& value) const {
  const auto found = makers_.find(value);
  return found == makers_.end() ? nullptr : found->second;
}

std::vector<const onnx::NodeProto*> OnnxRewriter::readers(const std::string& value) const {
  std::vector<const onnx::NodeProto*> found;
  for (const auto& node : model_.graph().node()) {
    if (std::count(node.input().begin(), node.input().end(), value) > 0) found.push_back(&node);
  }
  return found;
}

void OnnxRewriter::keep(const onnx::NodeProto& node) { *made_.add_node() = node; }

onnx::NodeProto& OnnxRewriter::add(const std::string& op, const std::string& name,
                                   const Names& inputs, const std::string& output) {
  onnx::NodeProto& node = *made_.add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

std::string OnnxRewriter::add_constant(const std::string& name, const OnnxTensor& tensor) {
  const std::string made = unused(name);
  define(made, tensor);
  return made;
}

void OnnxRewriter::define(const std::string& value, const OnnxTensor& tensor) {
  *made_.add_initializer() = onnx_proto(tensor, value);
  if (tensor.steps > 0) steps_[value] = tensor.steps;
}

std::string OnnxRewriter::unused(std::string name) {
  while (!names_.insert(name).second) name += '_';
  return name;
}

onnx::ModelProto OnnxRewriter::finish() {
  onnx::ModelProto model = model_;
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.clear_node();
  for (auto& node : *made_.mutable_node()) *graph.add_node() = std::move(node);
  for (auto& tensor : *made_.mutable_initializer()) *graph.add_initializer() = std::move(tensor);
  return model;
}

}  // namespace escalate
