// The network as the accelerator runs it: int8 activations (zero point 0), ternary coefficients,
// int8 basis kernels or weights, int32 accumulators. Semantics: docs/quantization.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/requantize.h"
#include "workloads/graph.h"

namespace escalate {

/// An int8 activation tensor of one image, [C][H][W].
struct Activations {
  Shape shape;
  std::vector<std::int8_t> values;
  std::int8_t at(int c, int h, int w) const {
    return values[(static_cast<std::size_t>(c) * shape.h + h) * shape.w + w];
  }
  bool operator==(const Activations&) const = default;
};

enum class IntegerOp {
  kInput,
  kConv,  ///< every weighted layer: decomposed, pointwise, direct, FC (R=S=1 after kFlatten)
  kMaxPool,
  kAvgPool,   ///< also global
  kAdd,       ///< the three combine two inputs, broadcast
  kMultiply,  ///< (a * b) requantised
  kMinimum,   ///< of both inputs brought to the output's scale
  kMaximum,
  kTable,   ///< each value is looked up
  kConcat,  ///< each input rescaled to the output's scale (identity when the factor is 1)
  kChannelPad,
  kSelect,   ///< inputs rescaled and joined as by kConcat, then chosen from
  kRescale,  ///< a clip or ReLU that could not be fused: requantise int8 -> int8 and clamp
  kFlatten
};

/// Whether it makes one tensor of two, element by element.
bool combines_two(IntegerOp op);

struct IntegerNode;

/// Whether an output is zero whatever the node reads, in the padding of channels or where a
/// selection has zeros: it is filled, neither computed nor drawn.
bool is_filled(const IntegerNode& node, int c, int h, int w);
std::int64_t num_filled(const IntegerNode& node);

/// Weights of a layer in the form that the machine runs.
enum class WeightForm {
  kDecomposed,  ///< ternary coefficients [K][M][C/groups] and int8 basis [M][R][S]
  kDirect       ///< int8 weights [K][C/groups][R][S]
};

inline constexpr std::size_t kTableEntries = 256;  ///< one for each int8 value

struct IntegerNode {
  std::string name;
  IntegerOp op = IntegerOp::kInput;
  std::vector<int> inputs;
  Shape out;
  bool is_output = false;  ///< of the network, beside the last node
  double scale = 1;        ///< real value of one step of the output; information only

  // kConv. acc[k,p,q] = sum_m sum_rs basis[m,r,s] * (sum_c coefficients[k,m,c] * in[c,h,w]), int32.
  WeightForm form = WeightForm::kDecomposed;
  int groups = 1;
  Window window;                          ///< also pools
  std::int64_t transposed_positions = 0;  ///< as that of a graph's node
  int terms = 1;                          ///< M (decomposed)
  std::vector<std::int8_t> coefficients;  ///< decomposed
  std::vector<std::int8_t>
      basis;  ///< decomposed; {1} for a pointwise layer of one term (MAC bypassed)
  std::vector<std::int8_t> weights;  ///< direct
  std::vector<std::int32_t> bias;    ///< [K]
  std::vector<FixedPoint> requant;  ///< kConv: [K]; kRescale, kMultiply: [1]; kConcat, kSelect: one
                                    ///< an input; kAvgPool: average_factors()
  /// kConv: [K], factors of sums below 0, whose multipliers may be negative (a PReLU that the layer
  /// does itself); empty: those of all sums.
  std::vector<FixedPoint> negative_requant;
  /// kTable: outputs for inputs from -128 to 127, [256], or for each channel, [C][256].
  std::vector<std::int8_t> table;
  Selection selection;  ///< kSelect
  // kAdd, kMinimum, kMaximum: a * add_multiplier[0] + b * add_multiplier[1], one shift.
  std::int32_t add_multiplier[2] = {0, 0};
  int add_shift = 0;
  int clamp_low = -128, clamp_high = 127;  ///< fused ReLU / clip, in output steps
  bool count_include_pad = false;          ///< kAvgPool
  int pad_before = 0, pad_after = 0;       ///< kChannelPad

