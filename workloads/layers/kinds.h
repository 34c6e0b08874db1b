// The kinds of layers there are.
#pragma once

#include <vector>

#include "workloads/layers/integer_kind.h"
#include "workloads/layers/layer_kind.h"

namespace escalate {

const LayerKind& kind_of(OpKind op);
const IntegerKind& kind_of(IntegerOp op);
inline const LayerKind& kind_of(const Node& node) { return kind_of(node.op); }
inline const IntegerKind& kind_of(const IntegerNode& node) { return kind_of(node.op); }

/// Of the tensors that a node reads.
std::vector<Shape> input_shapes(const Graph& graph, const Node& node);

/// In the order of their numbers; what files say may be none of them.
const std::vector<const LayerKind*>& layer_kinds();
const std::vector<const IntegerKind*>& integer_kinds();

// One of each, from its file.
const LayerKind& input_layer();
const LayerKind& convolution_layer();
const LayerKind& fully_connected_layer();
const LayerKind& max_pool_layer();
const LayerKind& average_pool_layer();
const LayerKind& global_average_pool_layer();
const LayerKind& addition_layer();
const LayerKind& product_layer();
const LayerKind& minimum_layer();
const LayerKind& maximum_layer();
const LayerKind& function_layer();
const LayerKind& concatenation_layer();
const LayerKind& selection_layer();
const LayerKind& channel_pad_layer();
const LayerKind& relu_layer();
const LayerKind& clip_layer();
const LayerKind& batch_norm_layer();
const LayerKind& flatten_layer();
const LayerKind& softmax_layer();
const LayerKind& global_sum_layer();

const IntegerKind& integer_input();
const IntegerKind& integer_convolution();
const IntegerKind& integer_max_pool();
const IntegerKind& integer_average_pool();
const IntegerKind& integer_addition();
const IntegerKind& integer_product();
const IntegerKind& integer_minimum();
const IntegerKind& integer_maximum();
const IntegerKind& integer_table();
const IntegerKind& integer_concatenation();
const IntegerKind& integer_channel_pad();
const IntegerKind& integer_selection();
const IntegerKind& integer_rescaling();
const IntegerKind& integer_flatten();

}  // namespace escalate
