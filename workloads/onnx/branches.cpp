#include "workloads/onnx/branches.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

#include "workloads/onnx/node.h"

namespace escalate {
namespace {

using Names = std::map<std::string, std::string>;

const onnx::GraphProto& branch_of(const onnx::NodeProto& node, bool is_then) {
  const char* const name = is_then ? "then_branch" : "else_branch";
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name && attribute.has_g()) {
      if (attribute.g().output_size() != node.output_size()) break;
      return attribute.g();
    }
  }
  OnnxNode::fail(node,
                 fmt::format("lacks a {} that makes its {} outputs", name, node.output_size()));
}

std::set<std::string> made_in(const onnx::GraphProto& branch) {
  std::set<std::string> made;
  for (const auto& node : branch.node()) made.insert(node.output().begin(), node.output().end());
  for (const auto& constant : branch.initializer()) made.insert(constant.name());
  made.erase("");  // outputs that are left out
  return made;
}

void rename(std::string& value, const Names& names) {
  const auto found = names.find(value);
  if (found != names.end()) value = found->second;
}

/// A node whose values have other names, those that its own branches read too.
onnx::NodeProto renamed(onnx::NodeProto node, const Names& names) {
  for (std::string& input : *node.mutable_input()) rename(input, names);
  for (std::string& output : *node.mutable_output()) rename(output, names);
  for (auto& attribute : *node.mutable_attribute()) {
    if (!attribute.has_g()) continue;
    for (auto& inner : *attribute.mutable_g()->mutable_node()) inner = renamed(inner, names);
    for (auto& output : *attribute.mutable_g()->mutable_output()) {
      rename(*output.mutable_name(), names);
    }
  }
  return node;
}

// What the branch makes is the node's, or has the node's output in its name: branches of other
// nodes may use the same names. Values that the branch takes from elsewhere are passed on.
void add_branch(const onnx::NodeProto& node, const onnx::GraphProto& branch,
                onnx::GraphProto& graph) {
  const std::set<std::string> made = made_in(branch);
  Names names;
  for (int i = 0; i < node.output_size(); ++i) {
    const std::string& inner = branch.output(i).name();
    if (made.contains(inner)) names.emplace(inner, node.output(i));
  }
  for (const std::string& inner : made) names.emplace(inner, node.output(0) + "/" + inner);
  for (const auto& inner : branch.node()) *graph.add_node() = renamed(inner, names);
  for (int i = 0; i < node.output_size(); ++i) {
    const std::string& inner = branch.output(i).name();
    if (made.contains(inner) && names.at(inner) == node.output(i)) continue;
    onnx::NodeProto& passed = *graph.add_node();
    passed.set_op_type("Identity");
    passed.set_name(OnnxNode::name_of(node));
    passed.add_input(made.contains(inner) ? names.at(inner) : inner);
    passed.add_output(node.output(i));
  }
  for (const auto& constant : branch.initializer()) {
    onnx::TensorProto& added = *graph.add_initializer();
    added = constant;
    rename(*added.mutable_name(), names);
  }
}

}  // namespace

onnx::ModelProto with_branch(const onnx::ModelProto& model, const OnnxBranch& branch) {
  const onnx::NodeProto& node = model.graph().node(branch.node);
  const onnx::GraphProto& taken = branch_of(node, branch.is_then);
  onnx::ModelProto made = model;
  onnx::GraphProto& graph = *made.mutable_graph();
  graph.clear_node();
  for (int i = 0; i < model.graph().node_size(); ++i) {
    if (i == branch.node) {
      add_branch(node, taken, graph);
    } else {
      *graph.add_node() = model.graph().node(i);
    }
  }
  return made;
}

}  // namespace escalate
