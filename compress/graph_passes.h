// Rewriting of a float network into the form that compression and quantisation work on: batch norm
// folded into the convolutions, nothing that computes nothing.
#pragma once

#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Folds every batch norm into the convolution or fully connected layer before it: into weights and
/// bias, or of a decomposed layer into channel scales and bias. One that follows anything else (or
/// a layer with other readers) is folded into the weights of the fully connected layer behind it,
/// if that alone reads it, flattened or not, and is not decomposed; otherwise it becomes a direct
/// depthwise 1x1 convolution of the same function.
/// Layers keep their names. Throws UserError naming a batch norm whose factors are not finite.
void fold_batch_norms(Graph& graph);

/// Removes what computes nothing (a pool of a 1x1 window and stride 1, a clip without bounds, a
/// padding by no channels, a ReLU whose input cannot be negative, a clip to whole steps of what is
/// so already, a flattening of a vector behind a flattening, a selection of all there is) and what
/// nothing reads. The output keeps being the last node; where the last node is an identity it
/// stays.
void remove_identities(Graph& graph);

/// Channel scales of decomposed layers become positive: the sign goes into the coefficients, and a
/// scale of 0 becomes coefficients of 0. (Requantisation factors cannot be negative.)
void make_channel_scales_positive(Graph& graph);

/// The passes above and merge_selections(), with shapes inferred. Doing it again changes nothing.
Graph prepared(Graph graph);

/// For each node the function that is done by the node itself when it requantises, or -1: the only
/// reader of a convolution or fully connected layer, of which each channel is a line on either side
/// of 0 (PReLU by channel), rising or flat above. In a calibrated graph layers do so whose
/// calibration has factors of sums below 0.
std::vector<int> fused_slopes(const Graph& graph);

/// For each node the ReLU or clip that is done by the node itself when it requantises, or -1: the
/// only reader of a convolution, a fully connected layer, one of fused_slopes() or an operation on
/// two tensors. Of other nodes that choose a scale (the input too) it is a clip to whole steps that
/// does no more than int8 itself. A fused ReLU or clip makes no node of the integer network.
std::vector<int> fused_clamps(const Graph& graph);

/// For each node the last of the nodes that it does itself: of its function of fused_slopes() and
/// the ReLU or clip behind; the node itself where there are none.
std::vector<int> last_fused(const Graph& graph);

/// Throws UserError naming all softmaxes that others read: a network that runs in integers ends in
/// one, or has none.
void refuse_inner_softmaxes(const Graph& graph);

}  // namespace escalate
