// Recurrent layers, which read a CNN's columns one by one: LSTM and GRU of text recognition.
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>

#include "workloads/onnx/interpreter.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Row = Eigen::Array<float, 1, Eigen::Dynamic>;

Row sigmoid(const Row& x) { return (1 + (-x).exp()).inverse(); }

// Sizes of a layer, and what it reads.
struct Layer {
  std::int64_t steps, images, width, hidden, directions, gates;
  const OnnxInputs& inputs;

  ConstMap weights(std::size_t direction) const {
    return {inputs[1]->floats.data() + std::int64_t(direction) * gates * hidden * width,
            gates * hidden, width};
  }
  ConstMap recurrence(std::size_t direction) const {
    return {inputs[2]->floats.data() + std::int64_t(direction) * gates * hidden * hidden,
            gates * hidden, hidden};
  }
  // Of what is read (0) or of the state (1), [gates * hidden].
  Row bias(std::size_t direction, int of) const {
    if (!is_given(inputs, 3)) return Row::Zero(gates * hidden);
    const std::int64_t first = (std::int64_t(direction) * 2 + of) * gates * hidden;
    return Eigen::Map<const Row>(inputs[3]->floats.data() + first, gates * hidden);
  }
  Row begin(std::size_t input, std::size_t direction, std::int64_t image) const {
    if (!is_given(inputs, input)) return Row::Zero(hidden);
    const std::int64_t first = (std::int64_t(direction) * images + image) * hidden;
    return Eigen::Map<const Row>(inputs[input]->floats.data() + first, hidden);
  }
};

void expect_size(const OnnxNode& node, const Layer& layer, std::size_t i, std::int64_t size) {
  if (!is_given(layer.inputs, i)) return;
  if (!layer.inputs[i]->is_floating() || layer.inputs[i]->size() != size) {
    node.fail(fmt::format("has {} values as its input {}; expected {}", layer.inputs[i]->size(), i,
                          size));
  }
}

// Sigmoids and tanh over all steps.
void expect_usual(const OnnxNode& node, const OnnxInputs& inputs) {
  const auto* functions = node.find("activations");
  for (int i = 0; functions != nullptr && i < functions->strings_size(); ++i) {
    const bool is_gate = i % (node.op() == "LSTM" ? 3 : 2) == 0;
    std::string name = functions->strings(i);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    if (name == (is_gate ? "sigmoid" : "tanh")) continue;
    node.fail(fmt::format("has {} as its function {}; expected sigmoid and tanh", name, i));
  }
  if (!is_given(inputs, 4)) return;
  for (const std::int64_t length : as_integers(*inputs[4])) {
    if (length != inputs[0]->dims[0]) node.fail("has steps of its own for each image");
  }
}

Layer layer_of(const OnnxNode& node, const OnnxInputs& inputs, std::int64_t gates) {
  const OnnxTensor& x = needed(node, inputs, 0);
  const OnnxTensor& recurrence = needed(node, inputs, 2);
  needed(node, inputs, 1);
  const std::string direction = node.text("direction", "forward");
  const bool known =
      direction == "forward" || direction == "reverse" || direction == "bidirectional";
  if (!known) node.fail("has the direction " + direction);
  if (node.flag("layout")) node.fail("has layout 1; expected the steps in front");
  if (node.has("clip")) node.fail("clips its gates");
  if (x.dims.size() != 3 || recurrence.dims.size() != 3 || !x.is_floating()) {
    node.fail("expected steps [T, N, C] and three dimensions of weights");
  }
  expect_usual(node, inputs);
  const std::int64_t hidden = recurrence.dims[2], directions = direction == "bidirectional" ? 2 : 1;
  if (node.integer("hidden_size", hidden) != hidden) node.fail("its hidden_size is not that of R");
  const Layer layer{x.dims[0], x.dims[1], x.dims[2], hidden, directions, gates, inputs};
  expect_size(node, layer, 1, directions * gates * hidden * layer.width);
  expect_size(node, layer, 2, directions * gates * hidden * hidden);
  expect_size(node, layer, 3, directions * 2 * gates * hidden);
  expect_size(node, layer, 5, directions * layer.images * hidden);
  return layer;
}

