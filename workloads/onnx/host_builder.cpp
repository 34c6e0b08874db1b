#include "workloads/onnx/host_builder.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "common/error.h"

namespace escalate {

HostBuilder::HostBuilder(OnnxFile& file) : file_(file) {
  constexpr std::int64_t kOwnVersion = 7;  // of files that this program writes
  model_.set_ir_version(std::max(kOwnVersion, std::int64_t{file.model().ir_version()}));
  model_.add_opset_import()->set_version(file.opset());
  model_.mutable_graph()->set_name("host");
  if (file.input().images > 1) {  // by which reshapes of the file may name them
    auto& images = *model_.add_metadata_props();
    images.set_key("images");
    images.set_value(std::to_string(file.input().images));
  }
}

void HostBuilder::add_input(const std::string& name, const OnnxDims& dims) {
  auto& input = *model_.mutable_graph()->add_input();
  input.set_name(name);
  auto& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : dims) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

void HostBuilder::add_node(const onnx::NodeProto& node, const OnnxNetwork& network) {
  for (const std::string& input : node.input()) {
    if (const auto constant = network.find_constant(input)) {
      add_constant(input, *constant);
    } else if (const auto given = file_.constant(input)) {
      add_constant(input, *given);
    }
  }
  onnx::NodeProto& added = *model_.mutable_graph()->add_node();
  added = node;
  for (std::string& output : *added.mutable_output()) {
    if (!file_.readers().contains(output)) output.clear();
  }
  operators_.push_back(node.op_type());
}

void HostBuilder::add_constant(const std::string& name, const OnnxTensor& tensor) {
  for (const auto& known : model_.graph().initializer()) {
    if (known.name() == name) return;
  }
  *model_.mutable_graph()->add_initializer() = onnx_proto(tensor, name);
}

void HostBuilder::add_reordered(const std::string& from, const OnnxDims& dims,
                                const std::string& to, const std::vector<std::int64_t>& order,
                                const OnnxDims& shape) {
  std::vector<std::int64_t> same(order.size());
  std::iota(same.begin(), same.end(), 0);
  std::string here = from;
  OnnxDims turned;
  for (const std::int64_t axis : order) turned.push_back(dims[std::size_t(axis)]);
  if (order != same) {
    here = turned == shape ? to : to + ".order";
    auto& node = *model_.mutable_graph()->add_node();
    node.set_op_type("Transpose");
    node.add_input(from);
    node.add_output(here);
    auto& attribute = *node.add_attribute();
    attribute.set_name("perm");
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t axis : order) attribute.add_ints(axis);
    operators_.push_back("Transpose");
  }
  if (here == to) return;
  auto& node = *model_.mutable_graph()->add_node();
  node.set_op_type("Reshape");
  node.add_input(here);
  node.add_input(to + ".shape");
  node.add_output(to);
  operators_.push_back("Reshape");
  add_constant(to + ".shape", OnnxTensor::list(shape));
}

void HostBuilder::add_output(const std::string& name) {
  auto& output = *model_.mutable_graph()->add_output();
  output.set_name(name);
  output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
}

HostPart HostBuilder::finish() {
  HostPart part;
  if (!model_.SerializeToString(&part.onnx)) throw UserError("a part for the host is too large");
  part.operators = operators_;
  return part;
}

}  // namespace escalate
