#include "workloads/onnx/reader.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "common/atomic_file.h"
#include "workloads/layer_rules.h"
#include "workloads/onnx/decomposition.h"
#include "workloads/onnx/node.h"
#include "workloads/onnx/signatures.h"
#include "workloads/onnx/tensor.h"
#include "workloads/onnx/values.h"

namespace escalate {
namespace {

class OnnxReader {
 public:
  OnnxReader(const onnx::ModelProto& model, const OnnxOptions& options)
      : model_(model), options_(options) {}

  Graph read() {
    check_opset();
    for (const onnx::TensorProto& tensor : model_.graph().initializer()) {
      claim(tensor.name());
      values_.define(tensor.name(), &tensor);
    }
    find_needed();
    read_input();
    graph_.name = model_.graph().name();
    graph_.definition = model_.graph().doc_string();
    for (int i = 0; i < model_.graph().node_size(); ++i) {
      if (needed_[std::size_t(i)]) read_node(model_.graph().node(i));
    }
    if (graph_.nodes.size() < 2) throw UserError("has no layers");
    check_output();
    graph_.infer_shapes();
    compare_with_declared_output();
    return std::move(graph_);
  }

 private:
  using Handler = void (OnnxReader::*)(const OnnxNode&);

  void check_opset() {
    for (const auto& opset : model_.opset_import()) {
      if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
      if (opset.version() < kFirstOpset || opset.version() > kLastOpset) {
        throw UserError(
            fmt::format("opset {}; expected {} to {}", opset.version(), kFirstOpset, kLastOpset));
      }
      if (opset_ != 0 && opset_ != opset.version()) throw UserError("names two opsets of ONNX");
      opset_ = int(opset.version());
    }
    if (opset_ == 0) throw UserError("names no opset; expected an ONNX model");
  }

  void claim(const std::string& name) {
    if (!values_.claim(name)) {
      throw UserError(fmt::format("two values are called '{}'", name));
    }
  }

  // Only what leads to the output is read: the rest is no part of the network. A file of ours is
  // read as it is, for its metadata tell of all its nodes.
  void find_needed() {
    const onnx::GraphProto& graph = model_.graph();
    if (graph.output_size() != 1) {
      throw UserError(fmt::format("has {} outputs; expected one", graph.output_size()));
    }
    ++readers_[graph.output(0).name()];
    needed_.assign(std::size_t(graph.node_size()), false);
    for (int i = graph.node_size() - 1; i >= 0; --i) {
      const auto& outputs = graph.node(i).output();
      const bool needed =
          is_ours() || std::any_of(outputs.begin(), outputs.end(), [&](const auto& output) {
            return !output.empty() && readers_.contains(output);
          });
      needed_[std::size_t(i)] = needed;
      if (!needed) continue;
      for (const std::string& input : graph.node(i).input()) ++readers_[input];
    }
    warn_of_unneeded();
  }

  bool is_ours() const {
    const auto& metadata = model_.metadata_props();
    return std::any_of(metadata.begin(), metadata.end(), [](const auto& entry) {
      return entry.key() == "escalate.layers" || entry.key() == "escalate.reshapes" ||
             entry.key() == "escalate.quantization";
    });
  }

  void warn_of_unneeded() {
    std::vector<std::string> names;
    for (int i = 0; i < model_.graph().node_size(); ++i) {
      const onnx::NodeProto& node = model_.graph().node(i);
      if (needed_[std::size_t(i)] || node.op_type() == "Constant") continue;
      names.push_back(fmt::format("'{}' ({})", OnnxNode::name_of(node), node.op_type()));
    }
    if (names.empty()) return;
    constexpr std::size_t kShown = 3;
    std::string list = fmt::format(
        "{}", fmt::join(names.begin(),
                        names.begin() + std::ptrdiff_t(std::min(names.size(), kShown)), ", "));
    if (names.size() > kShown) list += fmt::format(" and {} more", names.size() - kShown);
    graph_.warnings.push_back("leaves out what does not lead to the output: " + list);
  }

  void read_input() {
    const onnx::ValueInfoProto* found = nullptr;
    for (const auto& input : model_.graph().input()) {
      if (values_.find_constant(input.name()) != nullptr) continue;
      if (found != nullptr) {
        throw UserError(fmt::format("has several inputs, '{}' and '{}'; expected one image",
                                    found->name(), input.name()));
      }
      found = &input;
    }
    if (found == nullptr) throw UserError("has no input");
    const auto& type = found->type().tensor_type();
    if (type.elem_type() != onnx::TensorProto::FLOAT &&
        type.elem_type() != onnx::TensorProto::UNDEFINED) {
      throw UserError(fmt::format("its input is of ONNX type {}; expected float32",
                                  onnx::TensorProto::DataType_Name(type.elem_type())));
    }
    if (type.shape().dim_size() != 4) throw UserError("its input is not of shape [N, C, H, W]");
    images_ = std::max<std::int64_t>(0, type.shape().dim(0).dim_value());
    Node node;
    node.name = found->name();
    node.out = input_shape(type.shape());
    claim(node.name);
    values_.define(node.name, OnnxMap{});
    names_.insert(node.name);
    graph_.nodes.push_back(std::move(node));
  }

