#include "workloads/onnx_reader.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/atomic_file.h"
#include "workloads/onnx_decomposition.h"
#include "workloads/onnx_tensor.h"

namespace escalate {
namespace {

class OnnxReader {
 public:
  explicit OnnxReader(const onnx::ModelProto& model) : model_(model) {}

  Graph read() {
    check_opset();
    for (const onnx::TensorProto& tensor : model_.graph().initializer()) {
      constants_[tensor.name()] = &tensor;
    }
    read_input();
    graph_.name = model_.graph().name();
    graph_.definition = model_.graph().doc_string();
    for (const onnx::NodeProto& node : model_.graph().node()) read_node(node);
    check_output();
    if (graph_.nodes.size() < 2) throw UserError("has no layers");
    graph_.infer_shapes();
    return std::move(graph_);
  }

 private:
  using Pads = std::array<int, 4>;           // top, left, bottom, right
  static constexpr std::int64_t kBatch = 0;  // the number of images: a Reshape keeps it

  [[noreturn]] void fail(const onnx::NodeProto& node, const std::string& message) const {
    throw UserError(
        SourcePlace{"", 0, fmt::format("node '{}' ({})", name_of(node), node.op_type())}, message);
  }

  static std::string name_of(const onnx::NodeProto& node) {
    return node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
  }

  void check_opset() {
    for (const auto& opset : model_.opset_import()) {
      if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
      if (opset.version() < 9 || opset.version() > 17) {
        throw UserError(fmt::format("opset {}; expected 9 to 17", opset.version()));
      }
      opset_ = int(opset.version());
      return;
    }
    throw UserError("names no opset; expected an ONNX model");
  }

  void read_input() {
    const onnx::ValueInfoProto* found = nullptr;
    for (const auto& input : model_.graph().input()) {
      if (constants_.contains(input.name())) continue;
      if (found != nullptr) throw UserError("has several inputs; expected one image");
      found = &input;
    }
    if (found == nullptr) throw UserError("has no input");
    const auto& shape = found->type().tensor_type().shape();
    if (shape.dim_size() != 4) throw UserError("its input is not of shape [N, C, H, W]");
    Node node;
    node.name = found->name();
    int* const extents[] = {&node.out.c, &node.out.h, &node.out.w};
    for (int i = 0; i < 3; ++i) {
      const std::int64_t extent = shape.dim(i + 1).dim_value();  // 0 if the file leaves it open
      if (extent < 1 || extent > kMostExtent) {
        throw UserError(
            fmt::format("its input has a dimension of {}; expected [N, C, H, W] with "
                        "C, H and W from 1 to {}",
                        extent, kMostExtent));
      }
      *extents[i] = int(extent);
    }
    values_[found->name()] = 0;
    ranks_[found->name()] = 4;
    names_.insert(node.name);
    graph_.nodes.push_back(std::move(node));
  }

  // The program takes the last node's output as the network's.
  void check_output() const {
    if (model_.graph().output_size() != 1) throw UserError("expected one output");
    const auto found = values_.find(model_.graph().output(0).name());
    if (found == values_.end()) throw UserError("its output is made by no node");
    if (found->second != int(graph_.nodes.size()) - 1) {
      throw UserError("its output is not the last node: some nodes lead nowhere");
    }
  }

  const onnx::AttributeProto* attribute(const onnx::NodeProto& node, const char* name) const {
    for (const auto& candidate : node.attribute()) {
      if (candidate.name() == name) return &candidate;
    }
    return nullptr;
  }
  std::int64_t integer(const onnx::NodeProto& node, const char* name,
                       std::int64_t otherwise) const {
    const auto* found = attribute(node, name);
    return found == nullptr ? otherwise : found->i();
  }
  // A number that has to be small enough for an extent of a tensor.
  int extent(const onnx::NodeProto& node, const char* what, std::int64_t value) const {
    if (value < -kMostExtent || value > kMostElements) {
      fail(node, fmt::format("{} is {}; expected up to {}", what, value, kMostExtent));
    }
    return int(value);
  }
  float number(const onnx::NodeProto& node, const char* name, float otherwise) const {
    const auto* found = attribute(node, name);
    return found == nullptr ? otherwise : found->f();
  }
  std::vector<int> integers(const onnx::NodeProto& node, const char* name,
                            std::vector<int> otherwise) const {
    const auto* found = attribute(node, name);
    if (found == nullptr) return otherwise;
    std::vector<int> values;
    for (const std::int64_t value : found->ints()) values.push_back(extent(node, name, value));
    return values;
  }

