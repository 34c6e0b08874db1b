// Evaluates nodes of ONNX models over tensors of any rank: constants of a file that are computed in
// it, and what the host computes in front of a network and behind it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "workloads/onnx/movement.h"
#include "workloads/onnx/node.h"
#include "workloads/onnx/tensor.h"

namespace escalate {

/// Outputs of a node from its inputs, of which those that are left out are null. Throws UserError
/// naming the node.
using OnnxEvaluation = std::function<std::vector<OnnxTensor>(const OnnxNode&, const OnnxInputs&)>;
using OnnxEvaluations = std::map<std::string, OnnxEvaluation>;

/// By the name of an operator: how it is evaluated.
const OnnxEvaluations& onnx_evaluations();

// Families of them.
OnnxEvaluations arithmetic_evaluations();    ///< element by element, broadcast
OnnxEvaluations movement_evaluations();      ///< reshapes, slices, joins, indices
OnnxEvaluations reduction_evaluations();     ///< sums, softmax, norms, products of matrices
OnnxEvaluations quantization_evaluations();  ///< whole numbers for real ones and back
OnnxEvaluations choice_evaluations();        ///< the largest values, and boxes without overlaps
OnnxEvaluations layer_evaluations();         ///< convolutions, products with biases, pools
OnnxEvaluations recurrent_evaluations();     ///< LSTM and GRU

/// Whether a node's outputs are known if its inputs are.
bool can_evaluate(const std::string& op);

/// Throws UserError naming the node if the operator is not known, an input is missing, or an output
/// has more than `most_elements`.
std::vector<OnnxTensor> evaluate(const OnnxNode& node, const OnnxInputs& inputs);

// What evaluations share.

/// Input `i`, which must be there.
const OnnxTensor& needed(const OnnxNode& node, const OnnxInputs& inputs, std::size_t i);
bool is_given(const OnnxInputs& inputs, std::size_t i);
/// UserError unless a tensor of that shape is small enough to be computed.
void check_size(const OnnxNode& node, const OnnxDims& dims);
/// Shape of what two shapes are broadcast to.
OnnxDims broadcast(const OnnxNode& node, const OnnxDims& a, const OnnxDims& b);
/// For each element of a tensor of shape `to`: the place of that of shape `from` broadcast over it.
std::vector<std::int64_t> broadcast_places(const OnnxDims& from, const OnnxDims& to);
/// Elements as floats, whatever they are.
std::vector<float> as_floats(const OnnxTensor& tensor);
std::vector<std::int64_t> as_integers(const OnnxTensor& tensor);

}  // namespace escalate