  // C, H and W of the input: the file's, or where it leaves them open those asked for.
  Shape input_shape(const onnx::TensorShapeProto& declared) const {
    Shape shape;
    const Shape asked = options_.input_shape.value_or(Shape{});
    const std::int64_t given[] = {asked.c, asked.h, asked.w};
    int* const extents[] = {&shape.c, &shape.h, &shape.w};
    for (int i = 0; i < 3; ++i) {
      const auto& dimension = declared.dim(i + 1);
      const std::int64_t extent = dimension.dim_value() < 1 ? given[i] : dimension.dim_value();
      if (extent < 1) {
        throw UserError(
            fmt::format("leaves the {} of its input open{}; give its size with --input-shape CxHxW",
                        std::array{"channels C", "height H", "width W"}[std::size_t(i)],
                        dimension.dim_param().empty() ? "" : " ('" + dimension.dim_param() + "')"));
      }
      if (options_.input_shape && extent != given[i]) {
        throw UserError(fmt::format("its input has a fixed {} of {}, not the {} of --input-shape",
                                    "CHW"[i], extent, given[i]));
      }
      if (extent > kMostExtent) {
        throw UserError(
            fmt::format("its input has a dimension of {}; expected [N, C, H, W] with "
                        "C, H and W from 1 to {}",
                        extent, kMostExtent));
      }
      *extents[i] = int(extent);
    }
    return shape;
  }

  // The program takes the last node's output as the network's.
  void check_output() const {
    const std::string& name = model_.graph().output(0).name();
    const OnnxMap* found = values_.find_map(name);
    if (found == nullptr) {
      const bool is_constant =
          values_.find_constant(name) != nullptr || values_.find_sizes(name) != nullptr;
      throw UserError(fmt::format("its output '{}' is {}", name,
                                  is_constant ? "a constant" : "made by no node"));
    }
    if (found->pads.any()) {
      throw UserError(
          fmt::format("its output '{}' is a padded map; padding is read in front of convolutions "
                      "and pools only",
                      name));
    }
    if (found->node != int(graph_.nodes.size()) - 1) {
      throw UserError("its output is not what the last node makes");
    }
  }

  // Files say what shape their output has, for readers like this one to compare.
  void compare_with_declared_output() {
    const auto& type = model_.graph().output(0).type().tensor_type();
    if (!type.has_shape()) return;
    const OnnxMap& map = *values_.find_map(model_.graph().output(0).name());
    const Shape out = graph_.nodes.back().out;
    const std::vector<std::int64_t> dims = map.rank == 4
                                               ? std::vector<std::int64_t>{out.c, out.h, out.w}
                                               : std::vector<std::int64_t>{out.c};
    bool agrees = type.shape().dim_size() == map.rank;
    for (int i = 1; agrees && i < map.rank; ++i) {
      const std::int64_t declared = type.shape().dim(i).dim_value();
      agrees = declared < 1 || declared == dims[std::size_t(i - 1)];
    }
    if (agrees) return;
    graph_.warnings.push_back(
        fmt::format("says of its output another shape than [N, {}]", fmt::join(dims, ", ")));
  }

  // The new node for an ONNX node: named, reading its first `inputs` inputs.
  Node start(const OnnxNode& node, OpKind op, int inputs = 1) const {
    Node made;
    made.name = node.name();
    made.op = op;
    for (int i = 0; i < inputs; ++i) made.inputs.push_back(values_.map(node, i).node);
    return made;
  }
  // `rank`: dimensions of the output, 4 for maps and 2 for vectors.
  // A name that an earlier node has gives way to that of the output, and this to one with a tail.
  void finish(const OnnxNode& node, Node made, int rank, const OnnxPads& pads = {}) {
    values_.define(node.output(), OnnxMap{int(graph_.nodes.size()), rank, pads});
    if (names_.contains(made.name)) made.name = node.output();
    while (!names_.insert(made.name).second) made.name += '_';
    graph_.nodes.push_back(std::move(made));
  }
  int rank_of(const OnnxNode& node) const { return values_.padded_map(node, 0).rank; }

  Shape shape_of(const OnnxMap& map) {
    graph_.infer_shapes();
    return graph_.nodes[std::size_t(map.node)].out;
  }
  // Shape with the padding that its reader takes over.
  Shape padded_shape_of(const OnnxMap& map) {
    const Shape shape = shape_of(map);
    const auto& sides = map.pads.sides;
    return {shape.c, shape.h + sides[0] + sides[2], shape.w + sides[1] + sides[3]};
  }