  bool has_input(const onnx::NodeProto& node, int i) const {
    return i < node.input_size() && !node.input(i).empty();
  }
  const onnx::TensorProto* constant_or_null(const onnx::NodeProto& node, int i) const {
    if (!has_input(node, i)) return nullptr;
    const auto found = constants_.find(node.input(i));
    return found == constants_.end() ? nullptr : found->second;
  }
  const onnx::TensorProto& constant(const onnx::NodeProto& node, int i, const char* what) const {
    const auto* found = constant_or_null(node, i);
    if (found == nullptr) fail(node, fmt::format("its {} must be a constant of the file", what));
    return *found;
  }
  std::vector<float> floats(const onnx::NodeProto& node, int i, const char* what) const {
    std::vector<float> values = onnx_floats(constant(node, i, what));
    if (std::any_of(values.begin(), values.end(), [](float v) { return std::isinf(v); })) {
      fail(node, fmt::format("its {} holds a value that is not finite", what));
    }
    return values;
  }
  float scalar(const onnx::NodeProto& node, int i, const char* what) const {
    const std::vector<float> values = onnx_floats(constant(node, i, what));
    if (values.size() != 1) fail(node, fmt::format("expected one number as its {}", what));
    return values[0];
  }
  int value(const onnx::NodeProto& node, int i) const {
    const auto found = has_input(node, i) ? values_.find(node.input(i)) : values_.end();
    if (found == values_.end()) {
      fail(node, fmt::format("input {} is made by no earlier node",
                             has_input(node, i) ? node.input(i) : "?"));
    }
    if (pads_.contains(node.input(i)) && node.op_type() != "Conv") {
      fail(node, "reads a padded map; padding is read in front of a convolution only");
    }
    return found->second;
  }

  // The new node for an ONNX node: named, reading its first `inputs` inputs.
  Node start(const onnx::NodeProto& node, OpKind op, int inputs = 1) const {
    Node made;
    made.name = name_of(node);
    made.op = op;
    for (int i = 0; i < inputs; ++i) made.inputs.push_back(value(node, i));
    return made;
  }
  // `rank`: dimensions of the output, 4 for maps and 2 for vectors; 0: those of the first input.
  // A name that an earlier node has gives way to that of the output, and this to one with a tail.
  void finish(const onnx::NodeProto& node, Node made, int rank = 0) {
    define(node, int(graph_.nodes.size()), rank == 0 ? rank_of(node) : rank);
    if (names_.contains(made.name)) made.name = node.output(0);
    while (!names_.insert(made.name).second) made.name += '_';
    graph_.nodes.push_back(std::move(made));
  }
  void pass_on(const onnx::NodeProto& node) {
    const int index = value(node, 0);  // says so if there is none
    define(node, index, rank_of(node));
  }
  // From here on the node's output is that of node `index` of the graph.
  void define(const onnx::NodeProto& node, int index, int rank) {
    if (!values_.emplace(node.output(0), index).second) {
      fail(node, fmt::format("makes '{}', which is there already", node.output(0)));
    }
    ranks_[node.output(0)] = rank;
  }
  int rank_of(const onnx::NodeProto& node) const { return ranks_.at(node.input(0)); }

  void read_node(const onnx::NodeProto& node) {
    using Handler = void (OnnxReader::*)(const onnx::NodeProto&);
    static const std::map<std::string, Handler> handlers = {
        {"Conv", &OnnxReader::read_conv},
        {"Gemm", &OnnxReader::read_gemm},
        {"MatMul", &OnnxReader::read_matmul},
        {"MaxPool", &OnnxReader::read_pool},
        {"AveragePool", &OnnxReader::read_pool},
        {"GlobalAveragePool", &OnnxReader::read_global_pool},
        {"ReduceMean", &OnnxReader::read_reduce_mean},
        {"Add", &OnnxReader::read_add},
        {"Concat", &OnnxReader::read_concat},
        {"Pad", &OnnxReader::read_pad},
        {"Relu", &OnnxReader::read_relu},
        {"Clip", &OnnxReader::read_clip},
        {"BatchNormalization", &OnnxReader::read_batch_norm},
        {"Flatten", &OnnxReader::read_flatten},
        {"Reshape", &OnnxReader::read_reshape},
        {"Shape", &OnnxReader::read_shape},
        {"Gather", &OnnxReader::read_gather},
        {"Unsqueeze", &OnnxReader::read_unsqueeze},
        {"Identity", &OnnxReader::read_identity},
        {"Dropout", &OnnxReader::read_identity},
        {"Constant", &OnnxReader::read_constant},
        {"Softmax", &OnnxReader::read_softmax}};
    const auto found = handlers.find(node.op_type());
    if (found == handlers.end()) fail(node, "this operator is not supported");
    if (node.output_size() == 0 || node.output(0).empty()) fail(node, "has no output");
    (this->*found->second)(node);
  }

