// What stands behind a network and is no layer: the host makes the file's outputs by it. Also how
// the outputs of a file, or what the tail reads, are outputs of layers.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "workloads/onnx/blockers.h"
#include "workloads/onnx/file.h"
#include "workloads/onnx/host_builder.h"
#include "workloads/onnx/network.h"

namespace escalate {

class OnnxTail {
 public:
  OnnxTail(OnnxFile& file, OnnxNetwork& network, OnnxBlockers& blockers)
      : file_(file), network_(network), blockers_(blockers) {}

  /// Leaves a node to the host.
  void add(int node);
  void clear();
  bool empty() const { return nodes_.empty(); }
  const std::set<int>& nodes() const { return nodes_; }
  bool makes(const std::string& value) const { return made_.contains(value); }

  /// Finds the layers whose outputs the file's outputs are, or the tail reads; nodes between them
  /// become the host's. UserError if an output is made by nothing.
  void connect();
  /// Those layers, each once.
  std::vector<int> layers() const;

  // Once the network is tidy.

  /// Where `layers` stand now.
  void set_places(const std::vector<int>& layers, const std::vector<int>& places);
  /// Layers whose outputs are the file's or go to the host bear the names of these values.
  void name_outputs(Graph& graph) const;
  /// What the host computes of `graph`'s outputs; empty if these are the file's, one by one.
  HostPart part(const Graph& graph);

 private:
  /// A layer's output in another order of axes.
  struct Order {
    int layer = 0;
    std::vector<std::int64_t> axes;
    OnnxDims shape;
  };

  const onnx::NodeProto& node(int i) const { return file_.graph().node(i); }
  std::optional<int> output_layer(const std::string& value);
  void take_maker(const std::string& value);
  bool is_open(const std::string& value) const;
  bool read_by_host(const std::string& value);
  bool is_in_order(const Graph& graph) const;
  std::map<int, std::string> add_inputs(HostBuilder& builder, const Graph& graph) const;
  void add_equal(HostBuilder& builder, const std::map<int, std::string>& names) const;
  void add_order(HostBuilder& builder, const Graph& graph, const std::map<int, std::string>& names,
                 const std::string& value, const Order& order) const;

  OnnxFile& file_;
  OnnxNetwork& network_;
  OnnxBlockers& blockers_;
  std::set<int> nodes_;
  std::set<std::string> made_;
  std::map<std::string, int> layers_;    ///< values of the file that are outputs of layers
  std::map<std::string, Order> orders_;  ///< and those that are so in another order
  std::map<int, int> place_of_;          ///< of output layers when all is tidy
};

/// UserError if the host cannot compute the graph's tail, whatever the network makes.
void try_tail(const Graph& graph);

}  // namespace escalate