  void read_node(const onnx::NodeProto& proto) {
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
        {"Squeeze", &OnnxReader::read_squeeze},
        {"Shape", &OnnxReader::read_shape},
        {"Gather", &OnnxReader::read_gather},
        {"Unsqueeze", &OnnxReader::read_unsqueeze},
        {"Identity", &OnnxReader::read_identity},
        {"Dropout", &OnnxReader::read_dropout},
        {"Constant", &OnnxReader::read_constant},
        {"Softmax", &OnnxReader::read_softmax}};
    check_domain(proto);
    const auto found = handlers.find(proto.op_type());
    const OnnxOperator* known = find_onnx_operator(proto.op_type());
    if (found == handlers.end()) OnnxNode::fail(proto, "this operator is not supported");
    ensure(known != nullptr, "an operator that is read is in the table");
    const OnnxNode node(proto, *known, opset_);
    claim_outputs(node);
    (this->*found->second)(node);
    node.expect_all_asked();
  }

  // An operator of another domain, or a function of the model, is not ONNX's of that name.
  void check_domain(const onnx::NodeProto& node) const {
    if (!node.domain().empty() && node.domain() != "ai.onnx") {
      OnnxNode::fail(
          node, fmt::format("is of the domain '{}'; expected ONNX's own operators", node.domain()));
    }
    for (const auto& function : model_.functions()) {
      const bool is_onnx = function.domain().empty() || function.domain() == "ai.onnx";
      if (is_onnx && function.name() == node.op_type()) {
        OnnxNode::fail(node, "is a function of the file; expected ONNX's own operators");
      }
    }
  }

  void claim_outputs(const OnnxNode& node) {
    const auto claim_output = [&](const std::string& name) {
      if (!values_.claim(name)) node.fail(fmt::format("makes '{}', which is there already", name));
    };
    claim_output(node.output());
    for (const std::string& name : node.other_outputs()) {
      claim_output(name);
      if (readers_.contains(name)) {
        node.fail(fmt::format("its further output '{}' is used; only the first one is read", name));
      }
    }
  }

  // Kernel size (from the attribute or `kernel`), strides and paddings over a map of that shape.
  Window window(const OnnxNode& node, std::vector<int> kernel, const Shape& in) const {
    if (rank_of(node) != 4) node.fail("reads a vector; expected a map");
    kernel = node.integers("kernel_shape", std::move(kernel));
    const std::vector<int> strides = node.integers("strides", {1, 1});
    const std::vector<int> dilations = node.integers("dilations", {1, 1});
    if (kernel.size() != 2 || strides.size() != 2 || dilations.size() != 2) {
      node.fail("expected a window over two dimensions");
    }
    for (const int step : {kernel[0], kernel[1], strides[0], strides[1]}) {
      if (step < 1 || step > kMostExtent) {
        node.fail(
            fmt::format("has a kernel size or stride of {}; expected 1 to {}", step, kMostExtent));
      }
    }
    for (std::size_t axis = 0; axis < 2; ++axis) {  // it says nothing of a single element
      if (dilations[axis] != 1 && kernel[axis] != 1) {
        node.fail("is dilated; expected dilations of 1");
      }
    }
    Window made;
    made.r = kernel[0];
    made.s = kernel[1];
    made.stride_h = strides[0];
    made.stride_w = strides[1];
    const std::vector<int> pads = paddings(node, made, in);
    made.pad_top = pads[0];
    made.pad_left = pads[1];
    made.pad_bottom = pads[2];
    made.pad_right = pads[3];
    return made;
  }

  // Top, left, bottom and right, as given or as auto_pad has them.
  static std::vector<int> paddings(const OnnxNode& node, const Window& window, const Shape& in) {
    const std::vector<int> given = node.integers("pads", {0, 0, 0, 0});
    if (given.size() != 4) node.fail("expected a window over two dimensions");
    const std::string automatic = node.text("auto_pad", "NOTSET");
    if (automatic == "NOTSET") return given;
    const bool upper = automatic == "SAME_UPPER";
    if (automatic != "VALID" && !upper && automatic != "SAME_LOWER") {
      node.fail("unknown auto_pad " + automatic);
    }
    std::vector<int> pads(4, 0);
    for (std::size_t axis = 0; axis < 2 && automatic != "VALID"; ++axis) {
      const int extent = axis == 0 ? in.h : in.w;
      const int kernel = axis == 0 ? window.r : window.s;
      const int stride = axis == 0 ? window.stride_h : window.stride_w;
      const int last = (extent - 1) / stride * stride;
      // Runtimes differ in where a window begins that ends two elements and more before the map.
      if (node.op() != "Conv" && last + kernel < extent - 1) {
        node.fail(
            fmt::format("has strides too far above its kernel for an auto_pad of {}: what it "
                        "reads depends on the runtime",
                        automatic));
      }
      const int total = std::max(0, last + kernel - extent);
      pads[axis] = upper ? total / 2 : total - total / 2;
      pads[axis + 2] = total - pads[axis];
    }
    if (node.has("pads") && given != pads && given != std::vector<int>(4, 0)) {
      node.fail("has both pads and an auto_pad of " + automatic + ", which contradict each other");
    }
    return pads;
  }

