// What random models are made of: values, constants in all forms that files have, and dimensions as
// the standard infers them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/onnx_model.h"
#include "common/random.h"
#include "tests/onnx/standard_shapes.h"
#include "workloads/onnx/signatures.h"

namespace escalate {

class RandomParts {
 public:
  RandomParts(std::uint64_t seed, int first_opset, int last_opset)
      : random_(seed), opset_(between(first_opset, last_opset)), model_(opset_, input_dims()) {}

  const OnnxModel& model() const { return model_; }
  int opset() const { return opset_; }
  int images() const { return images_; }
  /// Dimensions of the values that layers make, as the standard infers them.
  const std::map<std::string, std::vector<int>>& shapes() const { return shapes_; }
  /// Multiply-accumulates of one image, padding counted, from those dimensions.
  std::int64_t macs() const { return macs_; }

  static constexpr int kLibraryOpset = 17;  ///< the last one that libonnx 1.12 knows

 protected:
  struct Value {
    std::string name;
    std::vector<int> dims;
    bool not_negative = false;
  };

  int between(int low, int high) { return low + int(random_.below(std::uint64_t(high - low) + 1)); }
  bool chance(int out_of) { return between(1, out_of) == 1; }
  template <class T>
  T pick(const std::vector<T>& values) {
    return values[std::size_t(between(0, int(values.size()) - 1))];
  }
  int pick(std::initializer_list<int> values) { return pick(std::vector<int>(values)); }
  std::vector<int> input_dims() {
    return {pick({1, 1, 1, 2}), between(1, 5), between(1, 9), between(1, 9)};
  }
  std::string fresh() { return "v" + std::to_string(next_++); }
  bool is_map() const { return here_.dims.size() == 4; }
  bool is_vector() const { return here_.dims.size() == 2; }
  int channels() const { return here_.dims[1]; }
  // The axis of the channels counted from the end, where the opset has such.
  int axis_end() const { return opset_ < 11 ? 1 : 1 - int(here_.dims.size()); }

  /// Adds a node, whose first output becomes the value that is gone on from.
  onnx::NodeProto& add(const std::string& op, const std::vector<std::string>& inputs) {
    auto& node = model_.add(op, inputs, {fresh()});
    earlier_.push_back(here_);
    here_ = {node.output(0), {}, false};
    return node;
  }
  /// The dimensions of what `add` made, once its attributes are set.
  void settle(bool not_negative = false) {
    here_.dims = inferred(here_.name);
    here_.not_negative = not_negative;
    shapes_[here_.name] = here_.dims;
  }
  std::vector<int> inferred(const std::string& name) const {
    const std::vector<int> dims = inferred_or_unknown(name);
    const bool known = std::all_of(dims.begin(), dims.end(), [](int dim) { return dim > 0; });
    if (!known) throw std::logic_error("no dimensions of " + name + model_.proto.DebugString());
    return dims;
  }
  std::vector<int> inferred_or_unknown(const std::string& name) const {
    OnnxModel part = model_;
    part.output(name);
    part.proto.mutable_opset_import(0)->set_version(std::min(opset_, kLibraryOpset));
    for (auto& node : *part.graph().mutable_node()) {
      const auto found = plainer_.find(node.output(0));
      if (found != plainer_.end()) node = found->second;
    }
    return standard_shapes(part.proto).at(name);
  }

  /// A constant in one of the forms that files have.
  std::string constant(const std::vector<int>& dims, std::vector<float> values = {}) {
    std::size_t size = 1;
    for (const int extent : dims) size *= std::size_t(extent);
    while (values.size() < size) values.push_back(float(random_.uniform() * 2 - 1));
    const std::string name = fresh();
    model_.floats(name, dims, std::move(values));
    if (chance(3)) move_to_node(name);
    return name;
  }
  std::string integers(const std::vector<int>& values) {
    const std::string name = fresh();
    if (opset_ >= 12 && chance(4)) {
      model_.integers(name, values);
      move_to_node(name);
      onnx::NodeProto& made = model_.node(model_.graph().node_size() - 1);
      plainer_[name] = made;
      made.clear_attribute();
      set_attribute(made, "value_ints", values);
      return name;
    }
    model_.integers(name, values);
    if (opset_ >= 9 && chance(3)) move_to_node(name);  // before, a Constant is of floats
    return name;
  }
  std::string scalar(float value) {
    const std::string name = fresh();
    if (opset_ >= 12 && chance(3)) {
      set_attribute(model_.add("Constant", {}, {name}), "value_float", value);
    } else {
      model_.floats(name, {}, {value});
    }
    return name;
  }
  void move_to_node(const std::string& name) {
    auto& initializers = *model_.graph().mutable_initializer();
    auto& attribute = *model_.add("Constant", {}, {name}).add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    *attribute.mutable_t() = initializers.Get(initializers.size() - 1);
    initializers.RemoveLast();
  }

  Random random_;
  int opset_;
  OnnxModel model_;
  int images_ = 1, next_ = 0;
  Value here_;
  std::vector<Value> earlier_;
  std::map<std::string, std::vector<int>> shapes_;
  /// By output: nodes of the same meaning that the library understands.
  std::map<std::string, onnx::NodeProto> plainer_;
  std::int64_t macs_ = 0;
};

}  // namespace escalate