  /// Drawn workloads: values that the consumers read in place of what this node computes, so that
  /// every layer's input has the density asked for. One tensor, [C][H][W], used for every image;
  /// zero where outputs are filled (is_filled()).
  std::optional<Activations> substitute;

  int out_channels() const { return out.c; }
  /// Pointwise layer of one ternary term with basis 1: no multiplication is needed.
  bool bypasses_mac() const {
    return form == WeightForm::kDecomposed && terms == 1 && window.r == 1 && window.s == 1 &&
           basis.size() == 1 && basis[0] == 1;
  }
  bool operator==(const IntegerNode&) const = default;
};

struct IntegerNetwork {
  std::string name;
  std::vector<IntegerNode> nodes;  ///< topological order; node 0 is the input, the last the output
  InputTransform transform;
  double input_scale = 1;  ///< real input = step * input_scale
  std::uint64_t seed = 1;

  /// Throws UserError with the node's name as key unless each node is one that can be run: inputs
  /// before it, the shape that its window makes of theirs, tensors of the sizes that follow,
  /// factors, shifts and bounds in their ranges, accumulators within 32 bits. Every reader and
  /// maker of networks calls it, so that whoever runs one need not ask.
  void validate() const;

  /// As that of a graph.
  std::int64_t dense_macs(int i) const;
  std::vector<std::vector<int>> consumers() const;
  /// Nodes whose tensors are the network's outputs, in order: those marked and the last one.
  std::vector<int> output_nodes() const;
  bool operator==(const IntegerNetwork&) const = default;
};

/// Factors of an average pool over an input of shape `in`, for the sums of windows whose mean is to
/// be multiplied by `ratio`: one, or, if padding counts and windows hang over the padded input,
/// four, each for windows with as many counted elements (average_factor()).
std::vector<FixedPoint> average_factors(double ratio, const Window& window, bool count_include_pad,
                                        const Shape& in);

/// The factor for windows that hang over the padded input below, to the right, both or neither.
FixedPoint average_factor(const IntegerNode& node, bool below, bool right);

/// Integer weights What[K][C/groups][R][S] of a kConv node, as int32: sum_m coefficients * basis,
/// or the direct weights. Shared by the reference convolution and by nothing of the accelerator.
std::vector<std::int32_t> reconstruct_weights(const IntegerNode& node, int in_channels);

/// The same for output channel `k` alone: [C/groups][R][S].
std::vector<std::int32_t> reconstruct_kernel(const IntegerNode& node, int in_channels, int k);

/// An output of channel `k` of a kConv node from its accumulator.
std::int8_t requantized(const IntegerNode& node, int k, std::int32_t accumulator);

/// One accumulator of reference_accumulators(), from the channel's reconstructed kernel.
std::int32_t reference_accumulator(const IntegerNode& node, const std::vector<std::int32_t>& kernel,
                                   const Activations& input, int k, int p, int q);

/// int32 accumulators [K][P][Q] of a kConv node by a dense convolution with reconstructed weights.
std::vector<std::int32_t> reference_accumulators(const IntegerNode& node, const Activations& input);

/// Upper bound of |accumulator + bias| of a kConv node over all int8 inputs, partial sums by term
/// included; must stay below 2^31 (docs/quantization.md).
std::int64_t worst_case_accumulator(const IntegerNode& node, int in_channels);

/// One node of the network on given inputs, by dense integer arithmetic (`substitute` not applied).
Activations run_node(const IntegerNode& node, const std::vector<const Activations*>& inputs);

/// Every node's output for one image (`substitute` applied where present, so that consumers see
/// it).
std::vector<Activations> run_network(const IntegerNetwork& network, const Activations& input);

}  // namespace escalate
