#include "workloads/onnx/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "common/error.h"
#include "common/json.h"
#include "workloads/onnx/blockers.h"
#include "workloads/onnx/ending.h"
#include "workloads/onnx/head.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/lowering.h"
#include "workloads/onnx/network.h"
#include "workloads/onnx/signatures.h"
#include "workloads/onnx/tail.h"
#include "workloads/onnx/tidy.h"

namespace escalate {
namespace {

using Where = OnnxBlockers::Where;

class Partition {
 public:
  explicit Partition(OnnxFile& file)
      : file_(file),
        graph_(file.graph()),
        head_(file),
        tail_(file, network_, blockers_),
        ending_(file) {
    find_leading();
  }

  std::variant<Graph, OnnxBranch> run() {
    take_own_head();
    while (true) {
      start();
      read_nodes();
      if (branch_) return *branch_;
      if (!head_.has_proposals() || !head_.grow(network_, blockers_)) break;
    }
    blockers_.refuse_if_any();
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
      if (!own_["head"].contains(OnnxNode::name_of(node(i)))) continue;
      head_.propose(i);
      if (!can_evaluate(node(i).op_type())) {
        blockers_.add(node(i), "this operator is not supported", Where::kHead);
      }
    }
    if (head_.has_proposals()) head_.grow(network_, blockers_);
    blockers_.refuse_if_any();
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
    broken_.clear();
    weighted_.clear();
    blockers_.clear();
    head_.forget_proposals();
    tail_.clear();
    begin_network();
    for (const auto& [name, constant] : head_.known()) network_.define(name, constant);
  }

  // The first layer: the file's image, or what the head makes of it.
  void begin_network() {
    const OnnxInput input = head_.network_input();
    Node layer;
    layer.name = input.name;
    layer.out = input.shape();
    OnnxView view = OnnxView::ordered(0, layer.out, input.axes, input.name);
    network_.begin(std::move(layer));
    network_.define(input.name, std::move(view));
  }

  void read_nodes() {
    for (int i = 0; i < graph_.node_size() && !branch_; ++i) {
      if (!file_.needed()[std::size_t(i)] || head_.contains(i)) continue;
      if (node(i).op_type() == "If") {
        read_condition(i);
      } else if (!is_known(i)) {
        read_node(i);
      }
    }
  }

  void read_condition(int i) {
    const std::string name = node(i).input_size() > 0 ? node(i).input(0) : "";
    OnnxTensorPointer condition = network_.find_constant(name);
    if (condition == nullptr) condition = file_.constant(name);
    if (condition != nullptr && condition->integers.size() == 1) {
      branch_ = OnnxBranch{i, condition->integers[0] != 0};
    } else if (any_input(i, broken_)) {
      mark_outputs(i, broken_);
    } else {
      block(i, "its condition depends on the image; expected one of constants and shapes");
    }
  }

  // Whether what a node makes is constant without it: it is read from shapes within the head.
  bool is_known(int i) const {
    const auto& outputs = node(i).output();
    return std::any_of(outputs.begin(), outputs.end(),
                       [&](const std::string& output) { return head_.known().contains(output); });
  }

  bool reads_host(int i) const {
    const auto& inputs = node(i).input();
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const std::string& input) { return tail_.makes(input); });
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
    if (any_input(i, broken_)) return read_behind_fault(i);
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
      if (reads_host(i) || own_["host"].contains(OnnxNode::name_of(node(i)))) {
        return leave_to_host(i, "");
      }
      lower(i, made);
    } catch (const UserError& fault_of_node) {
      refuse(i, fault_of_node);
    }
  }

  // What reads a value that could not be made may stand against the file by itself, too.
  void read_behind_fault(int i) {
    const bool is_layer = onnx_lowerings().contains(node(i).op_type());
    if (is_layer || !leads_[std::size_t(i)] || !any_input(i, weighted_)) {
      return mark_outputs(i, broken_);
    }
    block(i, "this operator is no layer of a network");
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
          !tail_.makes(name)) {
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
    if (leads_[std::size_t(i)] && any_input(i, weighted_) && ending_.may_begin_at(i)) {
      return tail_.add(i);
    }
    block(i, fault.message());
  }

  void leave_to_host(int i, const std::string& reason) {
    const bool is_own = own_["host"].contains(OnnxNode::name_of(node(i)));
    const bool is_layer = is_weighted_by_constants(i) && !reads_host(i) && !is_own;
    if (!can_evaluate(node(i).op_type()) || is_layer) {
      return block(i, reason.empty() ? "this operator is not supported" : reason);
    }
    tail_.add(i);
  }

  // A layer with weights that cannot be read is no work for the host, unless that computes what it
  // reads.
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
    for (const int candidate : found) head_.propose(candidate);
    return !found.empty();
  }

  void block(int i, const std::string& message) {
    Where where = Where::kTail;
    if (leads_[std::size_t(i)]) where = any_input(i, weighted_) ? Where::kNetwork : Where::kHead;
    if (is_weighted(node(i).op_type())) where = Where::kNetwork;
    mark_outputs(i, broken_);
    blockers_.add(node(i), message, where);
  }

  Graph finish() {
    tail_.connect();
    if (network_.graph().nodes.size() < 2) throw UserError("has no layers");
    const std::vector<int> layers = tail_.layers();
    if (layers.empty()) throw UserError("has no layers");
    const std::vector<int> places = tidy(network_, layers);
    Graph made = network_.take();
    made.name = graph_.name();
    made.definition = graph_.doc_string();
    for (const int place : places) made.nodes[std::size_t(place)].is_output = true;
    made.nodes.back().is_output = false;
    made.infer_shapes();
    tail_.set_places(layers, places);
    if (!file_.is_ours()) tail_.name_outputs(made);  // metadata tell the names of ours
    if (std::find(places.begin(), places.end(), int(made.nodes.size()) - 1) == places.end()) {
      throw UserError("its output is not what the last node makes");
    }
    if (!head_.empty()) made.head = head_.part();
    made.tail = tail_.part(made);
    try_tail(made);
    compare_with_declared(made);
    tell_of_host(made, made.head, "in front of the network");
    tell_of_host(made, made.tail, "behind the network");
    if (const std::int64_t weights = ending_.weights_of(tail_.nodes()); weights > 0) {
      made.warnings.push_back(
          fmt::format("{} of its {} weights are the host's", weights, ending_.all_weights()));
    }
    return made;
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

  // Files say what shape their outputs have, for readers like this one to compare.
  void compare_with_declared(Graph& made) const {
    for (const auto& declared : graph_.output()) {
      const OnnxView* view = network_.find_view(declared.name());
      const auto& type = declared.type().tensor_type();
      if (!type.has_shape() || view == nullptr || tail_.makes(declared.name())) continue;
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
  std::optional<OnnxBranch> branch_;  ///< of a condition that is to be replaced first
  std::vector<bool> leads_;
  bool has_weights_ = false;  ///< the file has layers with weights, so that there is a tail
  OnnxNetwork network_;
  OnnxBlockers blockers_;
  std::set<std::string> broken_;       ///< values of nodes that cannot be read
  std::set<std::string> from_shapes_;  ///< constants that are computed from shapes
  std::set<std::string> weighted_;     ///< values behind a layer with weights
  OnnxHead head_;
  OnnxTail tail_;
  OnnxEnding ending_;
};

}  // namespace

std::variant<Graph, OnnxBranch> partitioned(OnnxFile& file) { return Partition(file).run(); }

}  // namespace escalate
