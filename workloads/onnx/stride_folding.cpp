#include "workloads/onnx/stride_folding.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "workloads/onnx/model_builder.h"
#include "workloads/onnx/writer_parts.h"

namespace escalate {
namespace {

// Channels become as many times more as its square; no network's first layer has a larger one.
constexpr int kMostStride = 16;
constexpr int kMostChannels = 65536;

[[noreturn]] void refuse(const Node& node, const std::string& why) {
  throw UserError(SourcePlace{"", 0, node.name}, "its stride cannot be folded: " + why);
}

/// One direction of the convolution: an input of `extent` places is padded to whole squares.
struct Fold {
  int extent = 0, taps = 0, stride = 1, before = 0, outputs = 0;

  int folded_taps() const { return ceil_div(taps, stride); }
  int positions() const { return outputs - 1 + folded_taps(); }
  /// Below 0 where the last places are read by no window.
  int after() const { return positions() * stride - extent - before; }
};

const Node& only_reader(const Graph& graph) {
  const std::vector<int> readers = graph.consumers().at(0);
  if (readers.size() != 1 || graph.nodes[0].is_output) {
    throw UserError(
        SourcePlace{"", 0, graph.nodes[0].name},
        fmt::format("no stride can be folded: {} layers read the image", readers.size()));
  }
  return graph.nodes[std::size_t(readers[0])];
}

void check(const Node& node) {
  const Window& window = node.window;
  if (node.op != OpKind::kConv) refuse(node, "it reads the image and is no convolution");
  if (node.groups != 1) refuse(node, fmt::format("it has {} groups", node.groups));
  if (node.transposed_positions > 0) refuse(node, "it is transposed");
  if (window.is_dilated()) refuse(node, "it is dilated");
  if (window.stride_h != window.stride_w || window.stride_h == 1) {
    refuse(node, fmt::format("expected equal strides above 1, got {} and {}", window.stride_h,
                             window.stride_w));
  }
  if (window.stride_h > kMostStride) {
    refuse(node,
           fmt::format("expected a stride of at most {}, got {}", kMostStride, window.stride_h));
  }
  if (node.decomposition) refuse(node, "it is decomposed already");
  if (node.weights.empty()) refuse(node, "it has no weights");
}

std::vector<float> folded_weights(const Node& node, int channels, const Fold& h, const Fold& w) {
  const int stride = h.stride;
  const std::size_t taps = std::size_t(h.folded_taps()) * std::size_t(w.folded_taps());
  const std::size_t folded_channels = std::size_t(channels) * std::size_t(stride * stride);
  std::vector<float> made(std::size_t(node.out_channels) * folded_channels * taps);
  std::size_t from = 0;
  for (int k = 0; k < node.out_channels; ++k) {
    for (int c = 0; c < channels; ++c) {
      for (int r = 0; r < h.taps; ++r) {
        for (int s = 0; s < w.taps; ++s) {
          const int square = r % stride * stride + s % stride;
          const std::size_t channel = std::size_t(square * channels + c);
          const std::size_t tap = std::size_t(r / stride * w.folded_taps() + s / stride);
          made[(std::size_t(k) * folded_channels + channel) * taps + tap] = node.weights[from++];
        }
      }
    }
  }
  return made;
}

/// What the host did already, if anything, and behind it the squares of pixels, under the name that
/// comes back in `made`.
HostPart head_of(const Graph& graph, const Fold& h, const Fold& w, std::string& made) {
  using Numbers = std::vector<std::int64_t>;
  const Shape& image = graph.nodes[0].out;
  OnnxModelBuilder builder;
  onnx::ModelProto& model = builder.model();
  HostPart part = graph.head;
  if (!part.empty()) {
    ensure(model.ParseFromString(part.onnx), "a part for the host is an ONNX model");
  } else {
    onnx::ModelProto tail;
    ensure(tail.ParseFromString(graph.tail.onnx), "a part for the host is an ONNX model");
    constexpr std::int64_t kVersion = 7, kOpset = 13;  // of files that this program writes
    const bool has_tail = tail.opset_import_size() > 0;
    model.set_ir_version(has_tail ? tail.ir_version() : kVersion);
    model.add_opset_import()->set_version(has_tail ? tail.opset_import(0).version() : kOpset);
    builder.graph().set_name("host");
    auto& input = *builder.graph().add_input();
    input.set_name(graph.nodes[0].name);
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const int extent : {1, image.c, image.h, image.w}) {
      type.mutable_shape()->add_dim()->set_dim_value(extent);
    }
  }
  for (const auto& node : builder.graph().node()) {
    builder.claim(node.name());
    for (const std::string& output : node.output()) builder.claim(output);
  }
  for (const auto& value : builder.graph().input()) builder.claim(value.name());
  for (const auto& constant : builder.graph().initializer()) builder.claim(constant.name());

  const Node& named = graph.nodes[0];
  std::string here = builder.graph().input(0).name();
  const auto next = [&](const char* what) { return builder.unused(named.name + what); };
  if (!part.empty()) {  // in whatever dimensions
    here = builder.graph().output(0).name();
    const std::string map = next(".map");
    const Numbers dims = {1, image.c, image.h, image.w};
    builder.add("Reshape", map, {here, builder.constant(named, "shape", dims)}, map);
    part.operators.push_back("Reshape");
    here = map;
  }
  if (h.before != 0 || h.after() != 0 || w.before != 0 || w.after() != 0) {
    const std::string padded = next(".padded");
    write_pad(builder, named, padded, here, {0, 0, h.before, w.before, 0, 0, h.after(), w.after()},
              padded);
    part.operators.push_back("Pad");
    here = padded;
  }
  made = next(".squares");
  builder.add("SpaceToDepth", made, {here}, made).set("blocksize", std::int64_t{h.stride});
  part.operators.push_back("SpaceToDepth");
  builder.graph().clear_output();
  auto& output = *builder.graph().add_output();
  output.set_name(made);
  output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  if (!model.SerializeToString(&part.onnx)) throw UserError("a part for the host is too large");
  return part;
}

}  // namespace

Graph fold_input_strides(Graph graph) {
  graph.infer_shapes();
  const Node& reader = only_reader(graph);
  check(reader);
  const Shape image = graph.nodes[0].out;
  const Window& window = reader.window;
  const int squares = window.stride_h * window.stride_w;
  if (image.c > kMostChannels / squares) {
    refuse(reader, fmt::format("its {} channels would become {} times as many", image.c, squares));
  }
  const Fold h{image.h, window.r, window.stride_h, window.pad_top, reader.out.h};
  const Fold w{image.w, window.s, window.stride_w, window.pad_left, reader.out.w};
  std::string name;
  graph.head = head_of(graph, h, w, name);
  Node& layer = graph.nodes[std::size_t(graph.find(reader.name))];
  layer.weights = folded_weights(layer, image.c, h, w);
  layer.form = LayerForm::kDecomposed;
  layer.window = Window{.r = h.folded_taps(), .s = w.folded_taps()};
  Node& input = graph.nodes[0];
  auto scale = graph.quantization.tensor_scale.extract(input.name);
  if (!scale.empty()) {
    scale.key() = name;
    graph.quantization.tensor_scale.insert(std::move(scale));
  }
  input.name = name;
  input.out = {image.c * h.stride * h.stride, h.positions(), w.positions()};
  graph.infer_shapes();
  return graph;
}

}  // namespace escalate