  static void add_pads(const OnnxNode& node, const OnnxPads& pads, Window& window) {
    int* const sides[] = {&window.pad_top, &window.pad_left, &window.pad_bottom, &window.pad_right};
    for (std::size_t i = 0; i < 4; ++i) {
      *sides[i] = padding(node, std::int64_t{*sides[i]} + pads.sides[i]);
    }
  }
  static int padding(const OnnxNode& node, std::int64_t value) {
    if (value > kMostExtent) {
      node.fail(fmt::format("its padding is {}; expected up to {}", value, kMostExtent));
    }
    return int(value);
  }

  // The new node for a convolution or pool, whose inputs may be padded.
  Node start_windowed(const OnnxNode& node, OpKind op) const {
    Node made;
    made.name = node.name();
    made.op = op;
    made.inputs = {values_.padded_map(node, 0).node};
    return made;
  }

  void read_conv(const OnnxNode& node) {
    Node made = start_windowed(node, OpKind::kConv);
    const OnnxMap in = values_.padded_map(node, 0);
    const Shape shape = padded_shape_of(in);
    const onnx::TensorProto& weights = values_.constant(node, 1, "weights");
    if (weights.dims_size() != 4) node.fail("expected weights of shape [K, C, R, S]");
    made.out_channels = node.extent("the first dimension of its weights", weights.dims(0));
    made.groups = node.extent("group", node.integer("group", 1));
    const auto kernel = [&](int i) { return node.extent("its kernel", weights.dims(i)); };
    made.window = window(node, {kernel(2), kernel(3)}, shape);
    if (made.window.r != weights.dims(2) || made.window.s != weights.dims(3)) {
      node.fail("kernel_shape is not that of the weights");
    }
    if (made.groups < 1 || weights.dims(1) < 1 || shape.c % made.groups != 0 ||
        weights.dims(1) != shape.c / made.groups) {
      node.fail(fmt::format("has weights for {} channels in each of {} groups; its input has {}",
                            weights.dims(1), made.groups, shape.c));
    }
    made.weights = values_.floats(node, 1, "weights");
    if (node.has_input(2)) {
      made.bias = values_.floats(node, 2, "bias");
      const onnx::TensorProto& bias = values_.constant(node, 2, "bias");
      if (bias.dims_size() != 1 || bias.dims(0) != weights.dims(0)) {
        node.fail(fmt::format("has a bias of {} values; expected a list of {}", made.bias.size(),
                              weights.dims(0)));
      }
    }
    add_pads(node, in.pads, made.window);
    finish(node, std::move(made), 4);
  }

