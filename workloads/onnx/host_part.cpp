#include "workloads/onnx/host_part.h"

#include <onnx/onnx_pb.h>

#include "common/error.h"
#include "workloads/float_executor.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/node.h"
#include "workloads/onnx/signatures.h"

namespace escalate {
namespace {

onnx::ModelProto model_of(const HostPart& part) {
  onnx::ModelProto model;
  if (!model.ParseFromString(part.onnx)) throw UserError("a part for the host is no ONNX model");
  return model;
}

OnnxDims dims_of(const onnx::ValueInfoProto& value) {
  OnnxDims dims;
  for (const auto& dim : value.type().tensor_type().shape().dim()) dims.push_back(dim.dim_value());
  return dims;
}

int opset_of(const onnx::ModelProto& model) {
  return model.opset_import_size() == 0 ? kFirstOpset : int(model.opset_import(0).version());
}

std::int64_t images_of(const onnx::ModelProto& model) {
  for (const auto& entry : model.metadata_props()) {
    if (entry.key() == "images") return std::stoll(entry.value());
  }
  return 1;
}

using Values = std::map<std::string, OnnxTensor>;

void run_node(const onnx::NodeProto& proto, int opset, std::int64_t images, Values& values) {
  const OnnxOperator* known = find_onnx_operator(proto.op_type());
  if (known == nullptr) OnnxNode::fail(proto, "this operator is not supported");
  const OnnxNode node(proto, *known, opset, images);
  OnnxInputs inputs;
  for (const std::string& name : proto.input()) {
    const auto found = values.find(name);
    if (found == values.end() && !name.empty())
      node.fail("reads '" + name + "', which is not there");
    inputs.push_back(name.empty() ? nullptr : &found->second);
  }
  std::vector<OnnxTensor> made = evaluate(node, inputs);
  node.expect_all_asked();
  for (int i = 0; i < proto.output_size(); ++i) {
    if (!proto.output(i).empty()) values[proto.output(i)] = std::move(made[std::size_t(i)]);
  }
}

}  // namespace

std::vector<NamedTensor> run_host(const HostPart& part, const std::vector<OnnxTensor>& inputs) {
  const onnx::ModelProto model = model_of(part);
  const onnx::GraphProto& graph = model.graph();
  ensure(std::size_t(graph.input_size()) == inputs.size(), "the host is given all inputs");
  Values values;
  for (int i = 0; i < graph.input_size(); ++i) {
    values[graph.input(i).name()] = inputs[std::size_t(i)];
  }
  for (const auto& constant : graph.initializer()) values[constant.name()] = onnx_tensor(constant);
  for (const auto& node : graph.node()) {
    run_node(node, opset_of(model), images_of(model), values);
  }
  std::vector<NamedTensor> outputs;
  for (const auto& output : graph.output()) {
    const auto found = values.find(output.name());
    if (found == values.end()) throw UserError("output '" + output.name() + "' is made by no node");
    outputs.push_back({output.name(), found->second});
  }
  return outputs;
}

Shape image_shape(const HostPart& head, const Shape& network_input) {
  if (head.empty()) return network_input;
  const OnnxDims dims = dims_of(model_of(head).graph().input(0));
  switch (dims.size()) {
    case 4:
      return {int(dims[1]), int(dims[2]), int(dims[3])};
    case 3:
      return {int(dims[1]), 1, int(dims[2])};
    default:
      return {int(num_elements(dims)), 1, 1};
  }
}

Shape image_shape(const Graph& graph) { return image_shape(graph.head, graph.nodes.at(0).out); }

Tensor run_head(const HostPart& head, const Shape& network_input, const Tensor& image) {
  if (head.empty()) return image;
  const onnx::ModelProto model = model_of(head);
  OnnxTensor input = OnnxTensor::of_floats(dims_of(model.graph().input(0)), image.values);
  std::vector<NamedTensor> made = run_host(head, {input});
  ensure(made.size() == 1, "a head makes one value");
  return {network_input, as_floats(made[0].tensor)};
}

std::vector<NamedTensor> run_tail(const Graph& graph, const std::vector<const Tensor*>& outputs) {
  std::vector<NamedTensor> made;
  const std::vector<int> layers = graph.output_nodes();
  ensure(layers.size() == outputs.size(), "a tail reads all outputs of the network");
  if (graph.tail.empty()) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Shape& shape = outputs[i]->shape;
      made.push_back({graph.nodes[std::size_t(layers[i])].name,
                      OnnxTensor::of_floats({1, shape.c, shape.h, shape.w}, outputs[i]->values)});
    }
    return made;
  }
  const onnx::ModelProto model = model_of(graph.tail);
  std::vector<OnnxTensor> inputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    inputs.push_back(
        OnnxTensor::of_floats(dims_of(model.graph().input(int(i))), outputs[i]->values));
  }
  return run_host(graph.tail, inputs);
}

std::vector<NamedTensor> run_file(const Graph& graph, const Tensor& image) {
  const std::vector<Tensor> all =
      run_float(graph, run_head(graph.head, graph.nodes.at(0).out, image));
  std::vector<const Tensor*> outputs;
  for (const int layer : graph.output_nodes()) outputs.push_back(&all[std::size_t(layer)]);
  return run_tail(graph, outputs);
}

}  // namespace escalate