  // Kernel size (from the attribute or `kernel`), strides and paddings.
  Window window(const onnx::NodeProto& node, std::vector<int> kernel, const Shape& in) const {
    if (rank_of(node) != 4) fail(node, "reads a vector; expected a map");
    kernel = integers(node, "kernel_shape", std::move(kernel));
    const std::vector<int> strides = integers(node, "strides", {1, 1});
    const std::vector<int> dilations = integers(node, "dilations", {1, 1});
    std::vector<int> pads = integers(node, "pads", {0, 0, 0, 0});
    if (kernel.size() != 2 || strides.size() != 2 || pads.size() != 4) {
      fail(node, "expected a window over two dimensions");
    }
    if (dilations != std::vector<int>{1, 1}) fail(node, "is dilated; expected dilations of 1");
    for (const int step : {kernel[0], kernel[1], strides[0], strides[1]}) {
      if (step < 1 || step > kMostExtent) {
        fail(node,
             fmt::format("has a kernel size or stride of {}; expected 1 to {}", step, kMostExtent));
      }
    }
    const auto* automatic = attribute(node, "auto_pad");
    if (automatic != nullptr && automatic->s() != "NOTSET" && automatic->s() != "VALID") {
      const bool upper = automatic->s() == "SAME_UPPER";
      if (!upper && automatic->s() != "SAME_LOWER")
        fail(node, "unknown auto_pad " + automatic->s());
      for (int axis = 0; axis < 2; ++axis) {
        const int extent = axis == 0 ? in.h : in.w;
        const int outputs = (extent + strides[axis] - 1) / strides[axis];
        const int total = std::max(0, (outputs - 1) * strides[axis] + kernel[axis] - extent);
        pads[axis] = upper ? total / 2 : total - total / 2;
        pads[axis + 2] = total - pads[axis];
      }
    }
    Window made;
    made.r = kernel[0];
    made.s = kernel[1];
    made.stride_h = strides[0];
    made.stride_w = strides[1];
    made.pad_top = pads[0];
    made.pad_left = pads[1];
    made.pad_bottom = pads[2];
    made.pad_right = pads[3];
    made.ceil_mode = integer(node, "ceil_mode", 0) != 0;
    return made;
  }

  Shape shape_of(const onnx::NodeProto& node, int i) {
    const int index = value(node, i);
    graph_.infer_shapes();
    return graph_.nodes[index].out;
  }

  void read_conv(const onnx::NodeProto& node) {
    Node made = start(node, OpKind::kConv);
    const onnx::TensorProto& weights = constant(node, 1, "weights");
    if (weights.dims_size() != 4) fail(node, "expected weights of shape [K, C, R, S]");
    made.out_channels = extent(node, "the first dimension of its weights", weights.dims(0));
    made.groups = extent(node, "group", integer(node, "group", 1));
    made.weights = floats(node, 1, "weights");
    if (has_input(node, 2)) made.bias = floats(node, 2, "bias");
    const auto kernel = [&](int i) { return extent(node, "its kernel", weights.dims(i)); };
    made.window = window(node, {kernel(2), kernel(3)}, shape_of(node, 0));
    if (made.window.r != weights.dims(2) || made.window.s != weights.dims(3)) {
      fail(node, "kernel_shape is not that of the weights");
    }
    if (const auto found = pads_.find(node.input(0)); found != pads_.end()) {
      int* const sides[] = {&made.window.pad_top, &made.window.pad_left, &made.window.pad_bottom,
                            &made.window.pad_right};
      for (int i = 0; i < 4; ++i) {
        const std::int64_t both = std::int64_t{*sides[i]} + found->second[i];
        *sides[i] = extent(node, "its padding", both);
      }
    }
    finish(node, std::move(made));
  }

