#include "workloads/onnx/tidy.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

class Tidying {
 public:
  Tidying(OnnxNetwork& network, const std::vector<int>& outputs)
      : network_(network), nodes_(network.graph().nodes), outputs_(outputs) {}

  std::vector<int> run() {
    find_needed();
    count_readers();
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      if (!needed_[i]) continue;
      while (join_selections(i) || take_factor(i) || join_clip(i) || join_relu(i) ||
             pass_flatten(i) || join_functions(i)) {
      }
      keep_table(i);
    }
    find_needed();
    return remove();
  }

 private:
  // A file of ours is left as it is, apart from the steps of a layer.
  bool stays(int layer) const { return network_.is_ours && !network_.is_step(layer); }

  void find_needed() {
    needed_.assign(nodes_.size(), false);
    needed_[0] = true;
    for (const int output : outputs_) needed_[std::size_t(output)] = true;
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      if (network_.is_ours && !network_.is_step(int(i))) needed_[i] = true;
      if (!needed_[i]) continue;
      for (const int input : nodes_[i].inputs) needed_[std::size_t(input)] = true;
    }
  }

  void count_readers() {
    readers_.assign(nodes_.size(), 0);
    for (const int output : outputs_) ++readers_[std::size_t(output)];
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!needed_[i]) continue;
      for (const int input : nodes_[i].inputs) ++readers_[std::size_t(input)];
    }
  }

  bool is_inner(int layer) const {
    return readers_[std::size_t(layer)] == 1 && layer > 0 && !stays(layer);
  }

  static void compose(std::vector<int>& inner, const std::vector<int>& outer, int extent) {
    if (outer.empty()) return;
    const std::vector<int> all = Selection::all_of(inner, extent);
    std::vector<int> made;
    for (const int place : outer) {
      made.push_back(place == Selection::kZero ? place : all[std::size_t(place)]);
    }
    inner = std::move(made);
  }

  // A selection from one selection.
  bool join_selections(std::size_t i) {
    Node& outer = nodes_[i];
    if (outer.op != OpKind::kSelect || outer.inputs.size() != 1 || !is_inner(outer.inputs[0])) {
      return false;
    }
    const Node& inner = nodes_[std::size_t(outer.inputs[0])];
    if (inner.op != OpKind::kSelect) return false;
    Selection joined = inner.selection;
    const Shape whole = joined.joined(shapes_of(inner));
    compose(joined.channels, outer.selection.channels, whole.c);
    compose(joined.rows, outer.selection.rows, whole.h);
    compose(joined.columns, outer.selection.columns, whole.w);
    outer.selection = std::move(joined);
    outer.inputs = inner.inputs;
    return true;
  }

  std::vector<Shape> shapes_of(const Node& node) const {
    std::vector<Shape> shapes;
    for (const int input : node.inputs) shapes.push_back(nodes_[std::size_t(input)].out);
    return shapes;
  }

  // a * 0.25 + b * 0.75 is one sum.
  bool take_factor(std::size_t i) {
    Node& sum = nodes_[i];
    if (sum.op != OpKind::kAdd) return false;
    for (std::size_t side = 0; side < 2; ++side) {
      const int input = sum.inputs[side];
      const Node& scaled = nodes_[std::size_t(input)];
      if (!is_inner(input) || scaled.op != OpKind::kBatchNorm ||
          !network_.functions.contains(input)) {
        continue;
      }
      // What a layer with weights takes in by itself stays there.
      if (!network_.is_step(input) && nodes_[std::size_t(scaled.inputs[0])].is_weighted()) continue;
      const float factor = scaled.bn_scale[0];
      const auto all = [](const std::vector<float>& values, float value) {
        return std::all_of(values.begin(), values.end(), [=](float v) { return v == value; });
      };
      if (!all(scaled.bn_scale, factor) || !all(scaled.bn_bias, 0)) continue;
      sum.add_factor[side] *= factor;
      sum.inputs[side] = scaled.inputs[0];
      return true;
    }
    return false;
  }

  // What is quantised behind a ReLU or a clip is so within narrower bounds.
  bool join_clip(std::size_t i) {
    Node& outer = nodes_[i];
    if (!outer.is_quantizer() || !is_inner(outer.inputs[0])) return false;
    const Node& inner = nodes_[std::size_t(outer.inputs[0])];
    const bool is_clip =
        inner.op == OpKind::kClip && (inner.clip_step == 0 || inner.clip_step == outer.clip_step);
    if (inner.op != OpKind::kRelu && !is_clip) return false;
    const auto nearest = [&](float bound) {
      return std::isinf(bound) ? bound : std::nearbyint(bound / outer.clip_step) * outer.clip_step;
    };
    const float low = inner.op == OpKind::kRelu ? 0.0f : nearest(inner.clip_min);
    const float high = inner.op == OpKind::kRelu ? outer.clip_max : nearest(inner.clip_max);
    if (low > outer.clip_max || high < outer.clip_min) return false;
    outer.clip_min = std::max(outer.clip_min, low);
    outer.clip_max = std::min(outer.clip_max, high);
    outer.inputs = inner.inputs;
    return true;
  }

  // The ReLU of what is quantised is a quantisation within narrower bounds.
  bool join_relu(std::size_t i) {
    Node& outer = nodes_[i];
    if (outer.op != OpKind::kRelu || !is_inner(outer.inputs[0])) return false;
    const Node& inner = nodes_[std::size_t(outer.inputs[0])];
    if (!inner.is_quantizer() || inner.clip_max < 0) return false;
    outer.op = OpKind::kClip;
    outer.clip_step = inner.clip_step;
    outer.clip_min = std::max(inner.clip_min, 0.0f);
    outer.clip_max = inner.clip_max;
    outer.inputs = inner.inputs;
    network_.functions.erase(int(i));
    return true;
  }

  // What is quantised behind a flattening may be so in front of it, by the layer that makes it.
  bool pass_flatten(std::size_t i) {
    if (!nodes_[i].is_quantizer() || !is_inner(nodes_[i].inputs[0])) return false;
    const auto first = std::size_t(nodes_[i].inputs[0]);
    if (nodes_[first].op != OpKind::kFlatten) return false;
    std::swap(nodes_[first], nodes_[i]);
    std::swap(nodes_[first].inputs, nodes_[i].inputs);
    nodes_[first].out = nodes_[std::size_t(nodes_[first].inputs[0])].out;
    while (join_clip(first)) {
    }
    return true;
  }

  // A function of a function, of which one is a table already.
  bool join_functions(std::size_t i) {
    const auto own = network_.functions.find(int(i));
    if (own == network_.functions.end()) return false;
    const int inner = nodes_[i].inputs[0];
    const auto before = network_.functions.find(inner);
    if (!is_inner(inner) || stays_alone(i) || before == network_.functions.end()) return false;
    const Node& behind = nodes_[std::size_t(nodes_[std::size_t(inner)].inputs[0])];
    const bool is_table = nodes_[std::size_t(inner)].op == OpKind::kPointwise;
    const bool joins = network_.is_ours || is_table ||
                       (nodes_[i].op == OpKind::kPointwise && !behind.is_weighted());
    if (!joins) return false;
    PointwiseFunction function = PointwiseFunction::composed(own->second, before->second);
    if (function.steps().size() > PointwiseFunction::kMostSteps) return false;
    make_table(i, nodes_[std::size_t(inner)].inputs, std::move(function));
    return true;
  }
  bool stays_alone(std::size_t i) const {
    return network_.is_ours && !network_.composed.contains(nodes_[i].name) &&
           !network_.is_step(int(i));
  }

  void make_table(std::size_t i, std::vector<int> inputs, PointwiseFunction function) {
    Node made;
    made.name = nodes_[i].name;
    made.out = nodes_[i].out;
    made.op = OpKind::kPointwise;
    made.inputs = std::move(inputs);
    made.function = function;
    nodes_[i] = std::move(made);
    network_.functions[int(i)] = std::move(function);
  }

  // A function that was written by this program is no clip and no batch norm.
  void keep_table(std::size_t i) {
    const auto own = network_.functions.find(int(i));
    if (own == network_.functions.end() || !network_.composed.contains(nodes_[i].name)) return;
    if (nodes_[i].op != OpKind::kPointwise) make_table(i, nodes_[i].inputs, own->second);
  }

  std::vector<int> remove() {
    std::vector<int> place(nodes_.size(), -1), made;
    std::vector<Node> kept;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!needed_[i]) continue;
      for (int& input : nodes_[i].inputs) input = place[std::size_t(input)];
      place[i] = int(kept.size());
      kept.push_back(std::move(nodes_[i]));
    }
    nodes_ = std::move(kept);
    for (const int output : outputs_) made.push_back(place[std::size_t(output)]);
    return made;
  }

  OnnxNetwork& network_;
  std::vector<Node>& nodes_;
  const std::vector<int>& outputs_;
  std::vector<bool> needed_;
  std::vector<int> readers_;  ///< by layer
};

}  // namespace

std::vector<int> tidy(OnnxNetwork& network, const std::vector<int>& outputs) {
  return Tidying(network, outputs).run();
}

}  // namespace escalate
