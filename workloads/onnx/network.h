// What of an ONNX file has become layers so far, and what the names of its values stand for.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/node.h"
#include "workloads/onnx/quantization.h"
#include "workloads/onnx/tensor.h"
#include "workloads/onnx/view.h"

namespace escalate {

/// A node and the zeros around its output that a window reads with it.
struct PaddedMap {
  int node = 0;
  std::array<int, 4> sides{};  ///< top, left, bottom, right
  float fill = 0;
  bool any() const { return sides != std::array<int, 4>{}; }
};

class OnnxNetwork {
 public:
  const Graph& graph() const { return graph_; }
  Graph& graph() { return graph_; }
  Graph take() { return std::move(graph_); }

  /// The input, in front of all other layers.
  void begin(Node input);

  // Values.
  void define(const std::string& name, OnnxTensorPointer constant);
  void define(const std::string& name, OnnxView view) { views_[name] = std::move(view); }
  /// Null if it is not of that kind.
  OnnxTensorPointer find_constant(const std::string& name) const;
  const OnnxView* find_view(const std::string& name) const;
  /// How many nodes of the file and outputs read a value.
  std::map<std::string, int> readers;
  std::set<std::string> ends;  ///< outputs of the file

  // Inputs of a node, with errors that name it.
  bool is_constant(const OnnxNode& node, int i) const;
  OnnxView view(const OnnxNode& node, int i);
  const OnnxTensor& constant(const OnnxNode& node, int i, const std::string& what) const;
  /// All finite.
  std::vector<float> floats(const OnnxNode& node, int i, const std::string& what) const;
  /// Constants among the inputs; the others are null.
  OnnxInputs constants(const OnnxNode& node) const;

  // Layers.
  Shape shape(int layer) const { return graph_.nodes[std::size_t(layer)].out; }
  static Node layer(OpKind op, std::vector<int> inputs);
  /// Adds a layer that is named as the node, or where `tail` is given after it.
  int add(const OnnxNode& node, Node made, const std::string& tail = "");
  /// The layer whose output is a value as [1, C, H, W], [1, C, W] or [1, C]: that which makes it,
  /// or one that brings its values into this order.
  int map(const OnnxNode& node, const OnnxView& view);
  int map(const OnnxNode& node, int i) { return map(node, view(node, i)); }
  /// A view without fill: the same, or that of a layer which fills it.
  OnnxView without_fill(const OnnxNode& node, const OnnxView& view);
  /// The same value as a layer's output, whose channels are places of dimension `axis`.
  OnnxView with_channels_along(const OnnxNode& node, const OnnxView& view, std::size_t axis);
  /// All of a layer in as many dimensions as a view has that was brought into order.
  OnnxView whole(int layer, std::size_t rank, const std::string& name) const {
    return OnnxView::whole(layer, shape(layer), rank, name);
  }
  /// The same of a layer that was made for a view.
  OnnxView whole_of(const OnnxNode& node, int layer, const OnnxView& view);
  /// If a view of rank 3 or more has all channels in another order, puts them back and returns it:
  /// by channel of the view, that of the layer. Empty if they are in order, or not all.
  std::vector<int> take_channel_order(OnnxView& view) const;
  /// Puts the channels of a layer's output, in dimension 1 of a view, into such an order.
  void give_channel_order(OnnxView& view, const std::vector<int>& order) const;
  /// A layer that selects, whatever it selects.
  int select(const OnnxNode& node, const OnnxView& view);
  /// A layer that pads channels by as many as stand before and behind those of a view.
  int pad_channels(const OnnxNode& node, const OnnxView& view);
  /// The same without the rows and columns of fill around it, which the reader takes over.
  PaddedMap padded_map(const OnnxNode& node, const OnnxView& view);
  /// Defines the output of a node as that of a layer, in as many dimensions as `rank`, with the
  /// channels in an order (by channel of the value, that of the layer; empty: the same).
  void finish(const OnnxNode& node, int layer, std::size_t rank,
              const std::vector<int>& order = {});

  /// Values are brought into the order of maps before any layer reads them, for what follows is
  /// no layer's.
  bool in_order = false;
  /// A value is no map, or not as a layer reads it: what stands in front of it may be the host's.
  [[noreturn]] void misfit(const OnnxNode& node, const std::string& message);
  bool is_misfit = false;
  /// A file of ours: its layers stay as they are, but for those that are steps of others.
  bool is_ours = false;
  std::set<std::string> steps;       ///< names of nodes that are no layers of their own
  std::set<std::string> selections;  ///< names of nodes that are layers which select
  std::set<std::string> pads;        ///< names of nodes that are layers which pad channels
  std::set<std::string> composed;    ///< names of nodes that are functions of one tensor
  bool is_step(int made) const { return steps.contains(graph_.nodes[std::size_t(made)].name); }

  /// By value of whole numbers: the real ones that they stand for, which are those of its view.
  std::map<std::string, OnnxQuantization> quantized;

  /// Functions of their input that layers are, by layer.
  std::map<int, PointwiseFunction> functions;

  /// As much of it as there is before a node is read that may be refused.
  struct Mark {
    std::size_t layers;
    std::set<std::string> names;
  };
  Mark mark() const { return {graph_.nodes.size(), names_}; }
  void return_to(const Mark& mark);

 private:
  using MapPlaces = std::vector<std::vector<int>>;
  int selected(const OnnxNode& node, int from, const MapPlaces& places, const std::string& name);
  /// Around another value than 0 that is taken off before and added again.
  int filled(const OnnxNode& node, const OnnxView& view);
  MapPlaces map_places(const OnnxNode& node, const OnnxView& view);
  /// A value as a layer's output [1, C, H, W] that are its dimensions in `order`.
  OnnxView turned(const OnnxNode& node, const OnnxView& view,
                  const std::vector<std::size_t>& order);
  int add_named(Node made, std::string name, const std::string& otherwise);

  Graph graph_;
  std::set<std::string> names_;
  std::map<std::string, OnnxTensorPointer> constants_;
  std::map<std::string, OnnxView> views_;
  std::map<std::pair<int, MapPlaces>, int> made_for_;  ///< layers that were made for views
};

}  // namespace escalate