  // A fully connected layer; `transposed`: the matrix is [K, C].
  Node fully_connected(const onnx::NodeProto& node, bool transposed) {
    Node made = start(node, OpKind::kFullyConnected);
    const onnx::TensorProto& matrix = constant(node, 1, "matrix");
    if (matrix.dims_size() != 2) fail(node, "expected a matrix of two dimensions");
    if (rank_of(node) != 2) fail(node, "multiplies a map; expected it to be flattened before");
    const std::vector<float> values = floats(node, 1, "matrix");
    const auto rows = std::size_t(extent(node, "a dimension of its matrix", matrix.dims(0)));
    const auto columns = std::size_t(extent(node, "a dimension of its matrix", matrix.dims(1)));
    made.out_channels = int(transposed ? rows : columns);
    if (transposed) {
      made.weights = values;
    } else {
      made.weights.resize(values.size());
      for (std::size_t c = 0; c < rows; ++c) {
        for (std::size_t k = 0; k < columns; ++k)
          made.weights[k * rows + c] = values[c * columns + k];
      }
    }
    return made;
  }

  void read_gemm(const onnx::NodeProto& node) {
    if (integer(node, "transA", 0) != 0 || number(node, "alpha", 1) != 1 ||
        number(node, "beta", 1) != 1) {
      fail(node, "expected transA 0, alpha 1 and beta 1");
    }
    Node made = fully_connected(node, integer(node, "transB", 0) != 0);
    if (has_input(node, 2)) made.bias = floats(node, 2, "bias");
    finish(node, std::move(made));
  }

  void read_matmul(const onnx::NodeProto& node) { finish(node, fully_connected(node, false)); }

  void read_pool(const onnx::NodeProto& node) {
    Node made = start(node, node.op_type() == "MaxPool" ? OpKind::kMaxPool : OpKind::kAvgPool);
    if (node.output_size() > 1) fail(node, "its indices are used; expected one output");
    made.window = window(node, {}, shape_of(node, 0));
    made.count_include_pad = integer(node, "count_include_pad", 0) != 0;
    finish(node, std::move(made));
  }

  void read_global_pool(const onnx::NodeProto& node) {
    finish(node, start(node, OpKind::kGlobalAvgPool));
  }

  void read_reduce_mean(const onnx::NodeProto& node) {
    std::vector<int> axes = integers(node, "axes", {});
    for (int& axis : axes) axis = axis < 0 ? axis + 4 : axis;
    std::sort(axes.begin(), axes.end());
    if (axes != std::vector<int>{2, 3}) fail(node, "expected the mean over H and W (axes 2 and 3)");
    finish(node, start(node, OpKind::kGlobalAvgPool), integer(node, "keepdims", 1) != 0 ? 4 : 2);
  }

  void read_add(const onnx::NodeProto& node) {
    for (int i = 0; i < 2; ++i) {
      if (const auto* bias = constant_or_null(node, i)) return add_bias(node, 1 - i, *bias);
    }
    finish(node, start(node, OpKind::kAdd, 2));
  }

  // A constant added to a weighted layer that has no bias yet and no other reader.
  void add_bias(const onnx::NodeProto& node, int input, const onnx::TensorProto& tensor) {
    const int index = value(node, input);
    const int rank = ranks_.at(node.input(input));
    Node& layer = graph_.nodes[index];
    const std::vector<float> bias = floats(node, 1 - input, "constant");
    if (!layer.is_weighted() || index + 1 != int(graph_.nodes.size()) || !layer.bias.empty() ||
        bias.size() != std::size_t(layer.out_channels) || !lies_along_channels(tensor, rank)) {
      fail(node, "adds a constant that is not the bias of the layer before it");
    }
    layer.bias = bias;
    // What it was before the addition can be read no more.
    std::erase_if(values_, [index](const auto& entry) { return entry.second == index; });
    define(node, index, rank);
  }

  // Whether a constant is broadcast over a value of that rank, [N, C] or [N, C, H, W], as one
  // number a channel: shapes are aligned at their last dimensions.
  static bool lies_along_channels(const onnx::TensorProto& tensor, int rank) {
    for (int i = 1; i <= tensor.dims_size(); ++i) {
      const bool is_channels = i == rank - 1;
      if (!is_channels && tensor.dims(tensor.dims_size() - i) != 1) return false;
    }
    return tensor.dims_size() >= rank - 1 && tensor.dims_size() <= rank;
  }

