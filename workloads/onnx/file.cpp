#include "workloads/onnx/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.h"
#include "common/suggestions.h"
#include "workloads/graph.h"
#include "workloads/onnx/input_axes.h"
#include "workloads/onnx/signatures.h"

namespace escalate {
namespace {

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

}  // namespace

OnnxFile::OnnxFile(const onnx::ModelProto& model, const OnnxOptions& options, std::string folder,
                   std::map<std::string, std::int64_t> steps)
    : model_(model), options_(options), folder_(std::move(folder)), steps_(std::move(steps)) {
  check_opset();
  claim_names();
  choose_outputs();
  find_needed();
  read_input();
}

void OnnxFile::check_opset() {
  for (const auto& opset : model_.opset_import()) {
    if (!is_standard(opset.domain())) continue;
    if (opset.version() < kFirstOpset || opset.version() > kLastOpset) {
      throw UserError(
          fmt::format("opset {}; expected {} to {}", opset.version(), kFirstOpset, kLastOpset));
    }
    if (opset_ != 0 && opset_ != opset.version()) throw UserError("names two opsets of ONNX");
    opset_ = int(opset.version());
  }
  if (opset_ == 0) throw UserError("names no opset; expected an ONNX model");
}

// A name stands for one value.
void OnnxFile::claim_names() {
  for (const onnx::TensorProto& tensor : graph().initializer()) {
    if (!initializers_.emplace(tensor.name(), &tensor).second) {
      throw UserError(fmt::format("two values are called '{}'", tensor.name()));
    }
  }
  for (int i = 0; i < graph().node_size(); ++i) {
    const onnx::NodeProto& node = graph().node(i);
    for (const std::string& output : node.output()) {
      if (output.empty()) continue;
      if (initializers_.contains(output) || !makers_.emplace(output, i).second) {
        OnnxNode::fail(node, fmt::format("makes '{}', which is there already", output));
      }
    }
  }
}

void OnnxFile::choose_outputs() {
  std::vector<std::string> all;
  for (const auto& output : graph().output()) all.push_back(output.name());
  if (all.empty()) throw UserError("has no outputs");
  for (const std::string& asked : options_.outputs) {
    if (std::find(all.begin(), all.end(), asked) != all.end()) continue;
    const std::string nearest = nearest_word(asked, all);
    throw UserError(fmt::format("has no output '{}'; expected some of {}{}", asked,
                                fmt::join(all, ", "),
                                nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  outputs_ = options_.outputs.empty() ? all : options_.outputs;
}

// Only what leads to the outputs is read: the rest is no part of the network.
void OnnxFile::find_needed() {
  for (const std::string& output : outputs_) ++readers_[output];
  needed_.assign(std::size_t(graph().node_size()), false);
  for (int i = graph().node_size() - 1; i >= 0; --i) {
    const auto& outputs = graph().node(i).output();
    const bool needed =
        is_ours() || std::any_of(outputs.begin(), outputs.end(), [&](const auto& output) {
          return !output.empty() && readers_.contains(output);
        });
    needed_[std::size_t(i)] = needed;
    if (!needed) continue;
    for (const std::string& input : graph().node(i).input()) {
      if (!input.empty()) ++readers_[input];
    }
  }
}

bool OnnxFile::is_ours() const {
  const auto& metadata = model_.metadata_props();
  return std::any_of(metadata.begin(), metadata.end(), [](const auto& entry) {
    return entry.key() == "escalate.layers" || entry.key() == "escalate.reshapes" ||
           entry.key() == "escalate.quantization" || entry.key() == "escalate.nodes";
  });
}

std::map<std::string, std::string> OnnxFile::metadata() const {
  std::map<std::string, std::string> made;
  for (const auto& entry : model_.metadata_props()) made[entry.key()] = entry.value();
  return made;
}

void OnnxFile::read_input() {
  std::vector<const onnx::ValueInfoProto*> found;
  for (const auto& input : graph().input()) {
    if (initializers_.contains(input.name()) || input.name().empty()) continue;
    if (makers_.contains(input.name())) {
      throw UserError(fmt::format("two values are called '{}'", input.name()));
    }
    found.push_back(&input);
  }
  if (found.empty()) throw UserError("has no input");
  if (found.size() > 1) {
    // Those that lead nowhere are none.
    std::erase_if(found, [&](const auto* input) { return !readers_.contains(input->name()); });
  }
  if (found.size() != 1) {
    std::vector<std::string> names;
    for (const auto* input : found) names.push_back("'" + input->name() + "'");
    throw UserError(
        fmt::format("has several inputs, {}; expected one image", fmt::join(names, " and ")));
  }
  check_input_type(*found[0]);
  set_input(*found[0]);
}

// Whole numbers are read as floats where the file makes floats of them.
void OnnxFile::check_input_type(const onnx::ValueInfoProto& declared) const {
  const int type = declared.type().tensor_type().elem_type();
  if (OnnxTensor::is_floating(type) || type == onnx::TensorProto::UNDEFINED) return;
  std::set<std::string> whole = {declared.name()};
  const bool is_cast =
      std::all_of(graph().node().begin(), graph().node().end(), [&](const onnx::NodeProto& node) {
        const auto& inputs = node.input();
        const bool reads = std::any_of(inputs.begin(), inputs.end(), [&](const std::string& name) {
          return whole.contains(name);
        });
        if (reads && node.op_type() == "Transpose") whole.insert(node.output(0));
        return !reads || node.op_type() == "Cast" || node.op_type() == "Transpose";
      });
  if (is_cast && onnx::TensorProto::DataType_IsValid(type) && type != onnx::TensorProto::STRING) {
    return;
  }
  throw UserError(
      fmt::format("its input is of ONNX type {}; expected float32",
                  onnx::TensorProto::DataType_IsValid(type)
                      ? onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(type))
                      : std::to_string(type)));
}

// C, H and W of the input: the file's, or where it leaves them open those asked for.
void OnnxFile::set_input(const onnx::ValueInfoProto& declared) {
  const auto& shape = declared.type().tensor_type().shape();
  const int rank = shape.dim_size();
  if (rank < 1 || rank > 4) throw UserError("its input is not of shape [N, C, H, W]");
  input_.name = declared.name();
  for (const auto& dim : shape.dim()) input_.dims.push_back(dim.dim_value());
  input_.axes = is_ours() ? InputAxes::usual(std::size_t(rank))
                          : InputAxes(graph(), needed_, [this](const std::string& name) {
                              return constant(name);
                            }).find(input_.name, input_.dims);
  if (int(input_.axes.size()) != rank) throw UserError("its input is not of shape [N, C, H, W]");
  const Shape asked = options_.input_shape.value_or(Shape{});
  const std::int64_t given[] = {asked.c, asked.h, asked.w};
  static const std::string names[] = {"channels C", "height H", "width W"};
  for (int i = 0; i < rank; ++i) {
    std::int64_t& extent = input_.dims[std::size_t(i)];
    const int axis = input_.axes[std::size_t(i)];
    if (axis < 0) {
      input_.images = std::max<std::int64_t>(0, extent);
      extent = 1;
      continue;
    }
    const std::int64_t wish = given[axis];
    const std::string& name = names[axis];
    const std::string& parameter = shape.dim(i).dim_param();
    if (extent < 1) extent = wish;
    if (extent < 1) {
      throw UserError(
          fmt::format("leaves the {} of its input open{}; give its size with --input-shape CxHxW",
                      name, parameter.empty() ? "" : " ('" + parameter + "')"));
    }
    if (options_.input_shape && extent != wish) {
      throw UserError(fmt::format("its input has a fixed {} of {}, not the {} of --input-shape",
                                  name.back(), extent, wish));
    }
    if (extent > kMostExtent) {
      throw UserError(
          fmt::format("its input has a dimension of {}; expected [N, C, H, W] with "
                      "C, H and W from 1 to {}",
                      extent, kMostExtent));
    }
  }
}

Shape OnnxInput::shape() const {
  int extents[] = {1, 1, 1};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] >= 0) extents[axes[i]] = int(dims[i]);
  }
  return {extents[0], extents[1], extents[2]};
}