// Calls `step(direction, t, image, gates of what is read)` in the order of each direction, and
// `begin(direction, image)` before.
template <class Begin, class Step>
void walk(const OnnxNode& node, const Layer& layer, Begin begin, Step step) {
  const bool reverse = node.text("direction", "forward") == "reverse";
  const ConstMap all(layer.inputs[0]->floats.data(), layer.steps * layer.images, layer.width);
  for (std::size_t d = 0; d < std::size_t(layer.directions); ++d) {
    const Matrix read = all * layer.weights(d).transpose();
    for (std::int64_t image = 0; image < layer.images; ++image) {
      begin(d, image);
      for (std::int64_t i = 0; i < layer.steps; ++i) {
        const std::int64_t t = reverse || d == 1 ? layer.steps - 1 - i : i;
        const Row gates = read.row(t * layer.images + image).array() + layer.bias(d, 0);
        step(d, t, image, gates);
      }
    }
  }
}

// Y [T, directions, N, hidden], and the state behind the last step [directions, N, hidden].
struct Outputs {
  explicit Outputs(const OnnxNode& node, const Layer& layer)
      : all(layer.inputs[0]->type, {layer.steps, layer.directions, layer.images, layer.hidden}),
        last(layer.inputs[0]->type, {layer.directions, layer.images, layer.hidden}) {
    check_size(node, all.dims);
  }
  static void put(OnnxTensor& tensor, std::int64_t row, const Row& values) {
    std::copy(values.begin(), values.end(), tensor.floats.begin() + row * values.size());
  }
  OnnxTensor all, last;
};

Tensors lstm(const OnnxNode& node, const OnnxInputs& inputs) {
  if (node.flag("input_forget") || is_given(inputs, 7)) {
    node.fail("couples its gates or looks through peepholes");
  }
  const Layer layer = layer_of(node, inputs, 4);
  expect_size(node, layer, 6, layer.directions * layer.images * layer.hidden);
  Outputs made(node, layer);
  OnnxTensor cells = made.last;
  Row state, cell;
  const auto begin = [&](std::size_t d, std::int64_t image) {
    state = layer.begin(5, d, image);
    cell = layer.begin(6, d, image);
  };
  walk(node, layer, begin, [&](std::size_t d, std::int64_t t, std::int64_t image, Row gates) {
    gates += (state.matrix() * layer.recurrence(d).transpose()).array() + layer.bias(d, 1);
    const auto gate = [&](int i) -> Row { return gates.segment(i * layer.hidden, layer.hidden); };
    const Row in = sigmoid(gate(0)), out = sigmoid(gate(1)), forget = sigmoid(gate(2));
    cell = forget * cell + in * gate(3).tanh();
    state = out * cell.tanh();
    Outputs::put(made.all, (t * layer.directions + std::int64_t(d)) * layer.images + image, state);
    Outputs::put(made.last, std::int64_t(d) * layer.images + image, state);
    Outputs::put(cells, std::int64_t(d) * layer.images + image, cell);
  });
  return {std::move(made.all), std::move(made.last), std::move(cells)};
}

Tensors gru(const OnnxNode& node, const OnnxInputs& inputs) {
  const bool resets_behind = node.flag("linear_before_reset");
  const Layer layer = layer_of(node, inputs, 3);
  Outputs made(node, layer);
  const std::int64_t n = layer.hidden;
  Row state;
  const auto begin = [&](std::size_t d, std::int64_t image) { state = layer.begin(5, d, image); };
  walk(node, layer, begin, [&](std::size_t d, std::int64_t t, std::int64_t image, const Row& read) {
    const ConstMap r = layer.recurrence(d);
    const Row bias = layer.bias(d, 1);
    const Row two = (state.matrix() * r.topRows(2 * n).transpose()).array() + bias.head(2 * n);
    const Row update = sigmoid(read.head(n) + two.head(n));
    const Row reset = sigmoid(read.segment(n, n) + two.tail(n));
    const Row from = resets_behind ? state : Row(reset * state);
    Row hidden = (from.matrix() * r.bottomRows(n).transpose()).array() + bias.tail(n);
    if (resets_behind) hidden *= reset;
    hidden = (read.tail(n) + hidden).tanh();
    state = (1 - update) * hidden + update * state;
    Outputs::put(made.all, (t * layer.directions + std::int64_t(d)) * layer.images + image, state);
    Outputs::put(made.last, std::int64_t(d) * layer.images + image, state);
  });
  return {std::move(made.all), std::move(made.last)};
}

}  // namespace

OnnxEvaluations recurrent_evaluations() { return {{"LSTM", lstm}, {"GRU", gru}}; }

}  // namespace escalate