  void read_concat(const onnx::NodeProto& node) {
    if (std::any_of(node.input().begin(), node.input().end(),
                    [&](const std::string& input) { return sizes_.contains(input); })) {
      return join_sizes(node);
    }
    const std::int64_t axis = integer(node, "axis", 1);
    if (axis != 1 && axis != -3) fail(node, "expected a concatenation of channels (axis 1)");
    if (node.input_size() < 2) return pass_on(node);
    Node made = start(node, OpKind::kConcat, node.input_size());
    for (const std::string& input : node.input()) {
      if (ranks_.at(input) != rank_of(node)) fail(node, "joins vectors and maps");
    }
    finish(node, std::move(made));
  }

  void read_pad(const onnx::NodeProto& node) {
    const auto* mode = attribute(node, "mode");
    if (mode != nullptr && mode->s() != "constant") fail(node, "expected mode constant");
    std::vector<int> pads = integers(node, "pads", {});
    if (pads.empty()) {
      for (const std::int64_t pad : onnx_integers(constant(node, 1, "pads"))) {
        pads.push_back(extent(node, "a padding", pad));
      }
    }
    float fill = number(node, "value", 0);
    if (has_input(node, 2)) fill = scalar(node, 2, "fill value");
    if (pads.size() != 8 || pads[0] != 0 || pads[4] != 0 || fill != 0 ||
        std::any_of(pads.begin(), pads.end(), [](int pad) { return pad < 0; })) {
      fail(node, "expected zeros around channels or maps of one image");
    }
    const Pads spatial = {pads[2], pads[3], pads[6], pads[7]};
    const bool has_spatial = spatial != Pads{};
    if (has_spatial && (pads[1] != 0 || pads[5] != 0)) {
      fail(node, "pads channels and maps at once; expected one of them");
    }
    if (has_spatial) {
      pass_on(node);
      pads_[node.output(0)] = spatial;
      return;
    }
    Node made = start(node, OpKind::kChannelPad);
    made.pad_before = pads[1];
    made.pad_after = pads[5];
    finish(node, std::move(made));
  }

  void read_relu(const onnx::NodeProto& node) { finish(node, start(node, OpKind::kRelu)); }

  void read_clip(const onnx::NodeProto& node) {
    Node made = start(node, OpKind::kClip);
    made.clip_min = number(node, "min", made.clip_min);
    made.clip_max = number(node, "max", made.clip_max);
    if (has_input(node, 1)) made.clip_min = scalar(node, 1, "minimum");
    if (has_input(node, 2)) made.clip_max = scalar(node, 2, "maximum");
    if (!(made.clip_min <= made.clip_max)) fail(node, "its minimum is above its maximum");
    finish(node, std::move(made));
  }

  void read_batch_norm(const onnx::NodeProto& node) {
    Node made = start(node, OpKind::kBatchNorm);
    made.bn_scale = floats(node, 1, "scale");
    made.bn_bias = floats(node, 2, "bias");
    made.bn_mean = floats(node, 3, "mean");
    made.bn_variance = floats(node, 4, "variance");
    made.bn_epsilon = number(node, "epsilon", 1e-5f);
    for (const float variance : made.bn_variance) {
      if (!(variance + made.bn_epsilon > 0)) {
        fail(node,
             fmt::format("has a variance of {}; expected it, plus epsilon, above 0", variance));
      }
    }
    finish(node, std::move(made));
  }

  void read_flatten(const onnx::NodeProto& node) {
    const std::int64_t axis = integer(node, "axis", 1);
    if (axis != 1 && axis != -3) fail(node, "expected axis 1");
    finish(node, start(node, OpKind::kFlatten), 2);
  }

  void read_reshape(const onnx::NodeProto& node) {
    const std::vector<std::int64_t> shape = sizes(node, 1, "shape");
    const bool vector = shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1);
    if (!vector || (shape[1] != -1 && shape[1] != shape_of(node, 0).size())) {
      fail(node, "expected a reshape to one vector an image");
    }
    finish(node, start(node, OpKind::kFlatten), int(shape.size()));
  }

