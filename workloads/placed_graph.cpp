#include "workloads/placed_graph.h"

#include <fmt/format.h>

#include <utility>

namespace escalate {
namespace {

constexpr std::size_t kMostLayers = 10000;

}  // namespace

void PlacedGraph::add(Node node, const SourcePlace& place) {
  if (graph_.nodes.size() > kMostLayers) {
    throw UserError(place, fmt::format("the network has more than {} layers", kMostLayers));
  }
  if (!places_.emplace(node.name, place).second) {
    throw UserError(place, fmt::format("there is already a layer '{}'", node.name));
  }
  graph_.nodes.push_back(std::move(node));
}

void PlacedGraph::infer_shapes() {
  try {
    graph_.infer_shapes();
    if (!enlarging_.empty()) settle_enlarging();
  } catch (const UserError& error) {
    throw UserError(place_of(error.place().key), error.what());
  }
}

void PlacedGraph::settle_enlarging() {
  for (const int i : enlarging_) {
    Selection& selection = graph_.nodes[static_cast<std::size_t>(i)].selection;
    const Shape in = graph_.input_shape_of(i);
    const auto spread = [](std::vector<int>& places, int extent) {
      const auto length = static_cast<std::int64_t>(places.size());
      for (std::int64_t at = 0; at < length; ++at) {
        places[static_cast<std::size_t>(at)] = static_cast<int>(at * extent / length);
      }
    };
    spread(selection.rows, in.h);
    spread(selection.columns, in.w);
  }
  graph_.infer_shapes();
}

const SourcePlace& PlacedGraph::place_of(const std::string& name) const {
  const auto found = places_.find(name);
  ensure(found != places_.end(), "a fault of a network is that of a layer");
  return found->second;
}

}  // namespace escalate
