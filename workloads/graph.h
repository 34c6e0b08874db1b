// The network as its author gives it: a directed acyclic graph of layers with float (or still
// undrawn) weights. Readers (ONNX, YAML) make it, compression turns it into an IntegerNetwork.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "workloads/nm_pattern.h"
#include "workloads/pointwise_function.h"
#include "workloads/selection.h"
#include "workloads/shape.h"

namespace escalate {

/// Geometry of a convolution or pooling window.
struct Window {
  int r = 1, s = 1;  ///< kernel height and width
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  /// Output extent in h or w (floor, or ceil with `ceil_mode`; with ceil the last window starts
  /// inside the input or its leading padding).
  int out_h(int h) const;
  int out_w(int w) const;
  bool ceil_mode = false;
  /// From one row or column of the kernel to the next, in those of the input (convolutions only).
  int dilation_h = 1, dilation_w = 1;
  bool is_dilated() const { return dilation_h != 1 || dilation_w != 1; }
  /// Rows and columns of the input from the first to the last that the kernel meets.
  std::int64_t span_h() const { return std::int64_t{r - 1} * dilation_h + 1; }
  std::int64_t span_w() const { return std::int64_t{s - 1} * dilation_w + 1; }
  /// Rows or columns by which the last window hangs over the padded input, with `ceil_mode`; never
  /// counted by an average.
  int overhang_h(int h) const;
  int overhang_w(int w) const;
  bool operator==(const Window&) const = default;
};

enum class OpKind {
  kInput,
  kConv,            ///< also depthwise (groups == C) and grouped
  kFullyConnected,  ///< input is flattened (C*H*W) in c,h,w order; weights [K, C*H*W, 1, 1]
  kMaxPool,
  kAvgPool,
  kGlobalAvgPool,  ///< also ReduceMean over H and W
  kAdd,            ///< of two inputs, each times its factor, broadcast
  kMultiply,       ///< of two inputs, broadcast
  kMinimum,        ///< of two inputs, broadcast
  kMaximum,        ///< of two inputs, broadcast
  kPointwise,      ///< a function of each value by itself
  kConcat,         ///< along channels
  kSelect,      ///< inputs joined along an axis, then channels, rows and columns chosen from them
  kChannelPad,  ///< zeros before and after the channels
  kRelu,
  kClip,
  kBatchNorm,
  kFlatten,   ///< (C,H,W) -> (C*H*W,1,1), c,h,w order
  kSoftmax,   ///< final only, float only
  kGlobalSum  ///< over H and W
};

/// Whether it makes one tensor of two, element by element.
bool combines_two(OpKind op);

/// How a convolution's weights are to run on the accelerator.
enum class LayerForm {
  kUnset,       ///< not chosen yet: compress decides by its rules
  kDecomposed,  ///< ternary coefficients times basis kernels (R,S > 1), or ternary terms (1x1, FC)
  kDirect       ///< int8 weights
};

/// A decomposed convolution: What[k,c] = scale_k * basis_scale * sum_m coefficients[k,m,c]
/// basis[m].
struct Decomposition {
  int terms = 0;                          ///< M
  std::vector<std::int8_t> coefficients;  ///< [K][M][C/groups], each -1, 0 or 1
  std::vector<std::int8_t> basis;         ///< [M][R][S], int8
  float basis_scale = 1;                  ///< b, one a layer
  std::vector<float> channel_scale;       ///< s_k [K]
  bool operator==(const Decomposition&) const = default;
};

/// Statistics of a layer that is drawn at random in place of real weights (YAML workloads).
struct DrawnDensities {
  double coefficient = 1;  ///< non-zero share of the ternary coefficients (decomposed form)
  double weight = 1;       ///< non-zero share of the plain weights (direct form; sparse baselines)
  double activation = 1;   ///< non-zero share of the layer's input
  bool signed_input = false;
  std::optional<NmPattern> weight_pattern = {};  ///< that the plain weights keep to
  bool operator==(const DrawnDensities&) const = default;
};

struct Node {
  std::string name;
  OpKind op = OpKind::kInput;
  std::vector<int> inputs;  ///< indices of earlier nodes; each node has one output tensor
  Shape out;                ///< filled in by Graph::infer_shapes()
  bool is_output = false;   ///< of the network, beside its last node, which is always one