  // Shape, Gather, Unsqueeze and Concat of sizes: what a Reshape with the image's own sizes, as in
  // x.view(x.size(0), -1), is exported as. Computed here; no layer of the network.
  void read_shape(const onnx::NodeProto& node) {
    if (attribute(node, "start") != nullptr || attribute(node, "end") != nullptr) {
      fail(node, "takes a part of the shape; expected all of it");
    }
    const Shape shape = shape_of(node, 0);
    std::vector<std::int64_t> values = {kBatch, shape.c};
    if (rank_of(node) == 4) values.insert(values.end(), {shape.h, shape.w});
    sizes_[node.output(0)] = std::move(values);
  }

  void read_gather(const onnx::NodeProto& node) {
    const std::vector<std::int64_t> from = sizes(node, 0, "data");
    if (integer(node, "axis", 0) != 0) fail(node, "expected axis 0");
    std::vector<std::int64_t> values;
    for (std::int64_t index : sizes(node, 1, "indices")) {
      if (index < 0) index += std::int64_t(from.size());
      if (index < 0 || index >= std::int64_t(from.size())) fail(node, "an index is out of range");
      values.push_back(from[std::size_t(index)]);
    }
    sizes_[node.output(0)] = std::move(values);
  }

  void read_unsqueeze(const onnx::NodeProto& node) {
    const std::vector<std::int64_t> values = sizes(node, 0, "data");
    if (values.size() != 1) fail(node, "expected one number");
    sizes_[node.output(0)] = values;
  }

  void join_sizes(const onnx::NodeProto& node) {
    std::vector<std::int64_t> joined;
    for (int i = 0; i < node.input_size(); ++i) {
      const std::vector<std::int64_t> part = sizes(node, i, "input");
      joined.insert(joined.end(), part.begin(), part.end());
    }
    sizes_[node.output(0)] = std::move(joined);
  }

  // Whole numbers: computed from shapes, or a constant of the file.
  std::vector<std::int64_t> sizes(const onnx::NodeProto& node, int i, const char* what) const {
    const auto found = has_input(node, i) ? sizes_.find(node.input(i)) : sizes_.end();
    return found == sizes_.end() ? onnx_integers(constant(node, i, what)) : found->second;
  }

  // Identity and Dropout.
  void read_identity(const onnx::NodeProto& node) {
    if (const auto* tensor = constant_or_null(node, 0)) {
      constants_[node.output(0)] = tensor;
      return;
    }
    pass_on(node);
  }

  void read_constant(const onnx::NodeProto& node) {
    const auto* tensor = attribute(node, "value");
    if (tensor == nullptr || !tensor->has_t()) fail(node, "expected a tensor as its value");
    constants_[node.output(0)] = &tensor->t();
  }

  void read_softmax(const onnx::NodeProto& node) {
    Node made = start(node, OpKind::kSoftmax);
    const std::int64_t axis = integer(node, "axis", opset_ >= 13 ? -1 : 1);
    if (axis != 1 && axis + rank_of(node) != 1) fail(node, "expected a softmax over channels");
    finish(node, std::move(made));
  }

  const onnx::ModelProto& model_;
  std::map<std::string, const onnx::TensorProto*> constants_;
  int opset_ = 0;
  std::set<std::string> names_;        ///< of the nodes read so far
  std::map<std::string, int> values_;  ///< ONNX value -> the node that makes it
  std::map<std::string, int> ranks_;   ///< ONNX value -> its number of dimensions
  std::map<std::string, Pads> pads_;   ///< values that are padded on the way to their reader
  std::map<std::string, std::vector<std::int64_t>> sizes_;  ///< values computed from shapes
  Graph graph_;
};

}  // namespace

Graph read_onnx(const std::string& path) { return parse_onnx(read_file(path), path); }

Graph parse_onnx(const std::string& bytes, const std::string& path) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || !model.has_graph()) {
    throw UserError(SourcePlace{path, 0, ""},
                    "cannot be read as an ONNX model (broken or truncated)");
  }
  try {
    Graph graph = OnnxReader(model).read();
    std::map<std::string, std::string> metadata;
    for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
    apply_metadata(metadata, graph);
    return graph;
  } catch (const UserError& fault) {
    throw UserError(SourcePlace{path, 0, fault.place().key}, fault.message());
  }
}

}  // namespace escalate
