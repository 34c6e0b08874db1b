#include "workloads/layer_selection.h"

#include <fmt/format.h>

#include "common/text_pattern.h"

namespace escalate {
namespace {

template <class Nodes, class Op>
std::vector<bool> select_nodes(const Nodes& nodes, Op input,
                               const std::vector<std::string>& patterns, std::string_view option) {
  std::vector<std::string> names;
  for (const auto& node : nodes) {
    if (node.op != input) names.push_back(node.name);
  }
  const std::vector<bool> chosen = select_names(names, patterns, option);
  std::vector<bool> selected;
  auto next = chosen.begin();
  for (const auto& node : nodes) selected.push_back(node.op != input && *next++);
  return selected;
}

}  // namespace

std::vector<bool> select_names(const std::vector<std::string>& names,
                               const std::vector<std::string>& patterns, std::string_view option) {
  std::vector<bool> selected(names.size(), patterns.empty());
  for (const std::string& pattern : patterns) {
    bool matched = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!matches_pattern(names[i], pattern)) continue;
      selected[i] = matched = true;
    }
    if (!matched) {
      throw UserError(SourcePlace{"", 0, std::string(option)},
                      fmt::format("'{}' matches no layer of the network{}", pattern,
                                  did_you_mean(pattern, names)));
    }
  }
  return selected;
}

std::vector<bool> select_layers(const Graph& graph, const std::vector<std::string>& patterns,
                                std::string_view option) {
  return select_nodes(graph.nodes, OpKind::kInput, patterns, option);
}

std::vector<bool> select_layers(const IntegerNetwork& network,
                                const std::vector<std::string>& patterns, std::string_view option) {
  return select_nodes(network.nodes, IntegerOp::kInput, patterns, option);
}

}  // namespace escalate
