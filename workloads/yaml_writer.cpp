#include "workloads/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "workloads/layers/kinds.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

class WorkloadWriter {
 public:
  explicit WorkloadWriter(const Graph& graph) : graph_(graph) {
    for (const Node& node : graph.nodes) names_.push_back(node.name);
    names_[0] = "input";
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
      while (names_[i] == "input" ||
             (names_[i] != graph.nodes[i].name && graph.find(names_[i]) >= 0)) {
        names_[i] += '_';
      }
    }
  }

  std::string text() {
    const Shape& in = graph_.nodes.at(0).out;
    std::string text =
        fmt::format("name: {}\n", yaml_quoted(graph_.name.empty() ? "network" : graph_.name));
    if (!graph_.definition.empty())
      text += fmt::format("definition: {}\n", yaml_quoted(graph_.definition));
    text += fmt::format("input: [{}, {}, {}]\n", in.c, in.h, in.w) + transform();
    text +=
        "defaults: {coefficient_density: 1, weight_density: 1, activation_density: 1}\n"
        "layers:\n";
    for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (node.op == OpKind::kSoftmax) {
        names_[i] = names_[std::size_t(node.inputs.at(0))];
        continue;
      }
      text += line(int(i));
    }
    return text;
  }

 private:
  std::string line(int i) const {
    const Node& node = graph_.nodes[std::size_t(i)];
    YamlLine line(layer_kind(node), names_[std::size_t(i)]);
    line.add("from", inputs(node));
    kind_of(node).write_yaml(line, node);
    const bool is_last = i + 1 == int(graph_.nodes.size());
    if (!is_last && node.is_output) line.add("output", "true");
    return line.text();
  }

  std::string transform() const {
    const InputTransform& known = graph_.transform;
    const auto channels = std::size_t(graph_.nodes[0].out.c);
    const bool is_usual = std::all_of(known.std.begin(), known.std.end(),
                                      [](float deviation) { return deviation > 0; });
    if (known.mean.size() != channels || known.std.size() != channels || !is_usual) return "";
    return fmt::format("transform: {{mean: [{}], std: [{}], channels: {}}}\n",
                       fmt::join(known.mean, ", "), fmt::join(known.std, ", "),
                       known.bgr ? "bgr" : "rgb");
  }

  std::string inputs(const Node& node) const {
    std::vector<std::string> names;
    for (const int input : node.inputs) names.push_back(yaml_quoted(names_[std::size_t(input)]));
    return names.size() == 1 ? names[0] : fmt::format("[{}]", fmt::join(names, ", "));
  }

  const Graph& graph_;
  std::vector<std::string> names_;  ///< by node, as the workload has them
};

}  // namespace

const char* layer_kind(const Node& node) { return kind_of(node).name(node); }

std::string yaml_workload(const Graph& graph) { return WorkloadWriter(graph).text(); }

}  // namespace escalate
