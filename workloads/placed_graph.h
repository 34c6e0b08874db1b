// A graph in the making whose nodes know where in a file they stand, so that faults name the line.
#pragma once

#include <map>
#include <string>

#include "common/error.h"
#include "workloads/graph.h"

namespace escalate {

class PlacedGraph {
 public:
  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  Node& last() { return graph_.nodes.back(); }
  int last_index() const { return static_cast<int>(graph_.nodes.size()) - 1; }

  /// UserError at `place` for a name that another node has, and beyond 10,000 nodes.
  void add(Node node, const SourcePlace& place);

  /// Graph::infer_shapes(), whose faults are those of the layers' places; then what nodes named by
  /// enlarges() repeat is settled.
  void infer_shapes();

  /// The last node enlarges its map: each place repeats that of the map before which lies there.
  /// Its selection says how many places there are.
  void mark_enlarging() { enlarging_.push_back(last_index()); }

  /// Where the node of this name stands; InternalError without one.
  const SourcePlace& place_of(const std::string& name) const;

 private:
  void settle_enlarging();

  Graph graph_;
  std::map<std::string, SourcePlace> places_;  ///< by the name of a node
  std::vector<int> enlarging_;
};

}  // namespace escalate