  // kConv, kFullyConnected
  int out_channels = 0;  ///< K
  int groups = 1;
  Window window;  ///< also kMaxPool, kAvgPool
  /// H * W of what a transposed convolution reads, which runs as a convolution over that map with
  /// zeros between its elements; 0: no transposed one. Its dense MACs are counted by it.
  std::int64_t transposed_positions = 0;
  std::vector<float> weights;  ///< [K][C/groups][R][S]; empty when drawn or decomposed
  std::vector<float> bias;     ///< [K] or empty (zero)
  /// Where the file has whole numbers in place of `weights`: the most steps that one of them is
  /// from its zero point; 0: real numbers.
  std::int64_t given_steps = 0;
  /// [K]: each weight is a whole number of at most 127 such steps (a quantised direct layer);
  /// empty: any floats.
  std::vector<float> weight_scale;
  LayerForm form = LayerForm::kUnset;
  std::optional<Decomposition> decomposition;
  std::optional<DrawnDensities> drawn;
  int terms = 0;  ///< M asked for in a YAML workload (0: the command's default)
  /// Paths of .npy tensors given in a YAML workload: keys weights, coefficients, basis,
  /// activations, mask (of the input).
  std::map<std::string, std::string> npy_files;

  Selection selection;           // kSelect
  PointwiseFunction function;    // kPointwise
  float add_factor[2] = {1, 1};  // kAdd: a * add_factor[0] + b * add_factor[1]

  bool count_include_pad = false;                            // kAvgPool
  int pad_before = 0, pad_after = 0;                         // kChannelPad
  float clip_min = -std::numeric_limits<float>::infinity();  // kClip
  float clip_max = std::numeric_limits<float>::infinity();
  /// kClip: above 0, values are also rounded to whole multiples of it, halves to even, and the
  /// bounds are such multiples (a quantisation that the network came with).
  float clip_step = 0;
  std::vector<float> bn_scale, bn_bias, bn_mean, bn_variance;  // kBatchNorm, [C]
  float bn_epsilon = 1e-5f;

  bool operator==(const Node&) const = default;
  /// Whether its values are whole steps, which it makes them or its author has.
  bool is_quantizer() const { return op == OpKind::kClip && clip_step > 0; }
  bool is_weighted() const { return op == OpKind::kConv || op == OpKind::kFullyConnected; }
};

/// How an image becomes the network's input: (pixel/255 - mean) / std, channel by channel.
struct InputTransform {
  std::vector<float> mean, std;  ///< empty: not known
  bool bgr = false;
  bool operator==(const InputTransform&) const = default;
};

/// Calibration stored with a network (metadata escalate.quantization); empty maps: not calibrated.
struct StoredQuantization {
  std::map<std::string, float> tensor_scale;  ///< by node name: scale of the node's output tensor
  struct Requantization {
    std::vector<std::int32_t> multiplier;
    std::vector<int> shift;
    std::vector<std::int32_t> bias;
    /// Of sums below 0, where the layer does a PReLU itself; empty: those of all sums.
    std::vector<std::int32_t> negative_multiplier;
    std::vector<int> negative_shift;
    bool operator==(const Requantization&) const = default;
  };
  std::map<std::string, Requantization> layers;
  bool empty() const { return tensor_scale.empty(); }
  bool operator==(const StoredQuantization&) const = default;
};

/// What stands in front of a network or behind it and no machine runs: image scaling, the decoding
/// of boxes, softmax. The host computes it in floating point.
struct HostPart {
  std::string onnx;                    ///< a serialised ONNX model; empty: nothing
  std::vector<std::string> operators;  ///< names of its nodes' operators, in order
  bool empty() const { return onnx.empty(); }
  bool operator==(const HostPart&) const = default;
};

struct Graph {
  std::string name;
  std::string definition;   ///< which published definition it is (zoo)
  std::vector<Node> nodes;  ///< topological order; the last node is an output
  HostPart head;            ///< makes the input of the network from that of the file
  HostPart tail;            ///< makes the outputs of the file from those of the network
  InputTransform transform;
  StoredQuantization quantization;
  std::uint64_t seed = 1;             ///< for drawn layers
  std::vector<std::string> warnings;  ///< what its reader left out of the file
  bool operator==(const Graph&) const = default;

  /// Fills every node's `out`; throws UserError naming the node where shapes do not fit.
  void infer_shapes();
  int find(const std::string& node_name) const;  ///< index or -1
  Shape input_shape_of(int node) const { return nodes[nodes[node].inputs.at(0)].out; }
  /// Multiply-accumulates of one image of node `i` (0 unless convolution or FC) by the standard's
  /// definition: each weight once at each position of the output, padding counted, and for a
  /// transposed convolution at each position of its input.
  std::int64_t dense_macs(int i) const;
  std::int64_t dense_macs() const;
  std::vector<std::vector<int>> consumers() const;
  /// Nodes whose tensors are the network's outputs, in order: those marked and the last one.
  std::vector<int> output_nodes() const;
};

}  // namespace escalate