OnnxTensorPointer OnnxFile::constant(const std::string& name) {
  const auto made = constants_.find(name);
  if (made != constants_.end()) return made->second;
  const auto found = initializers_.find(name);
  if (found == initializers_.end()) return nullptr;
  OnnxTensor tensor = onnx_tensor(*found->second, folder_);
  const auto steps = steps_.find(name);
  if (steps != steps_.end()) tensor.steps = steps->second;
  return constants_[name] = std::make_shared<const OnnxTensor>(std::move(tensor));
}

std::string OnnxFile::operator_fault(const onnx::NodeProto& node) const {
  if (!is_standard(node.domain())) {
    return fmt::format("is of the domain '{}'; expected ONNX's own operators", node.domain());
  }
  for (const auto& function : model_.functions()) {
    if (is_standard(function.domain()) && function.name() == node.op_type()) {
      return "is a function of the file; expected ONNX's own operators";
    }
  }
  if (find_onnx_operator(node.op_type()) == nullptr) return "this operator is not supported";
  return "";
}

int OnnxFile::maker(const std::string& value) const {
  const auto found = makers_.find(value);
  return found == makers_.end() ? -1 : found->second;
}

std::string OnnxFile::left_out() const {
  std::vector<std::string> names;
  for (int i = 0; i < graph().node_size(); ++i) {
    const onnx::NodeProto& node = graph().node(i);
    if (needed_[std::size_t(i)] || node.op_type() == "Constant") continue;
    names.push_back(fmt::format("'{}' ({})", OnnxNode::name_of(node), node.op_type()));
  }
  if (names.empty()) return "";
  constexpr std::size_t kShown = 3;
  std::string list = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + std::ptrdiff_t(std::min(names.size(), kShown)),
                      ", "));
  if (names.size() > kShown) list += fmt::format(" and {} more", names.size() - kShown);
  return "leaves out what does not lead to the output: " + list;
}

}  // namespace escalate
