// Networks of the three kinds that people train, small enough for a test.
#pragma once

#include <string>

#include "retrain/transformations.h"
#include "workloads/graph.h"

namespace escalate {

class SmallNetwork {
 public:
  explicit SmallNetwork(const std::string& name, int width = 12) {
    graph_.name = name;
    graph_.transform = {{0.5f, 0.5f, 0.5f}, {0.25f, 0.25f, 0.25f}, false};
    Node& input = add("input", OpKind::kInput, {});
    input.out = {3, width, width};
  }

  int conv(int from, int outputs, int kernel = 3, int stride = 1, int groups = 1) {
    Node& node = add("conv" + std::to_string(graph_.nodes.size()), OpKind::kConv, {from});
    node.out_channels = outputs;
    node.groups = groups;
    Window& window = node.window;
    window.r = window.s = kernel;
    window.stride_h = window.stride_w = stride;
    window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = kernel / 2;
    return last();
  }
  int relu(int from) { return unary("relu", OpKind::kRelu, from); }
  int relu6(int from) {
    const int node = unary("relu6_", OpKind::kClip, from);
    graph_.nodes.back().clip_min = 0;
    graph_.nodes.back().clip_max = 6;
    return node;
  }
  int max_pool(int from) {
    const int node = unary("pool", OpKind::kMaxPool, from);
    Window& window = graph_.nodes.back().window;
    window.r = window.s = window.stride_h = window.stride_w = 2;
    return node;
  }
  int sum(int a, int b) {
    add("add" + std::to_string(graph_.nodes.size()), OpKind::kAdd, {a, b});
    return last();
  }
  /// Average and classifier, with random weights and batch norms.
  Graph finish(int from, int classes = 10) {
    const int pooled = unary("average", OpKind::kGlobalAvgPool, from);
    add("classifier", OpKind::kFullyConnected, {pooled}).out_channels = classes;
    graph_.infer_shapes();
    return with_random_weights(with_batch_norms(graph_), 7);
  }

 private:
  Node& add(const std::string& name, OpKind op, std::vector<int> inputs) {
    Node node;
    node.name = name;
    node.op = op;
    node.inputs = std::move(inputs);
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back();
  }
  int unary(const std::string& name, OpKind op, int from) {
    add(name + std::to_string(graph_.nodes.size()), op, {from});
    return last();
  }
  int last() const { return int(graph_.nodes.size()) - 1; }

  Graph graph_;
};

inline Graph small_vgg(int width = 12, int channels = 8) {
  SmallNetwork made("vgg", width);
  const int first = made.relu(made.conv(0, channels));
  const int second = made.max_pool(made.relu(made.conv(first, channels)));
  return made.finish(made.relu(made.conv(second, 2 * channels)));
}

/// An identity shortcut and one with a projection.
inline Graph small_resnet(int width = 12, int channels = 8, int stem_stride = 1) {
  SmallNetwork made("resnet", width);
  const int stem = made.relu(made.conv(0, channels, 3, stem_stride));
  const int branch = made.conv(made.relu(made.conv(stem, channels)), channels);
  const int block = made.relu(made.sum(branch, stem));
  const int down = made.conv(made.relu(made.conv(block, 2 * channels, 3, 2)), 2 * channels);
  return made.finish(made.relu(made.sum(down, made.conv(block, 2 * channels, 1, 2))));
}

/// Inverted residuals with depthwise layers.
inline Graph small_mobilenet(int width = 12, int channels = 6) {
  SmallNetwork made("mobilenet", width);
  const int stem = made.relu6(made.conv(0, channels));
  const int wide = made.relu6(made.conv(stem, 3 * channels, 1));
  const int deep = made.relu6(made.conv(wide, 3 * channels, 3, 1, 3 * channels));
  const int block = made.sum(made.conv(deep, channels, 1), stem);
  return made.finish(made.relu6(made.conv(block, 2 * channels)));
}

}  // namespace escalate