  // A fully connected layer; `transposed`: the matrix is [K, C].
  Node fully_connected(const OnnxNode& node, bool transposed) {
    Node made = start(node, OpKind::kFullyConnected);
    const onnx::TensorProto& matrix = values_.constant(node, 1, "matrix");
    if (matrix.dims_size() != 2) node.fail("expected a matrix of two dimensions");
    if (rank_of(node) != 2) node.fail("multiplies a map; expected it to be flattened before");
    const std::vector<float> values = values_.floats(node, 1, "matrix");
    const auto rows = std::size_t(node.extent("a dimension of its matrix", matrix.dims(0)));
    const auto columns = std::size_t(node.extent("a dimension of its matrix", matrix.dims(1)));
    const std::int64_t length = shape_of(values_.map(node, 0)).size();
    if (std::int64_t(transposed ? columns : rows) != length) {
      node.fail(fmt::format("multiplies a vector of {} values by a matrix for {}", length,
                            transposed ? columns : rows));
    }
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

  void read_gemm(const OnnxNode& node) {
    if (node.flag("transA")) node.fail("has transA; expected one vector an image");
    Node made = fully_connected(node, node.flag("transB"));
    const float alpha = node.number("alpha", 1), beta = node.number("beta", 1);
    if (node.has_input(2)) made.bias = gemm_bias(node, std::size_t(made.out_channels));
    for (float& weight : made.weights) weight *= alpha;
    for (float& bias : made.bias) bias *= beta;
    for (const auto* values : {&made.weights, &made.bias}) {
      if (!std::all_of(values->begin(), values->end(), [](float v) { return std::isfinite(v); })) {
        node.fail("times alpha or beta a value is not finite");
      }
    }
    finish(node, std::move(made), 2);
  }

  // What is broadcast over [images, K] as the same values for each image: of shape [], [1], [K],
  // [1, 1] or [1, K].
  std::vector<float> gemm_bias(const OnnxNode& node, std::size_t channels) const {
    std::vector<float> values = values_.floats(node, 2, "bias");
    const auto& dims = values_.constant(node, 2, "bias").dims();
    const bool is_row = dims.size() < 2 || (dims.size() == 2 && dims.Get(0) == 1);
    if (!is_row || (values.size() != 1 && values.size() != channels)) {
      node.fail(fmt::format("has a bias of shape [{}]; expected one for each of {} outputs",
                            fmt::join(dims, ", "), channels));
    }
    if (values.size() == 1) values.assign(channels, values[0]);
    return values;
  }

  void read_matmul(const OnnxNode& node) { finish(node, fully_connected(node, false), 2); }

  void read_pool(const OnnxNode& node) {
    const bool is_max = node.op() == "MaxPool";
    Node made = start_windowed(node, is_max ? OpKind::kMaxPool : OpKind::kAvgPool);
    const OnnxMap in = values_.padded_map(node, 0);
    const Shape padded = padded_shape_of(in);
    made.window = window(node, {}, padded);
    made.window.ceil_mode = node.flag("ceil_mode");
    if (made.window.ceil_mode && node.text("auto_pad", "NOTSET") == "VALID") {
      node.fail("has both ceil_mode and an auto_pad of VALID, whose rounding is not agreed upon");
    }
    made.count_include_pad = !is_max && node.flag("count_include_pad");
    node.flag("storage_order");  // concerns the indices alone
    if (in.pads.any()) take_over_pads(node, in, padded, made);
    finish(node, std::move(made), 4);
  }

  // Zeros around the input of a pool are as padding of its own if they make no difference: they are
  // never the largest, or they are counted.
  void take_over_pads(const OnnxNode& node, const OnnxMap& in, const Shape& padded, Node& pool) {
    const Window own = pool.window;
    if (pool.op == OpKind::kMaxPool && signed_outputs(graph_)[std::size_t(in.node)]) {
      node.fail("takes the largest of a map padded with zeros that may have negative values");
    }
    const bool is_padded =
        own.pad_top != 0 || own.pad_left != 0 || own.pad_bottom != 0 || own.pad_right != 0;
    if (pool.op == OpKind::kAvgPool) {
      if (is_padded && !pool.count_include_pad) {
        node.fail("averages a padded map with padding of its own that does not count");
      }
      pool.count_include_pad = true;
    }
    add_pads(node, in.pads, pool.window);
    const Shape shape = shape_of(in);
    if (own.out_h(padded.h) != pool.window.out_h(shape.h) ||
        own.out_w(padded.w) != pool.window.out_w(shape.w)) {
      node.fail("has a last window that begins in the padding before it");
    }
  }

  void read_global_pool(const OnnxNode& node) {
    if (rank_of(node) != 4) node.fail("reads a vector; expected a map");
    finish(node, start(node, OpKind::kGlobalAvgPool), 4);
  }

  // Axes, from an attribute or, in later opsets, from input `i`.
  std::vector<int> axes(const OnnxNode& node, int i, int rank) const {
    std::vector<int> found;
    if (node.has_input(i)) {
      for (const std::int64_t axis : values_.sizes(node, i, "axes").values) {
        found.push_back(node.axis_of(axis, rank));
      }
    } else {
      for (const int axis : node.integers("axes", {})) found.push_back(node.axis_of(axis, rank));
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  void read_reduce_mean(const OnnxNode& node) {
    node.flag("noop_with_empty_axes");  // without axes it is refused
    if (rank_of(node) != 4 || axes(node, 1, 4) != std::vector<int>{2, 3}) {
      node.fail("expected the mean over H and W (axes 2 and 3)");
    }
    finish(node, start(node, OpKind::kGlobalAvgPool), node.flag("keepdims", true) ? 4 : 2);
  }

  void read_add(const OnnxNode& node) {
    for (int i = 0; i < 2; ++i) {
      const auto* bias = node.has_input(i) ? values_.find_constant(node.input(i)) : nullptr;
      if (bias != nullptr) return add_bias(node, 1 - i, *bias);
    }
    Node made = start(node, OpKind::kAdd, 2);
    if (values_.map(node, 0).rank != values_.map(node, 1).rank) {
      node.fail("adds a vector to a map");
    }
    finish(node, std::move(made), rank_of(node));
  }

  // A constant added to a weighted layer that has no bias yet and no other reader.
  void add_bias(const OnnxNode& node, int input, const onnx::TensorProto& tensor) {
    const OnnxMap map = values_.map(node, input);
    Node& layer = graph_.nodes[std::size_t(map.node)];
    const std::vector<float> bias = values_.floats(node, 1 - input, "constant");
    if (!layer.is_weighted() || map.node + 1 != int(graph_.nodes.size()) || !layer.bias.empty() ||
        bias.size() != std::size_t(layer.out_channels) || !lies_along_channels(tensor, map.rank)) {
      node.fail("adds a constant that is not the bias of the layer before it");
    }
    layer.bias = bias;
    values_.retire(map.node, "as it is before its bias is added");
    values_.define(node.output(), OnnxMap{map.node, map.rank, {}});
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

  void read_concat(const OnnxNode& node) {
    if (!node.has("axis")) node.fail("has no axis");
    for (int i = 0; i < node.num_inputs(); ++i) {
      if (values_.find_sizes(node.input(i)) != nullptr) return join_sizes(node);
    }
    const int rank = rank_of(node);
    if (node.axis("axis", 1, rank) != 1) node.fail("expected a concatenation of channels (axis 1)");
    if (node.num_inputs() < 2) {
      values_.define(node.output(), values_.map(node, 0));
      return;
    }
    Node made = start(node, OpKind::kConcat, node.num_inputs());
    for (int i = 0; i < node.num_inputs(); ++i) {
      if (values_.map(node, i).rank != rank) node.fail("joins vectors and maps");
    }
    finish(node, std::move(made), rank);
  }

  void read_pad(const OnnxNode& node) {
    const std::string mode = node.text("mode", "constant");
    if (mode != "constant") node.fail(fmt::format("has mode {}; expected constant", mode));
    const OnnxMap in = values_.padded_map(node, 0);
    const std::vector<int> pads = paddings_by_axis(node, in.rank);
    float fill = node.number("value", 0);
    if (node.has_input(2)) fill = values_.scalar(node, 2, "fill value");
    const auto rank = std::size_t(in.rank);
    if (pads[0] != 0 || pads[rank] != 0 || fill != 0 ||
        std::any_of(pads.begin(), pads.end(), [](int pad) { return pad < 0; })) {
      node.fail("expected zeros around channels or maps of one image");
    }
    OnnxPads around = in.pads;
    for (std::size_t i = 0; i < 4 && rank == 4; ++i) {
      int& side = around.sides[i];
      side = padding(node, std::int64_t{side} + pads[i < 2 ? 2 + i : 4 + i]);
    }
    if (around.any() && pads[1] == 0 && pads[rank + 1] == 0) {
      values_.define(node.output(), OnnxMap{in.node, in.rank, around});
      return;
    }
    Node made;
    made.name = node.name();
    made.op = OpKind::kChannelPad;
    made.inputs = {in.node};
    made.pad_before = pads[1];
    made.pad_after = pads[rank + 1];
    finish(node, std::move(made), in.rank, around);
  }

  // What is put before each dimension, then what is put behind each.
  std::vector<int> paddings_by_axis(const OnnxNode& node, int rank) const {
    std::vector<int> given = node.integers("pads", {});
    if (node.has_input(1)) {
      for (const std::int64_t pad : values_.sizes(node, 1, "pads").values) {
        given.push_back(node.extent("a padding", pad));
      }
    }
    std::vector<int> dimensions(std::size_t(rank), 0);
    std::iota(dimensions.begin(), dimensions.end(), 0);
    if (node.has_input(3)) {
      dimensions.clear();
      for (const std::int64_t axis : values_.sizes(node, 3, "axes").values) {
        const int dimension = node.axis_of(axis, rank);
        if (std::count(dimensions.begin(), dimensions.end(), dimension) > 0) {
          node.fail(fmt::format("pads axis {} twice", dimension));
        }
        dimensions.push_back(dimension);
      }
    }
    if (given.size() != 2 * dimensions.size()) {
      node.fail(fmt::format("has {} paddings; expected {}, two a dimension", given.size(),
                            2 * dimensions.size()));
    }
    std::vector<int> pads(2 * std::size_t(rank), 0);
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      const auto at = std::size_t(dimensions[i]);
      pads[at] = given[i];
      pads[at + std::size_t(rank)] = given[i + dimensions.size()];
    }
    return pads;
  }

  void read_relu(const OnnxNode& node) { finish(node, start(node, OpKind::kRelu), rank_of(node)); }

  void read_clip(const OnnxNode& node) {
    Node made = start(node, OpKind::kClip);
    made.clip_min = node.number("min", made.clip_min);
    made.clip_max = node.number("max", made.clip_max);
    if (node.has_input(1)) made.clip_min = values_.scalar(node, 1, "minimum");
    if (node.has_input(2)) made.clip_max = values_.scalar(node, 2, "maximum");
    if (!(made.clip_min <= made.clip_max)) node.fail("its minimum is above its maximum");
    finish(node, std::move(made), rank_of(node));
  }

  void read_batch_norm(const OnnxNode& node) {
    node.ignore("momentum");  // momentum of the running statistics in training
    if (!node.flag("spatial", true)) {
      node.fail("has spatial 0, one number an element; expected one a channel");
    }
    // Before opset 14 the outputs after the first say that it trains.
    if (node.flag("training_mode") || (opset_ < 14 && !node.other_outputs().empty())) {
      node.fail("is in training mode; expected one that uses its running statistics");
    }
    Node made = start(node, OpKind::kBatchNorm);
    made.bn_scale = values_.floats(node, 1, "scale");
    made.bn_bias = values_.floats(node, 2, "bias");
    made.bn_mean = values_.floats(node, 3, "mean");
    made.bn_variance = values_.floats(node, 4, "variance");
    made.bn_epsilon = node.number("epsilon", 1e-5f);
    for (const float variance : made.bn_variance) {
      if (!(variance + made.bn_epsilon > 0)) {
        node.fail(
            fmt::format("has a variance of {}; expected it, plus epsilon, above 0", variance));
      }
    }
    finish(node, std::move(made), rank_of(node));
  }

  void read_flatten(const OnnxNode& node) {
    const int rank = rank_of(node);
    const std::int64_t axis = node.integer("axis", 1);  // may be the rank itself
    if (axis != 1 && axis + rank != 1) node.fail("expected axis 1");
    finish(node, start(node, OpKind::kFlatten), 2);
  }

  // Sizes behind the number of images that a Reshape gives a value of size `size` and dimensions
  // `in` (those of an image).
  std::vector<std::int64_t> reshaped(const OnnxNode& node, std::vector<std::int64_t> shape,
                                     const std::vector<std::int64_t>& in, std::int64_t size) const {
    const bool copies = !node.flag("allowzero");
    const auto is_images = [&](std::int64_t extent) {
      return extent == OnnxSizes::kImages || extent == -1 || (extent == 0 && copies) ||
             (extent > 0 && extent == std::max<std::int64_t>(images_, 1));
    };
    if (shape.empty() || !is_images(shape[0])) {
      node.fail("joins or splits images; expected a reshape of each");
    }
    const bool images_follow = shape[0] == -1;
    shape.erase(shape.begin());
    std::int64_t known = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 && copies && i < in.size()) shape[i] = in[i];
      if (shape[i] < (images_follow ? 1 : -1) || shape[i] == 0) {
        node.fail("expected sizes of an image behind the number of images");
      }
      if (shape[i] != -1) known = num_elements({known, shape[i]});
    }
    if (std::count(shape.begin(), shape.end(), -1) > 1) node.fail("has two sizes of -1");
    for (std::int64_t& extent : shape) {
      if (extent == -1) extent = size / known;
    }
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) product = num_elements({product, extent});
    if (product != size) {
      node.fail(fmt::format("makes [N, {}] of {} values an image", fmt::join(shape, ", "), size));
    }
    return shape;
  }

