#include "workloads/onnx/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "common/error.h"
#include "common/json.h"
#include "workloads/onnx/host_builder.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/lowering.h"
#include "workloads/onnx/network.h"
#include "workloads/onnx/signatures.h"
#include "workloads/onnx/tidy.h"

namespace escalate {
namespace {

constexpr const char* kInside = "in the network";
constexpr const char* kHead = "in the head";
constexpr const char* kTail = "in the tail";

// What stands against a file: an operator, and where it was met first.
struct Blocker {
  std::string op, place, message;
  const char* where;
  int count = 1;
};

class Partition {
 public:
  explicit Partition(OnnxFile& file) : file_(file), graph_(file.graph()) { find_leading(); }

  Graph run() {
    take_own_head();
    while (true) {
      start();
      read_nodes();
      if (head_candidates_.empty() || !grow_head()) break;
    }
    refuse_if_blocked();
    Graph made = finish();
    const std::string left_out = file_.left_out();
    if (!left_out.empty()) made.warnings.push_back(left_out);
    return made;
  }

 private:
  const onnx::NodeProto& node(int i) const { return graph_.node(i); }

  // Nodes from which a way leads to a layer with weights, through all that is no constant.
  void find_leading() {
    std::set<std::string> read;
    leads_.assign(std::size_t(graph_.node_size()), false);
    for (int i = graph_.node_size() - 1; i >= 0; --i) {
      const auto& outputs = node(i).output();
      leads_[std::size_t(i)] =
          is_weighted(node(i).op_type()) ||
          std::any_of(outputs.begin(), outputs.end(),
                      [&](const std::string& output) { return read.contains(output); });
      if (!leads_[std::size_t(i)] || !file_.needed()[std::size_t(i)]) continue;
      has_weights_ = has_weights_ || is_weighted(node(i).op_type());
      read.insert(node(i).input().begin(), node(i).input().end());
    }
    if (!file_.is_ours()) return;
    const std::map<std::string, std::string> metadata = file_.metadata();
    const auto found = metadata.find("escalate.nodes");
    if (found != metadata.end()) read_own_nodes(found->second);
  }

  // Of a file that this program wrote: which nodes are steps, functions, selections, or the host's.
  void read_own_nodes(const std::string& text) {
    try {
      const Json all = parse_json(text, "");
      for (const auto& [key, names] : all.items()) {
        for (const Json& name : names) own_[key].insert(name.get<std::string>());
      }
    } catch (const Json::exception& fault) {
      throw UserError(SourcePlace{"", 0, "escalate.nodes"}, fault.what());
    }
  }

  void take_own_head() {
    if (own_["head"].empty()) return;
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (own_["head"].contains(OnnxNode::name_of(node(i)))) head_candidates_.push_back(i);
    }
    for (const int i : head_candidates_) {
      if (!can_evaluate(node(i).op_type())) block(i, "this operator is not supported", kHead);
    }
    if (!head_candidates_.empty()) grow_head();
    refuse_if_blocked();
  }

  void start() {
    network_ = {};
    network_.readers = file_.readers();
    network_.ends.insert(file_.outputs().begin(), file_.outputs().end());
    network_.is_ours = file_.is_ours();
    network_.steps = own_["steps"];
    network_.composed = own_["functions"];
    network_.selections = own_["selections"];
    network_.pads = own_["pads"];
    outside_.clear();
    broken_.clear();
    weighted_.clear();
    blockers_.clear();
    head_candidates_.clear();
    tail_.clear();
    begin_network();
  }

