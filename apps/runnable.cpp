#include "apps/runnable.h"

#include <utility>

#include "common/error.h"
#include "compiler/compile.h"
#include "compress/graph_passes.h"
#include "workloads/draw.h"

namespace escalate {

std::optional<std::string> needs_larger_machine(const IntegerNetwork& network) {
  try {
    compile(network, MachineConfig{});
  } catch (const UserError& error) {
    if (error.place().key.empty()) throw;
    return error.what();
  }
  return std::nullopt;
}

std::optional<std::string> needs_larger_machine(const Graph& graph, int terms,
                                                int pointwise_terms) {
  Graph drawn = prepared(graph);
  for (Node& node : drawn.nodes) {
    if (node.is_weighted()) node.drawn.emplace();
  }
  DrawOptions options;
  options.terms = terms;
  options.pointwise_terms = pointwise_terms;
  return needs_larger_machine(draw_network(drawn, options).network);
}

}  // namespace escalate