  void read_reshape(const OnnxNode& node) {
    const OnnxMap map = values_.map(node, 0);
    const Shape in = shape_of(map);
    const std::vector<std::int64_t> dims = dims_of(map, in);
    const std::vector<std::int64_t> shape =
        reshaped(node, values_.sizes(node, 1, "shape").values, dims, in.size());
    if (shape == dims && (map.rank == 2 || in.h > 1 || in.w > 1)) {
      values_.define(node.output(), map);
      return;
    }
    const bool vector = shape.size() == 1 || (shape.size() == 3 && shape[1] == 1 && shape[2] == 1);
    if (!vector) node.fail("expected a reshape to one vector an image");
    finish(node, start(node, OpKind::kFlatten), int(shape.size()) + 1);
  }

  static std::vector<std::int64_t> dims_of(const OnnxMap& map, const Shape& shape) {
    if (map.rank == 2) return {shape.c};
    return {shape.c, shape.h, shape.w};
  }

  void read_squeeze(const OnnxNode& node) {
    if (node.has_input(0) && values_.find_map(node.input(0)) == nullptr) {
      const OnnxSizes from = values_.sizes(node, 0, "data");
      if (from.values.size() != 1 || from.is_scalar) node.fail("expected a list of one number");
      for (const int axis : axes(node, 1, 1)) ensure(axis == 0, "a list has one axis");
      values_.define(node.output(), OnnxSizes{from.values, true});
      return;
    }
    const Shape in = shape_of(values_.map(node, 0));
    const int rank = rank_of(node);
    if (rank != 4 || in.h != 1 || in.w != 1 || axes(node, 1, rank) != std::vector<int>{2, 3}) {
      node.fail("expected a map of one position without its axes 2 and 3");
    }
    finish(node, start(node, OpKind::kFlatten), 2);
  }

