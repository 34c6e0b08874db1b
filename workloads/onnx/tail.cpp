#include "workloads/onnx/tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "common/error.h"
#include "common/random.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"

namespace escalate {
namespace {

std::vector<std::int64_t> same_order(std::size_t rank) {
  std::vector<std::int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

OnnxDims dims_of(const Shape& shape) { return {1, shape.c, shape.h, shape.w}; }

}  // namespace

void OnnxTail::add(int i) {
  nodes_.insert(i);
  for (const std::string& output : node(i).output()) {
    if (!output.empty()) made_.insert(output);
  }
}

void OnnxTail::clear() {
  nodes_.clear();
  made_.clear();
}

// The layer whose output a value is as it stands; or one that brings it into order.
std::optional<int> OnnxTail::output_layer(const std::string& value) {
  const OnnxView view = *network_.find_view(value);
  const int maker = file_.maker(value);
  if (maker < 0) return view.node;
  const OnnxNetwork::Mark mark = network_.mark();
  try {
    network_.in_order = true;
    const OnnxNode made(node(maker), *find_onnx_operator(node(maker).op_type()), file_.opset());
    const int layer = network_.map(made, view);
    if (network_.whole(layer, view.rank(), "").extents() != view.extents()) return std::nullopt;
    return layer;
  } catch (const UserError&) {
    network_.return_to(mark);
    return std::nullopt;
  }
}

void OnnxTail::take_maker(const std::string& value) {
  const int maker = file_.maker(value);
  ensure(maker >= 0, "a value that is no layer's output has a node");
  if (!can_evaluate(node(maker).op_type())) {
    blockers_.add(node(maker), "makes a value that is no map", OnnxBlockers::Where::kTail);
    blockers_.refuse_if_any();
  }
  add(maker);
}

// Whether the tail reads it from the network, and nobody has said how.
bool OnnxTail::is_open(const std::string& value) const {
  return !value.empty() && !makes(value) && !layers_.contains(value) && !orders_.contains(value) &&
         network_.find_view(value) != nullptr;
}

void OnnxTail::connect() {
  for (const std::string& output : file_.outputs()) {
    if (makes(output)) continue;
    if (network_.find_view(output) == nullptr) {
      const bool constant = network_.find_constant(output) != nullptr;
      throw UserError(fmt::format("its output '{}' is {}", output,
                                  constant ? "a constant" : "made by no node"));
    }
    const bool is_real = !network_.quantized.contains(output);
    if (const auto layer = is_real ? output_layer(output) : std::nullopt) {
      layers_[output] = *layer;
    } else {
      take_maker(output);
    }
  }
  // What the host reads comes from a layer, or from more nodes that it computes.
  for (bool grows = true; grows;) {
    grows = false;
    for (const int i : std::set<int>(nodes_)) {
      for (const std::string& input : node(i).input()) {
        if (!is_open(input)) continue;
        grows = true;
        if (!read_by_host(input)) take_maker(input);
      }
    }
  }
}

// Whether a value is all of a layer's output in some order of axes, which the host restores.
bool OnnxTail::read_by_host(const std::string& value) {
  if (network_.quantized.contains(value)) return false;  // layers have real ones in their place
  const OnnxView view = *network_.find_view(value);
  const Shape shape = network_.shape(view.node);
  if (view.rank() != 3 || shape.h == 1) {
    const bool whole = view.rank() >= 1 && view.rank() <= 4 &&
                       OnnxView::whole(view.node, shape, view.rank(), "").is_like(view);
    if (whole && (view.rank() == 4 || (shape.h == 1 && (shape.w == 1 || view.rank() == 3)))) {
      layers_[value] = view.node;
      return true;
    }
  }
  const auto axes = view.axes(shape);
  if (!axes || view.has_fill()) {
    const auto layer = view.rank() == 4 ? output_layer(value) : std::nullopt;
    if (layer) layers_[value] = *layer;
    return layer.has_value();
  }
  std::vector<std::int64_t> order = {0};
  for (const int axis : *axes) {
    if (axis >= 0) order.push_back(axis + 1);
  }
  for (std::int64_t axis = 1; axis < 4; ++axis) {
    if (std::count(order.begin(), order.end(), axis) == 0) order.push_back(axis);
  }
  orders_[value] = {view.node, order, view.extents()};
  return true;
}

std::vector<int> OnnxTail::layers() const {
  std::set<int> all;
  for (const auto& [value, layer] : layers_) all.insert(layer);
  for (const auto& [value, order] : orders_) all.insert(order.layer);
  return {all.begin(), all.end()};
}

void OnnxTail::set_places(const std::vector<int>& layers, const std::vector<int>& places) {
  for (std::size_t i = 0; i < layers.size(); ++i) place_of_[layers[i]] = places[i];
}

void OnnxTail::name_outputs(Graph& graph) const {
  if (empty() && file_.outputs().size() < 2) return;
  std::set<std::string> names;
  for (const Node& layer : graph.nodes) names.insert(layer.name);
  std::set<int> named;
  for (const auto& [value, layer] : layers_) {
    Node& output = graph.nodes[std::size_t(place_of_.at(layer))];
    if (!named.insert(layer).second || !names.insert(value).second) continue;
    output.name = value;
  }
}

// Whether the outputs of the file are those of the network, one by one.
bool OnnxTail::is_in_order(const Graph& graph) const {
  std::vector<int> layers;
  for (const std::string& output : file_.outputs()) {
    layers.push_back(place_of_.at(layers_.at(output)));
  }
  return layers == graph.output_nodes();
}

HostPart OnnxTail::part(const Graph& graph) {
  if (empty() && is_in_order(graph)) return {};
  HostBuilder builder(file_);
  const std::map<int, std::string> names = add_inputs(builder, graph);
  add_equal(builder, names);
  for (const auto& [value, order] : orders_) add_order(builder, graph, names, value, order);
  for (const int i : nodes_) builder.add_node(node(i), network_);
  for (const std::string& output : file_.outputs()) builder.add_output(output);
  return builder.finish();
}

// Its inputs by the place of the layer that makes each.
std::map<int, std::string> OnnxTail::add_inputs(HostBuilder& builder, const Graph& graph) const {
  std::map<int, std::string> names;
  for (const auto& entry : place_of_) {
    const int place = entry.second;
    names[place] = graph.nodes[std::size_t(place)].name;
    const auto direct = std::find_if(layers_.begin(), layers_.end(), [&](const auto& layer) {
      return place_of_.at(layer.second) == place;
    });
    OnnxDims dims = dims_of(graph.nodes[std::size_t(place)].out);
    if (direct != layers_.end()) {
      names[place] = direct->first;
      dims = network_.find_view(direct->first)->extents();
    }
    builder.add_input(names[place], dims);
  }
  return names;
}

// Values of the file that are one layer's output, in as many dimensions as each has.
void OnnxTail::add_equal(HostBuilder& builder, const std::map<int, std::string>& names) const {
  for (const auto& [value, layer] : layers_) {
    const std::string& name = names.at(place_of_.at(layer));
    if (name == value) continue;
    const OnnxDims from = network_.find_view(name)->extents();
    builder.add_reordered(name, from, value, same_order(from.size()),
                          network_.find_view(value)->extents());
  }
}

void OnnxTail::add_order(HostBuilder& builder, const Graph& graph,
                         const std::map<int, std::string>& names, const std::string& value,
                         const Order& order) const {
  const int place = place_of_.at(order.layer);
  const OnnxDims map = dims_of(graph.nodes[std::size_t(place)].out);
  std::string from = names.at(place);
  // A layer that the file reads in fewer dimensions is brought back to a map first.
  const OnnxView* direct = network_.find_view(from);
  if (layers_.contains(from) && direct != nullptr && direct->rank() != 4) {
    builder.add_reordered(from, direct->extents(), value + ".map", same_order(direct->rank()), map);
    from = value + ".map";
  }
  builder.add_reordered(from, map, value, order.axes, order.shape);
}

// What depends on values may go wrong with some of them: a file is refused only if it does with
// zeros, with small positive ones, and with ones of both signs.
void try_tail(const Graph& graph) {
  if (graph.tail.empty()) return;
  constexpr std::pair<float, float> kRanges[] = {{0, 0}, {0, 1}, {-4, 4}};
  std::optional<UserError> fault;
  for (const auto& [low, high] : kRanges) {
    Random random{1};
    std::vector<Tensor> made;
    for (const int layer : graph.output_nodes()) {
      Tensor output{graph.nodes[std::size_t(layer)].out, {}};
      for (std::int64_t i = 0; i < output.shape.size(); ++i) {
        output.values.push_back(low + (high - low) * float(random.uniform()));
      }
      made.push_back(std::move(output));
    }
    std::vector<const Tensor*> outputs;
    for (const Tensor& tensor : made) outputs.push_back(&tensor);
    try {
      run_tail(graph, outputs);
      return;
    } catch (const UserError& error) {
      if (!fault) fault = error;
    }
  }
  throw UserError(fault->place(), fmt::format("{} (in the tail)", fault->message()));
}

}  // namespace escalate
