#include "workloads/onnx/head.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/input_axes.h"

namespace escalate {

using Where = OnnxBlockers::Where;

bool OnnxHead::grow(const OnnxNetwork& network, OnnxBlockers& blockers) {
  const std::size_t before = nodes_.size();
  take_proposed(network);
  const std::set<std::string> values = crossing(network);
  if (values.size() != 1 || nodes_.size() == before) {
    for (const int node : proposed_) {
      blockers.add(file_.graph().node(node),
                   fmt::format("is no layer, and what stands in front of the network makes {} "
                               "values of the image; expected one",
                               values.size()),
                   Where::kHead);
    }
    return false;
  }
  made_ = *values.begin();
  take_transposes();
  keep_known(network);
  return run_once(network, blockers);
}

void OnnxHead::take_proposed(const OnnxNetwork& network) {
  std::vector<int> open = proposed_;
  while (!open.empty()) {
    const int node = open.back();
    open.pop_back();
    if (!nodes_.insert(node).second) continue;
    for (const std::string& input : file_.graph().node(node).input()) {
      const int maker = file_.maker(input);
      if (maker >= 0 && network.find_constant(input) == nullptr) open.push_back(maker);
    }
  }
}

std::set<std::string> OnnxHead::crossing(const OnnxNetwork& network) const {
  const onnx::GraphProto& graph = file_.graph();
  std::set<std::string> made = {file_.input().name};
  for (const int node : nodes_) {
    made.insert(graph.node(node).output().begin(), graph.node(node).output().end());
  }
  std::set<std::string> read(file_.outputs().begin(), file_.outputs().end());
  for (int i = 0; i < graph.node_size(); ++i) {
    if (!file_.needed()[std::size_t(i)] || contains(i) || is_known(i, network)) continue;
    read.insert(graph.node(i).input().begin(), graph.node(i).input().end());
  }
  std::erase_if(made, [&](const std::string& value) {
    return !read.contains(value) || network.find_constant(value) != nullptr;
  });
  return made;
}

// The order of axes that the network wants is the host's work, too, and so is a dimension of images
// that the file's image has not.
void OnnxHead::take_transposes() {
  const onnx::GraphProto& graph = file_.graph();
  const std::vector<int>& axes = file_.input().axes;
  const bool has_images = std::count(axes.begin(), axes.end(), int{kImages}) > 0;
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto& node = graph.node(i);
    const auto readers = file_.readers().find(made_);
    const bool alone = readers != file_.readers().end() && readers->second == 1;
    const bool moves =
        node.op_type() == "Transpose" ||
        (!has_images && (node.op_type() == "Unsqueeze" || node.op_type() == "Reshape"));
    if (!moves || node.input(0) != made_ || !alone || contains(i)) continue;
    nodes_.insert(i);
    made_ = node.output(0);
  }
}

// Whether all that a node makes is constant, as the shape of a value in the head is.
bool OnnxHead::is_known(int node, const OnnxNetwork& network) const {
  const auto& outputs = file_.graph().node(node).output();
  return std::all_of(outputs.begin(), outputs.end(), [&](const std::string& output) {
    return output.empty() || network.find_constant(output) != nullptr;
  });
}

void OnnxHead::keep_known(const OnnxNetwork& network) {
  const onnx::GraphProto& graph = file_.graph();
  for (int i = 0; i < graph.node_size(); ++i) {
    if (!file_.needed()[std::size_t(i)] || contains(i) || !is_known(i, network)) continue;
    for (const std::string& output : graph.node(i).output()) {
      if (!output.empty()) known_[output] = network.find_constant(output);
    }
  }
}

// Images come with channels first, whatever the file reads.
OnnxDims OnnxHead::add_image(HostBuilder& builder) const {
  const OnnxInput& input = file_.input();
  const OnnxDims& d = input.dims;
  if (input.is_usual()) {
    builder.add_input(input.name, d);
    return d;
  }
  const Shape shape = input.shape();
  const OnnxDims image = {1, shape.c, shape.h, shape.w};
  std::vector<std::int64_t> order = {0};  // dimensions that the file has not come first
  for (int axis = 0; axis < 3; ++axis) {
    if (std::count(input.axes.begin(), input.axes.end(), axis) == 0) order.push_back(axis + 1);
  }
  for (const int axis : input.axes) {
    if (axis >= 0) order.push_back(axis + 1);
  }
  builder.add_input(input.name + ".planes", image);
  builder.add_reordered(input.name + ".planes", image, input.name, order, d);
  return image;
}

// What shape it makes is seen from what it makes of zeros.
bool OnnxHead::run_once(const OnnxNetwork& network, OnnxBlockers& blockers) {
  HostBuilder builder(file_);
  const OnnxDims image = add_image(builder);
  for (const int node : nodes_) builder.add_node(file_.graph().node(node), network);
  builder.add_output(made_);
  part_ = builder.finish();
  try {
    const auto made = run_host(part_, {OnnxTensor(onnx::TensorProto::FLOAT, image)});
    dims_ = made.at(0).tensor.dims;
  } catch (const UserError& fault) {
    blockers.add(file_.graph().node(*nodes_.begin()), fault.message(), Where::kHead);
    return false;
  }
  const bool is_map =
      dims_.size() >= 2 && dims_.size() <= 4 && dims_[0] == 1 && num_elements(dims_) > 0;
  if (!is_map) {
    blockers.add(file_.graph().node(*nodes_.rbegin()),
                 fmt::format("makes [{}]; expected an image [N, C, H, W]", fmt::join(dims_, ", ")),
                 Where::kHead);
  }
  return is_map;
}

OnnxInput OnnxHead::network_input() const {
  OnnxInput input = file_.input();
  if (empty()) return input;
  input.name = made_;
  input.dims = dims_;
  input.axes = InputAxes::usual(dims_.size());
  return input;
}

}  // namespace escalate
