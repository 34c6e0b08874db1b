#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

// A matrix and what is added to a product with it.
struct Matrix {
  int outputs = 0, inputs = 0;
  std::vector<float> values;  ///< [K][C]
  std::int64_t steps = 0;     ///< OnnxTensor::steps
  std::vector<float> bias;    ///< [K] or empty
};

Matrix matrix_of(const OnnxNetwork& network, const OnnxNode& node, bool transposed) {
  const OnnxTensor& tensor = network.constant(node, 1, "matrix");
  if (tensor.dims.size() != 2) node.fail("expected a matrix of two dimensions");
  const std::vector<float> values = network.floats(node, 1, "matrix");
  const auto rows = std::size_t(node.extent("a dimension of its matrix", tensor.dims[0]));
  const auto columns = std::size_t(node.extent("a dimension of its matrix", tensor.dims[1]));
  Matrix made;
  made.outputs = int(transposed ? rows : columns);
  made.inputs = int(transposed ? columns : rows);
  made.values = values;
  made.steps = tensor.steps;
  for (std::size_t c = 0; c < rows && !transposed; ++c) {
    for (std::size_t k = 0; k < columns; ++k) made.values[k * rows + c] = values[c * columns + k];
  }
  return made;
}

// A view as one vector; nothing if it is several.
std::optional<OnnxView> vector_of(const OnnxView& view) {
  OnnxView made = view;
  Movement joined;
  MovementStep step;
  step.dims = {1, num_elements(view.extents())};
  joined.steps = {step};
  if (view.rank() == 0 || num_elements(view.extents()) != view.extent(view.rank() - 1)) {
    return std::nullopt;
  }
  if (!made.move(joined)) return std::nullopt;
  return made;
}

void finish_vector(OnnxNetwork& network, const OnnxNode& node, const OnnxView& vector,
                   Matrix matrix, std::size_t rank) {
  Node made = OnnxNetwork::layer(OpKind::kFullyConnected, {});
  const std::vector<int>& places = vector.dims[1];
  const auto size = std::size_t(network.shape(vector.node).size());
  std::vector<int> sorted = places;
  std::sort(sorted.begin(), sorted.end());
  const std::vector<int> all = places_apart(int(places.size()), 1);
  if (places.size() == size && sorted == all && places != all) {
    // The weights change places, not the values.
    std::vector<float> moved(matrix.values.size());
    for (std::size_t i = 0; i < moved.size(); ++i) {
      moved[i / size * size + std::size_t(places[i % size])] = matrix.values[i];
    }
    matrix.values = std::move(moved);
    made.inputs = {vector.node};
  } else {
    made.inputs = {network.map(node, vector)};
  }
  made.out_channels = matrix.outputs;
  made.weights = std::move(matrix.values);
  made.given_steps = matrix.steps;
  made.bias = std::move(matrix.bias);
  const int layer = network.add(node, std::move(made));
  OnnxView result = network.whole(layer, 2, node.name());
  result.dims.insert(result.dims.begin(), rank > 2 ? rank - 2 : 0, {0});
  if (rank == 1) result.dims.erase(result.dims.begin());
  network.define(node.output(), std::move(result));
}

// Vectors of all positions of a map: a convolution of 1 x 1.
void finish_map(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view, Matrix matrix) {
  const auto axes = view.axes(network.shape(view.node));
  if (!axes || axes->back() != 0) {
    network.misfit(node, "multiplies a map by a matrix along another axis than its channels");
  }
  Node made = OnnxNetwork::layer(OpKind::kConv, {view.node});
  made.out_channels = matrix.outputs;
  made.weights = std::move(matrix.values);
  made.given_steps = matrix.steps;
  made.bias = std::move(matrix.bias);
  const int layer = network.add(node, std::move(made));
  network.define(node.output(), OnnxView::ordered(layer, network.shape(layer), *axes, node.name()));
}

void finish_product(OnnxNetwork& network, const OnnxNode& node, Matrix matrix) {
  const OnnxView view = network.view(node, 0);
  const int length = view.rank() == 0 ? 1 : view.extent(view.rank() - 1);
  if (matrix.inputs != length) {
    node.fail(
        fmt::format("multiplies a vector of {} values by a matrix for {}", length, matrix.inputs));
  }
  if (const auto vector = vector_of(view)) {
    return finish_vector(network, node, *vector, std::move(matrix), view.rank());
  }
  finish_map(network, node, view, std::move(matrix));
}

// What is broadcast over [images, K] as the same values for each image: of shape [], [1], [K],
// [1, 1] or [1, K].
std::vector<float> gemm_bias(const OnnxNetwork& network, const OnnxNode& node,
                             std::size_t channels) {
  std::vector<float> values = network.floats(node, 2, "bias");
  const OnnxDims& dims = network.constant(node, 2, "bias").dims;
  const bool is_row = dims.size() < 2 || (dims.size() == 2 && dims[0] == 1);
  if (!is_row || (values.size() != 1 && values.size() != channels)) {
    node.fail(fmt::format("has a bias of shape [{}]; expected one for each of {} outputs",
                          fmt::join(dims, ", "), channels));
  }
  if (values.size() == 1) values.assign(channels, values[0]);
  return values;
}

void gemm(OnnxNetwork& network, const OnnxNode& node) {
  if (node.flag("transA")) node.fail("has transA; expected one vector an image");
  Matrix matrix = matrix_of(network, node, node.flag("transB"));
  const float alpha = node.number("alpha", 1), beta = node.number("beta", 1);
  if (node.has_input(2)) matrix.bias = gemm_bias(network, node, std::size_t(matrix.outputs));
  for (float& weight : matrix.values) weight *= alpha;
  for (float& bias : matrix.bias) bias *= beta;
  for (const auto* values : {&matrix.values, &matrix.bias}) {
    if (!std::all_of(values->begin(), values->end(), [](float v) { return std::isfinite(v); })) {
      node.fail("times alpha or beta a value is not finite");
    }
  }
  finish_product(network, node, std::move(matrix));
}

void matmul(OnnxNetwork& network, const OnnxNode& node) {
  finish_product(network, node, matrix_of(network, node, false));
}

}  // namespace

OnnxLowerings fully_connected_lowerings() { return {{"Gemm", gemm}, {"MatMul", matmul}}; }

}  // namespace escalate