  // Shape, Gather, Unsqueeze and Concat of sizes: what a Reshape with the image's own sizes, as in
  // x.view(x.size(0), -1), is exported as. Computed here; no layer of the network.
  void read_shape(const OnnxNode& node) {
    const OnnxMap map = values_.map(node, 0);
    const std::vector<std::int64_t> dims = dims_of(map, shape_of(map));
    std::vector<std::int64_t> sizes = {OnnxSizes::kImages};
    sizes.insert(sizes.end(), dims.begin(), dims.end());
    const auto bound = [&](const char* name, std::int64_t otherwise) {
      const std::int64_t value = node.integer(name, otherwise);
      return std::clamp<std::int64_t>(value < 0 ? value + map.rank : value, 0, map.rank);
    };
    const std::int64_t begin = bound("start", 0), end = std::max(begin, bound("end", map.rank));
    values_.define(node.output(), OnnxSizes{{sizes.begin() + begin, sizes.begin() + end}, false});
  }

  void read_gather(const OnnxNode& node) {
    const OnnxSizes from = values_.sizes(node, 0, "data");
    if (from.is_scalar) node.fail("expected a list as its data");
    node.axis("axis", 0, 1);
    const OnnxSizes indices = values_.sizes(node, 1, "indices");
    OnnxSizes made{{}, indices.is_scalar};
    for (std::int64_t index : indices.values) {
      if (index < 0) index += std::int64_t(from.values.size());
      if (index < 0 || index >= std::int64_t(from.values.size())) {
        node.fail("an index is out of range");
      }
      made.values.push_back(from.values[std::size_t(index)]);
    }
    values_.define(node.output(), std::move(made));
  }