  // The first layer: the file's image, or what the head makes of it.
  void begin_network() {
    OnnxInput input = file_.input();
    if (!head_.empty()) {
      input.is_nhwc = false;
      input.name = crossing_;
      input.dims = head_dims_;
    }
    const OnnxDims& d = input.dims;
    Node layer;
    layer.name = input.name;
    const auto extent = [&](std::size_t i) { return int(d[i]); };
    if (d.size() == 4 && input.is_nhwc) {
      layer.out = {extent(3), extent(1), extent(2)};
    } else if (d.size() == 4) {
      layer.out = {extent(1), extent(2), extent(3)};
    } else if (d.size() == 3) {
      layer.out = {extent(1), 1, extent(2)};
    } else {
      layer.out = {extent(1), 1, 1};
    }
    OnnxView view = input.is_nhwc ? OnnxView::ordered(0, layer.out, {-1, 1, 2, 0}, input.name)
                                  : OnnxView::whole(0, layer.out, d.size(), input.name);
    network_.begin(std::move(layer));
    network_.define(input.name, std::move(view));
  }

  void read_nodes() {
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (file_.needed()[std::size_t(i)] && !head_.contains(i)) read_node(i);
    }
  }

  bool any_input(int i, const std::set<std::string>& of) const {
    const auto& inputs = node(i).input();
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const std::string& input) { return of.contains(input); });
  }

  void read_node(int i) {
    const std::string fault = file_.operator_fault(node(i));
    if (any_input(i, weighted_) || is_weighted(node(i).op_type())) mark_outputs(i, weighted_);
    if (!fault.empty()) return block(i, fault);
    if (any_input(i, broken_)) return mark_outputs(i, broken_);
    try {
      const OnnxNode made(node(i), *find_onnx_operator(node(i).op_type()), file_.opset(),
                          file_.input().images);
      find_constants(made);
      check_inputs(made);
      if (fold(made)) return;
    } catch (const UserError& fault_of_node) {
      return block(i, fault_of_node.message());
    }
    network_.is_misfit = false;
    try {
      const OnnxNode made(node(i), *find_onnx_operator(node(i).op_type()), file_.opset(),
                          file_.input().images);
      if (any_input(i, outside_) || own_["host"].contains(OnnxNode::name_of(node(i)))) {
        return leave_to_host(i, "");
      }
      lower(i, made);
    } catch (const UserError& fault_of_node) {
      refuse(i, fault_of_node);
    }
  }

  void find_constants(const OnnxNode& made) {
    for (int j = 0; j < made.num_inputs(); ++j) {
      if (!made.has_input(j)) continue;
      const std::string& name = made.input(j);
      if (network_.find_view(name) != nullptr || network_.find_constant(name) != nullptr) continue;
      if (const OnnxTensorPointer constant = file_.constant(name)) network_.define(name, constant);
    }
  }

  void check_inputs(const OnnxNode& made) const {
    for (int j = 0; j < made.num_inputs(); ++j) {
      if (!made.has_input(j)) continue;
      const std::string& name = made.input(j);
      if (network_.find_view(name) == nullptr && network_.find_constant(name) == nullptr &&
          !outside_.contains(name)) {
        made.fail(fmt::format("input {} is made by no earlier node", name));
      }
    }
  }

  // What depends on constants and shapes only is computed here.
  bool fold(const OnnxNode& made) {
    OnnxTensor shape_only;
    OnnxInputs inputs = network_.constants(made);
    if (made.op() == "Shape" || made.op() == "Size") {
      const OnnxView* view = made.has_input(0) ? network_.find_view(made.input(0)) : nullptr;
      if (view != nullptr) {
        shape_only.dims = view->extents();
        inputs = {&shape_only};
      }
    }
    for (int j = 0; j < made.num_inputs(); ++j) {
      if (made.has_input(j) && inputs[std::size_t(j)] == nullptr) return false;
    }
    if (made.op() != "Constant" && made.num_inputs() == 0) return false;
    std::vector<OnnxTensor> values = evaluate(made, inputs);
    bool from_shape = inputs.size() == 1 && inputs[0] == &shape_only;
    for (int j = 0; j < made.num_inputs(); ++j) {
      from_shape = from_shape || from_shapes_.contains(made.input(j));
    }
    made.expect_all_asked();
    for (int j = 0; j < made.num_outputs(); ++j) {
      if (made.output(j).empty()) continue;
      if (from_shape) from_shapes_.insert(made.output(j));
      network_.define(made.output(j),
                      std::make_shared<const OnnxTensor>(std::move(values.at(std::size_t(j)))));
    }
    return true;
  }

  void lower(int i, const OnnxNode& made) {
    const auto found = onnx_lowerings().find(made.op());
    if (found == onnx_lowerings().end()) made.fail("this operator is no layer of a network");
    const bool moves = is_movement(made) || made.op() == "Cast";
    network_.in_order = has_weights_ && !leads_[std::size_t(i)] && !moves && !network_.is_ours;
    check_images(made);
    const OnnxNetwork::Mark mark = network_.mark();
    try {
      for (int j = 1; j < made.num_outputs() && made.op() != "Split"; ++j) {
        check_unread(made, j);
      }
      const auto steps = steps_read(made);
      if (steps && made.op() == "Pad") {
        const onnx::NodeProto plain = padded_with_zeros(made, *steps);
        found->second(network_, OnnxNode(plain, *find_onnx_operator("Pad"), file_.opset()));
      } else {
        found->second(network_, made);
        made.expect_all_asked();
      }
      for (int j = 0; steps && j < made.num_outputs(); ++j) {
        network_.quantized[made.output(j)] = *steps;
      }
    } catch (const UserError&) {
      network_.return_to(mark);
      throw;
    }
  }

  // What the whole numbers stand for that a node moves or compares; nothing of real ones.
  std::optional<OnnxQuantization> steps_read(const OnnxNode& made) const {
    std::optional<OnnxQuantization> found;
    int values = 0, quantized = 0;
    for (int j = 0; j < made.num_inputs(); ++j) {
      if (!made.has_input(j) || network_.find_view(made.input(j)) == nullptr) continue;
      ++values;
      const auto steps = network_.quantized.find(made.input(j));
      if (steps == network_.quantized.end()) continue;
      ++quantized;
      if (found && *found != steps->second) made.fail("joins values of different scales");
      found = steps->second;
    }
    if (!found || made.op() == "DequantizeLinear") return std::nullopt;
    const bool keeps =
        made.op() == "MaxPool" || is_movement(made) || made.op() == "Concat" || made.op() == "Clip";
    if (!keeps || quantized < values) {
      made.fail("reads quantised values; expected a DequantizeLinear in front of it");
    }
    return found;
  }

  // A Pad of whole numbers whose fill stands for 0, which is that of real ones.
  onnx::NodeProto padded_with_zeros(const OnnxNode& made, const OnnxQuantization& steps) const {
    std::int64_t fill = std::int64_t(made.number("value", 0));
    onnx::NodeProto plain = made.proto();
    if (made.has_input(2)) {
      const OnnxTensor& given = network_.constant(made, 2, "fill");
      if (given.integers.size() == 1) fill = given.integers[0];
      plain.set_input(2, "");
    }
    if (fill != steps.zero_point || made.text("mode", "constant") != "constant") {
      made.fail(fmt::format("pads quantised values with {}; expected their zero point {}", fill,
                            steps.zero_point));
    }
    return plain;
  }

  // A file of several images that joins them in one; shapes that it computes follow the one image
  // that is read here.
  void check_images(const OnnxNode& made) const {
    if (made.op() != "Reshape" || made.images() < 2 || from_shapes_.contains(made.input(1))) return;
    const auto shape = network_.find_constant(made.input(1));
    if (shape != nullptr && !shape->integers.empty() && shape->integers[0] == 1) {
      made.fail("joins or splits images; expected a reshape of each");
    }
  }

  void check_unread(const OnnxNode& made, int output) const {
    if (!made.output(output).empty() && file_.readers().contains(made.output(output))) {
      made.fail(fmt::format("its further output '{}' is used; only the first one is read",
                            made.output(output)));
    }
  }

  void mark_outputs(int i, std::set<std::string>& as) {
    for (const std::string& output : node(i).output()) {
      if (!output.empty()) as.insert(output);
    }
  }

  // A node that is no layer: the host's if it stands at an end of the network.
  void refuse(int i, const UserError& fault) {
    if (!leads_[std::size_t(i)] && has_weights_) return leave_to_host(i, fault.message());
    if (leads_[std::size_t(i)] && !any_input(i, weighted_) && can_be_head(i)) {
      mark_outputs(i, broken_);
      return;
    }
    block(i, fault.message());
  }

  void leave_to_host(int i, const std::string& reason) {
    if (!can_evaluate(node(i).op_type()) || is_weighted_by_constants(i)) {
      return block(i, reason.empty() ? "this operator is not supported" : reason);
    }
    tail_.insert(i);
    mark_outputs(i, outside_);
  }

  // A layer with weights that cannot be read is no work for the host.
  bool is_weighted_by_constants(int i) const {
    if (!is_weighted(node(i).op_type())) return false;
    return node(i).input_size() > 1 && network_.find_constant(node(i).input(1)) != nullptr;
  }

  // Nodes in front of all layers with weights; if that is one itself, those in front of it.
  bool can_be_head(int i) {
    std::vector<int> found;
    if (!is_weighted(node(i).op_type())) {
      found.push_back(i);
    } else if (network_.is_misfit) {
      for (const std::string& input : node(i).input()) {
        const int maker = file_.maker(input);
        if (maker >= 0 && network_.find_constant(input) == nullptr) found.push_back(maker);
      }
    }
    for (const int candidate : found) {
      if (!can_evaluate(node(candidate).op_type())) return false;
    }
    head_candidates_.insert(head_candidates_.end(), found.begin(), found.end());
    return !found.empty();
  }

  // Takes the candidates and all in front of them into the head. False if that makes no one value.
  bool grow_head() {
    const std::size_t before = head_.size();
    std::vector<int> open = head_candidates_;
    while (!open.empty()) {
      const int i = open.back();
      open.pop_back();
      if (!head_.insert(i).second) continue;
      for (const std::string& input : node(i).input()) {
        const int maker = file_.maker(input);
        if (maker >= 0 && network_.find_constant(input) == nullptr) open.push_back(maker);
      }
    }
    const std::set<std::string> values = crossing_values();
    if (values.size() != 1 || head_.size() == before) {
      for (const int i : head_candidates_) {
        block(i,
              fmt::format("is no layer, and what stands in front of the network makes {} values "
                          "of the image; expected one",
                          values.size()),
              kHead);
      }
      return false;
    }
    crossing_ = *values.begin();
    return run_head_once();
  }

  std::set<std::string> crossing_values() const {
    std::set<std::string> made;
    for (const int i : head_) made.insert(node(i).output().begin(), node(i).output().end());
    made.insert(file_.input().name);
    std::set<std::string> read(file_.outputs().begin(), file_.outputs().end());
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (!file_.needed()[std::size_t(i)] || head_.contains(i)) continue;
      read.insert(node(i).input().begin(), node(i).input().end());
    }
    std::erase_if(made, [&](const std::string& value) {
      return !read.contains(value) || network_.find_constant(value) != nullptr;
    });
    return made;
  }

  // What shape the head makes is seen from what it makes of zeros.
  bool run_head_once() {
    HostBuilder builder(file_);
    builder.add_input(file_.input().name, file_.input().dims);
    for (const int i : head_) add_to(builder, i);
    builder.add_output(crossing_);
    head_part_ = builder.finish();
    try {
      const auto made =
          run_host(head_part_, {OnnxTensor(onnx::TensorProto::FLOAT, file_.input().dims)});
      head_dims_ = made.at(0).tensor.dims;
    } catch (const UserError& fault) {
      block(*head_.begin(), fault.message(), kHead);
      return false;
    }
    const bool is_map = head_dims_.size() >= 2 && head_dims_.size() <= 4 && head_dims_[0] == 1 &&
                        num_elements(head_dims_) > 0;
    if (!is_map) {
      block(*head_.rbegin(),
            fmt::format("makes [{}]; expected an image [N, C, H, W]", fmt::join(head_dims_, ", ")),
            kHead);
    }
    return is_map;
  }

  // A node with the constants that it reads.
  void add_to(HostBuilder& builder, int i) {
    for (const std::string& input : node(i).input()) {
      if (const auto constant = network_.find_constant(input)) {
        builder.add_constant(input, *constant);
      } else if (const auto given = file_.constant(input)) {
        builder.add_constant(input, *given);
      }
    }
    builder.add_node(node(i));
  }

  void block(int i, const std::string& message, const char* where = nullptr) {
    if (where == nullptr) {
      where = leads_[std::size_t(i)] ? (any_input(i, weighted_) ? kInside : kHead) : kTail;
      if (is_weighted(node(i).op_type())) where = kInside;
    }
    mark_outputs(i, broken_);
    for (Blocker& known : blockers_) {
      if (known.op != node(i).op_type() || known.where != where) continue;
      ++known.count;
      return;
    }
    blockers_.push_back(
        {node(i).op_type(),
         fmt::format("node '{}' ({})", OnnxNode::name_of(node(i)), node(i).op_type()), message,
         where});
  }

  // All that stands against the file at once.
  void refuse_if_blocked() const {
    if (blockers_.empty()) return;
    const Blocker& first = blockers_.front();
    std::string message = first.message;
    const auto times = [](const Blocker& blocker) {
      return blocker.count == 1 ? std::string() : fmt::format(", {} times", blocker.count);
    };
    if (blockers_.size() > 1 || first.count > 1) {
      message += fmt::format(" ({}{})", first.where, times(first));
      for (std::size_t i = 1; i < blockers_.size(); ++i) {
        const Blocker& other = blockers_[i];
        message +=
            fmt::format("; {}: {} ({}{})", other.place, other.message, other.where, times(other));
      }
    }
    throw UserError(SourcePlace{"", 0, first.place}, message);
  }

  // The layer whose output a value is as it stands; or one that brings it into order.
  std::optional<int> output_layer(const std::string& value, int maker) {
    const OnnxView view = *network_.find_view(value);
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

  Graph finish() {
    for (const std::string& output : file_.outputs()) {
      if (outside_.contains(output)) continue;
      if (network_.find_view(output) == nullptr) fail_output(output);
      const bool is_real = !network_.quantized.contains(output);
      if (const auto layer = is_real ? output_layer(output, file_.maker(output)) : std::nullopt) {
        layers_[output] = *layer;
      } else {
        add_to_tail(file_.maker(output));
      }
    }
    // What the host reads comes from a layer, or from more nodes that it computes.
    for (bool grows = true; grows;) {
      grows = false;
      for (const int i : std::set<int>(tail_)) {
        for (const std::string& input : node(i).input()) {
          if (input.empty() || outside_.contains(input) || layers_.contains(input) ||
              orders_.contains(input) || network_.find_view(input) == nullptr) {
            continue;
          }
          grows = true;
          if (!read_by_host(input)) add_to_tail(file_.maker(input));
        }
      }
    }
    if (network_.graph().nodes.size() < 2) throw UserError("has no layers");
    return with_parts();
  }

  void add_to_tail(int maker) {
    ensure(maker >= 0, "a value that is no layer's output has a node");
    if (!can_evaluate(node(maker).op_type())) {
      block(maker, "makes a value that is no map", kTail);
      refuse_if_blocked();
    }
    tail_.insert(maker);
    mark_outputs(maker, outside_);
  }

  // Whether a value is all of a layer's output in some order of axes, which the host restores.
  bool read_by_host(const std::string& value) {
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
      const auto layer = view.rank() == 4 ? output_layer(value, file_.maker(value)) : std::nullopt;
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

  [[noreturn]] void fail_output(const std::string& name) const {
    const bool constant = network_.find_constant(name) != nullptr;
    throw UserError(
        fmt::format("its output '{}' is {}", name, constant ? "a constant" : "made by no node"));
  }

  Graph with_parts() {
    std::vector<int> outputs;
    for (const auto& [value, layer] : layers_) outputs.push_back(layer);
    for (const auto& [value, order] : orders_) outputs.push_back(order.layer);
    std::sort(outputs.begin(), outputs.end());
    outputs.erase(std::unique(outputs.begin(), outputs.end()), outputs.end());
    if (outputs.empty()) throw UserError("has no layers");
    const std::vector<int> places = tidy(network_, outputs);
    Graph made = network_.take();
    made.name = graph_.name();
    made.definition = graph_.doc_string();
    for (const int place : places) made.nodes[std::size_t(place)].is_output = true;
    made.nodes.back().is_output = false;
    made.infer_shapes();
    for (std::size_t i = 0; i < outputs.size(); ++i) place_of_[outputs[i]] = places[i];
    // Metadata tell the names of ours.
    const bool is_foreign = !file_.is_ours();
    if (is_foreign && (!tail_.empty() || file_.outputs().size() > 1)) name_outputs(made);
    if (std::find(places.begin(), places.end(), int(made.nodes.size()) - 1) == places.end()) {
      throw UserError("its output is not what the last node makes");
    }
    if (!head_.empty()) made.head = head_part_;
    if (!tail_.empty() || !is_in_order(made)) made.tail = tail_of(made, places);
    try_tail(made);
    compare_with_declared(made);
    tell_of_host(made, made.head, "in front of the network");
    tell_of_host(made, made.tail, "behind the network");
    return made;
  }

  // Layers whose outputs are the file's or go to the host bear the names of these values.
  void name_outputs(Graph& made) const {
    std::set<std::string> names;
    for (const Node& layer : made.nodes) names.insert(layer.name);
    std::set<int> named;
    for (const auto& [value, layer] : layers_) {
      Node& output = made.nodes[std::size_t(place_of_.at(layer))];
      if (!named.insert(layer).second || !names.insert(value).second) continue;
      output.name = value;
    }
  }

  // Whether the tail can be computed is seen from what it makes of zeros.
  void try_tail(const Graph& made) {
    if (made.tail.empty()) return;
    std::vector<Tensor> zeros;
    std::vector<const Tensor*> outputs;
    for (const int layer : made.output_nodes()) {
      const Shape& shape = made.nodes[std::size_t(layer)].out;
      zeros.push_back({shape, std::vector<float>(std::size_t(shape.size()), 0.0f)});
    }
    for (const Tensor& tensor : zeros) outputs.push_back(&tensor);
    try {
      run_tail(made, outputs);
    } catch (const UserError& fault) {
      throw UserError(fault.place(), fmt::format("{} ({})", fault.message(), kTail));
    }
  }

  // What no result counts is said.
  static void tell_of_host(Graph& made, const HostPart& part, const char* where) {
    if (part.operators.empty()) return;
    std::map<std::string, int> counts;
    for (const std::string& op : part.operators) ++counts[op];
    std::vector<std::string> words;
    for (const auto& [op, count] : counts) {
      words.push_back(count == 1 ? op : fmt::format("{} {}", count, op));
    }
    made.warnings.push_back(fmt::format("leaves to the host, without cycles and energy, {}: {}",
                                        where, fmt::join(words, ", ")));
  }

  // Whether the outputs of the file are those of the network, one by one.
  bool is_in_order(const Graph& made) const {
    std::vector<int> layers;
    for (const std::string& output : file_.outputs())
      layers.push_back(place_of_.at(layers_.at(output)));
    return layers == made.output_nodes();
  }

  HostPart tail_of(const Graph& made, const std::vector<int>& places) {
    HostBuilder builder(file_);
    std::map<int, std::string> names;  // of the layers' outputs in the tail
    for (const int place : places) {
      names[place] = made.nodes[std::size_t(place)].name;
      const auto direct = std::find_if(layers_.begin(), layers_.end(), [&](const auto& entry) {
        return place_of_.at(entry.second) == place;
      });
      const Shape& shape = made.nodes[std::size_t(place)].out;
      OnnxDims dims = {1, shape.c, shape.h, shape.w};
      if (direct != layers_.end()) {
        names[place] = direct->first;
        dims = network_.find_view(direct->first)->extents();
      }
      builder.add_input(names[place], dims);
    }
    for (const auto& [value, layer] : layers_) {
      const std::string& name = names[place_of_.at(layer)];
      if (name == value) continue;
      const OnnxDims from = network_.find_view(name)->extents();
      std::vector<std::int64_t> same;
      for (std::size_t i = 0; i < from.size(); ++i) same.push_back(std::int64_t(i));
      builder.add_reordered(name, from, value, same, network_.find_view(value)->extents());
    }
    for (const auto& [value, order] : orders_) add_order(builder, made, names, value, order);
    for (const int i : tail_) add_to(builder, i);
    for (const std::string& output : file_.outputs()) builder.add_output(output);
    return builder.finish();
  }

  struct Order {
    int layer = 0;
    std::vector<std::int64_t> axes;
    OnnxDims shape;
  };

  void add_order(HostBuilder& builder, const Graph& made, std::map<int, std::string>& names,
                 const std::string& value, const Order& order) {
    const int place = place_of_.at(order.layer);
    const Shape& shape = made.nodes[std::size_t(place)].out;
    std::string from = names[place];
    // A layer that the file reads in fewer dimensions is brought back to a map first.
    const OnnxView* direct = network_.find_view(from);
    if (layers_.contains(from) && direct != nullptr && direct->rank() != 4) {
      std::vector<std::int64_t> same;
      for (std::size_t i = 0; i < direct->rank(); ++i) same.push_back(std::int64_t(i));
      builder.add_reordered(from, direct->extents(), value + ".map", same,
                            {1, shape.c, shape.h, shape.w});
      from = value + ".map";
    }
    builder.add_reordered(from, {1, shape.c, shape.h, shape.w}, value, order.axes, order.shape);
  }

  // Files say what shape their outputs have, for readers like this one to compare.
  void compare_with_declared(Graph& made) const {
    for (const auto& declared : graph_.output()) {
      const OnnxView* view = network_.find_view(declared.name());
      const auto& type = declared.type().tensor_type();
      if (!type.has_shape() || view == nullptr || outside_.contains(declared.name())) continue;
      const OnnxDims dims = view->extents();
      bool agrees = type.shape().dim_size() == int(dims.size());
      for (int i = 1; agrees && i < int(dims.size()); ++i) {
        const std::int64_t extent = type.shape().dim(i).dim_value();
        agrees = extent < 1 || extent == dims[std::size_t(i)];
      }
      if (agrees) continue;
      made.warnings.push_back(fmt::format("says of its output another shape than [N, {}]",
                                          fmt::join(dims.begin() + 1, dims.end(), ", ")));
    }
  }

  OnnxFile& file_;
  const onnx::GraphProto& graph_;
  std::map<std::string, std::set<std::string>> own_;
  std::vector<bool> leads_;
  bool has_weights_ = false;  ///< the file has layers with weights, so that there is a tail
  OnnxNetwork network_;
  std::set<std::string> outside_;      ///< values that the host makes behind the network
  std::set<std::string> broken_;       ///< values of nodes that cannot be read
  std::set<std::string> from_shapes_;  ///< constants that are computed from shapes
  std::set<std::string> weighted_;     ///< values behind a layer with weights
  std::vector<Blocker> blockers_;
  std::vector<int> head_candidates_;
  std::set<int> head_, tail_;  ///< nodes of the host
  std::string crossing_;       ///< the value that the head makes
  OnnxDims head_dims_;
  HostPart head_part_;
  std::map<std::string, int> layers_;    ///< values of the file that are outputs of layers
  std::map<std::string, Order> orders_;  ///< and those that are so in another order
  std::map<int, int> place_of_;          ///< of output layers when all is tidy
};

}  // namespace

Graph partitioned(OnnxFile& file) { return Partition(file).run(); }

}  // namespace escalate