  void read_unsqueeze(const OnnxNode& node) {
    const OnnxSizes from = values_.sizes(node, 0, "data");
    if (!from.is_scalar) node.fail("expected one number");
    if (axes(node, 1, 1) != std::vector<int>{0}) node.fail("expected axis 0");
    values_.define(node.output(), OnnxSizes{from.values, false});
  }

  void join_sizes(const OnnxNode& node) {
    node.axis("axis", 0, 1);
    OnnxSizes joined;
    for (int i = 0; i < node.num_inputs(); ++i) {
      const OnnxSizes part = values_.sizes(node, i, "input");
      if (part.is_scalar) node.fail("joins a single number; expected lists");
      joined.values.insert(joined.values.end(), part.values.begin(), part.values.end());
    }
    values_.define(node.output(), std::move(joined));
  }

  void read_identity(const OnnxNode& node) {
    if (const auto* sizes = values_.find_sizes(node.input(0))) {
      values_.define(node.output(), OnnxSizes{*sizes});
    } else if (const auto* tensor = values_.find_constant(node.input(0))) {
      values_.define(node.output(), tensor);
    } else {
      values_.define(node.output(), OnnxMap{values_.padded_map(node, 0)});
    }
  }

  void read_dropout(const OnnxNode& node) {
    node.ignore("ratio");
    node.ignore("seed");
    if (node.has_input(2) && onnx_flag(values_.constant(node, 2, "training_mode"))) {
      node.fail("is in training mode; expected one that drops nothing");
    }
    values_.define(node.output(), OnnxMap{values_.padded_map(node, 0)});
  }

  void read_constant(const OnnxNode& node) {
    if (const auto* value = node.find("value")) {
      values_.define(node.output(), &value->t());
      return;
    }
    onnx::TensorProto tensor;
    tensor.set_name(node.output());
    if (const auto* value = node.find("value_int")) {
      tensor.add_int64_data(value->i());
    } else if (const auto* list = node.find("value_ints")) {
      *tensor.mutable_int64_data() = list->ints();
      tensor.add_dims(list->ints_size());
    } else if (const auto* number = node.find("value_float")) {
      tensor.add_float_data(number->f());
    } else if (const auto* numbers = node.find("value_floats")) {
      *tensor.mutable_float_data() = numbers->floats();
      tensor.add_dims(numbers->floats_size());
    } else {
      node.expect_all_asked();
      node.fail("has no value");
    }
    const bool is_float = node.has("value_float") || node.has("value_floats");
    tensor.set_data_type(is_float ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64);
    values_.define(node.output(), std::move(tensor));
  }

  void read_softmax(const OnnxNode& node) {
    Node made = start(node, OpKind::kSoftmax);
    const int rank = rank_of(node);
    // Before opset 13 it is over all dimensions from the axis on, since then over that one alone.
    // For vectors and maps of one position, which is all that is read, these are the same.
    if (node.axis("axis", opset_ >= 13 ? -1 : 1, rank) != 1) {
      node.fail("expected a softmax over channels");
    }
    finish(node, std::move(made), rank);
  }

  const onnx::ModelProto& model_;
  const OnnxOptions& options_;
  int opset_ = 0;
  std::int64_t images_ = 0;             ///< that the input holds; 0: the file leaves it open
  std::vector<bool> needed_;            ///< by ONNX node: it leads to the output
  std::map<std::string, int> readers_;  ///< by value: how many needed nodes read it
  std::set<std::string> names_;         ///< names of the nodes read so far
  OnnxValues values_;
  Graph graph_;
};

}  // namespace

Graph read_onnx(const std::string& path, const OnnxOptions& options) {
  constexpr std::int64_t kMostBytes =
      std::numeric_limits<std::int32_t>::max();  // limit of protobuf
  // A message begins with a field's number, which is not 0: said before a large file is read.
  if (first_bytes(path, 1) == std::string(1, '\0')) {
    throw UserError(SourcePlace{path, 0, ""}, "is not an ONNX model");
  }
  return parse_onnx(read_file(path, kMostBytes), path, options);
}

Graph parse_onnx(const std::string& bytes, const std::string& path, const OnnxOptions& options) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || !model.has_graph()) {
    throw UserError(SourcePlace{path, 0, ""},
                    "cannot be read as an ONNX model (broken or truncated)");
  }
  try {
    Graph graph = OnnxReader(model, options).read();
    for (std::string& warning : graph.warnings) warning = path + ": " + warning;
    std::map<std::string, std::string> metadata;
    for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
    apply_metadata(metadata, graph);
    return graph;
  } catch (const UserError& fault) {
    throw UserError(SourcePlace{path, 0, fault.place().key}, fault.message());
  }
}

}  // namespace escalate
